#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/frame_table.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/frame/sound_mix.hpp"
#include "orchestrator/model/project.hpp"

namespace reelpool::model {

/// What is known of the file behind one of the project's media.
struct MediaFacts {
    MediaId id;  ///< of the file; several of the project's media may share one
    MediaInfo info;
    FrameTable table;  ///< of a sequence only the number of frames counts
};

/// What is rendered. Units: pixels, frames per second, seconds of main comp time.
struct OutputGeometry {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    Rational fps{25};
    std::optional<std::pair<Time, Time>> range = {};  ///< [begin, end); default: the whole comp
};

/// Something that the user must see, and that --strict refuses.
struct TimelineWarning {
    std::string code;  ///< such as "past-end"
    std::string message;
    friend bool operator==(const TimelineWarning&, const TimelineWarning&) = default;
};

/// Output frames in which a clip may show its medium; never too few.
struct ClipUse {
    MediaId media;
    OutputIndex first;
    OutputIndex last;  ///< inclusive
    std::string clip_path;
    friend bool operator==(const ClipUse&, const ClipUse&) = default;
};

/// Consecutive output frames.
struct FrameSpan {
    OutputIndex first;
    std::uint32_t count = 0;
    friend bool operator==(const FrameSpan&, const FrameSpan&) = default;
};

/// What one output frame shows, and which appearances of clips.
struct ResolvedFrame {
    DrawList list;
    /// For every layer of kind frame, in the order of for_each_layer: the clip that it is, and
    /// through which clips of its parents it is shown; a canvas counts as shown by the first of its
    /// clips. Equal in all output frames; different appearances differ (as 64-bit hashes do).
    std::vector<std::uint64_t> appearances;
};

struct ResolvedProject;

/// The blocks that a chunk reads. Those before the beginning of a medium are silent and left out.
[[nodiscard]] SoundChunk blocks_of(const SoundMix& mix, std::uint32_t rate_hz);

/// A project with its media known, resolved for one output: says what every output frame shows.
/// Thread: immutable once built; every function may be called from any thread.
class Timeline {
  public:
    /// `facts` goes by index into project.media; media_in_use() must be there, others may be.
    /// Errors: project (clips that overlap once their lengths are known, a length that cannot be
    /// told, too many layers), media (a colour or shape that is not built yet), usage (an output
    /// that cannot be).
    [[nodiscard]] static Result<Timeline> build(Project project,
                                                const std::vector<std::optional<MediaFacts>>& facts,
                                                const OutputGeometry& output);

    [[nodiscard]] const OutputGeometry& output() const;
    /// ceil(length of the range x fps); may be 0.
    [[nodiscard]] std::uint32_t frame_count() const;

    /// Only these output frames, which ascend, numbered from 0 without gaps. DrawList::output is
    /// the number that a frame has in the whole; everything that is not about single frames is told
    /// of the whole.
    [[nodiscard]] Timeline only(const std::vector<FrameSpan>& spans) const;
    /// The number that the `index`-th frame has in the whole.
    [[nodiscard]] OutputIndex number_in_whole(OutputIndex index) const;
    /// The other way round. Nothing: it is not among them.
    [[nodiscard]] std::optional<OutputIndex> index_of(OutputIndex number_in_whole) const;

    /// What output frame `index` shows: canvases and groups deepest first, layers bottom to top.
    /// What cannot be seen is left out. FrameSource::slot is empty.
    [[nodiscard]] DrawList frame(OutputIndex index) const;
    [[nodiscard]] ResolvedFrame resolve(OutputIndex index) const;

    /// A clip with sound may be heard.
    [[nodiscard]] bool has_sound() const;
    /// What it is mixed to.
    [[nodiscard]] const CompSound& sound() const;
    /// Length of the whole export's sound in samples: frames / fps, to the nearest sample.
    [[nodiscard]] std::uint64_t sound_samples() const;
    /// What chunk `chunk` of the whole export is mixed from, without slots.
    [[nodiscard]] SoundMix sound_mix(std::uint32_t chunk) const;

    /// By medium, then by first frame. At most a few for each clip.
    [[nodiscard]] const std::vector<ClipUse>& uses() const;
    [[nodiscard]] const std::vector<TimelineWarning>& warnings() const;
    /// 0: the main comp shows no other comp.
    [[nodiscard]] std::uint32_t nesting_depth() const;
    /// Clips inside nested comps, counted for each place where their comp is shown; saturates.
    [[nodiscard]] std::uint32_t nested_clip_count() const;

  private:
    explicit Timeline(std::shared_ptr<const ResolvedProject> resolved);
    struct Span {
        std::uint32_t index = 0;  ///< of its first frame
        std::uint32_t first = 0;  ///< the same frame's number in the whole
        std::uint32_t count = 0;
    };
    std::shared_ptr<const ResolvedProject> resolved_;
    std::vector<Span> spans_;  ///< ascending
    std::uint32_t frame_count_ = 0;
};

}  // namespace reelpool::model
