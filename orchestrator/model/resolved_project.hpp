#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ipc/frame/sound_block.hpp"
#include "orchestrator/model/curve.hpp"
#include "orchestrator/model/geometry.hpp"
#include "orchestrator/model/project.hpp"
#include "orchestrator/model/timeline.hpp"

namespace reelpool::model {

/// A medium as clips see it.
struct ResolvedMedium {
    FrameSource source;  ///< everything but frame and level
    SourceShape shape;
    std::shared_ptr<const FrameTable> table;
    Rational sequence_fps;  ///< of a sequence
    bool is_sequence = false;
    bool is_still = false;
    bool has_picture = true;
    bool has_deaf_sound = false;  ///< it has sound that cannot be decoded
    std::optional<SoundInfo> sound;
    bool is_interlaced = false;

    /// Nothing for stills, which never end.
    [[nodiscard]] std::optional<Time> duration() const;
    /// The frame that source time `t` shows.
    [[nodiscard]] FrameIndex frame_at(const Time& t) const;
};

/// A clip whose defaults are filled in.
struct ResolvedClip {
    const Clip* clip = nullptr;
    Time start;     ///< comp time
    Time end;       ///< start + duration, before the comp's end cuts it
    Time duration;  ///< > 0
    CurveIntegral speed;
    Time mirror;  ///< reversed: forward local time = max(0, mirror - local)
    SourceShape shape;
    Rect rect;  ///< what the crop leaves, in the source's own units
    Fit fit = Fit::none;
    std::optional<Matrix> fixed_matrix;  ///< own units -> comp pixels, without anim keys

    /// The source time at a local time, exact as long as it fits a Rational; beyond, rounded to
    /// the nearest 1/705,600,000 s.
    [[nodiscard]] Time source_time(const Time& local) const;
    /// 0..1: the clip's own opacity and fades; the track's is not in it.
    [[nodiscard]] double opacity(const Time& local) const;
    /// Own units -> comp pixels.
    [[nodiscard]] Matrix matrix(const Time& local, Extent comp) const;
};

/// A clip that is heard, of a track that is not muted, whether it is seen or not.
struct SoundClip {
    ResolvedClip clip;  ///< nothing of its geometry is filled in
    std::uint32_t track = 0;
    Time mirror;         ///< reversed: forward local time = mirror - local, at the end of a sample
    Time cross_in{0};   ///< how long it overlaps the clip before it, which fades out meanwhile
    Time cross_out{0};  ///< likewise the one after it
};

struct ResolvedTrack {
    const Track* track = nullptr;
    std::uint32_t index = 0;          ///< in the file's list
    std::vector<ResolvedClip> clips;  ///< by start; only transitions overlap, none is empty
    /// The clip that is active at comp time `t`, or nothing; of two, the later one.
    [[nodiscard]] const ResolvedClip* clip_at(const Time& t) const;
    /// The one from which the transition of `clip` leads at `t`, if any.
    [[nodiscard]] const ResolvedClip* clip_before(const ResolvedClip& clip, const Time& t) const;
};

struct ResolvedComp {
    Extent canvas;
    Time duration;
    std::vector<ResolvedTrack> tracks;  ///< bottom first; hidden ones are left out
    std::vector<SoundClip> sound;       ///< whatever may be heard of it, by start
    std::vector<std::uint32_t> buses;   ///< the tracks that are added up first, ascending
    std::uint64_t most_layers = 0;      ///< at once, nested comps expanded
    std::uint32_t depth = 0;            ///< of the comps inside
    std::uint64_t clips_inside = 0;     ///< all told, nested comps expanded; saturates
};

/// Everything that Timeline answers from.
struct ResolvedProject {
    Project project;
    std::vector<std::optional<ResolvedMedium>> media;  ///< by index into project.media
    std::vector<ResolvedComp> comps;                   ///< by index; empty where main shows none
    std::vector<std::uint32_t> inside_out;  ///< the comps that main shows, contents first
    OutputGeometry output;
    Time begin;  ///< of the range
    Time end;    ///< of the range, exclusive
    std::uint32_t frame_count = 0;
    std::int64_t sound_origin = 0;  ///< the main comp's sample that is the first of the export
    std::vector<ClipUse> uses;
    std::vector<TimelineWarning> warnings;

    [[nodiscard]] Time output_time(std::uint32_t frame) const;
    [[nodiscard]] const ResolvedComp& main() const { return comps[project.main]; }
};

/// Fills in everything but uses; of the warnings only those about crops.
[[nodiscard]] Result<std::shared_ptr<ResolvedProject>> resolve_project(
    Project project, const std::vector<std::optional<MediaFacts>>& facts,
    const OutputGeometry& output);

/// What one output frame shows.
[[nodiscard]] ResolvedFrame resolve_frame(const ResolvedProject& project, OutputIndex index);

/// Errors: project: times that cannot be held exactly through the nesting.
[[nodiscard]] Result<std::vector<ClipUse>> find_clip_uses(const ResolvedProject& project);

[[nodiscard]] std::vector<TimelineWarning> find_warnings(const ResolvedProject& project);

}  // namespace reelpool::model
