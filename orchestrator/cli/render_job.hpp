#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ipc/frame/output_settings.hpp"
#include "orchestrator/cli/export_preparation.hpp"
#include "orchestrator/cli/options.hpp"
#include "orchestrator/cli/report.hpp"
#include "orchestrator/run/exporter.hpp"
#include "orchestrator/run/output_place.hpp"

namespace reelpool::cli {

/// How far it came, and what was measured.
struct RenderOutcome {
    std::optional<run::ExportResult> result;  ///< nothing: the export did not begin
    Rational fps;
    std::vector<std::string> paths;  ///< by MediaId
    std::vector<std::string> comps;  ///< names
    std::vector<Warning> warnings;
    std::string engine;
    std::string engine_reason;
    std::uint64_t frames_bytes = 0;       ///< what decoded frames may take of the cache
    std::optional<SandboxLevel> sandbox;  ///< of the workers; nothing: none has opened its file
    SegmentCounts segments;
    std::optional<SoundSettings> sound;  ///< of the output; nothing: it has none
    std::uint32_t compositor_restarts = 0;
};

/// What `export` and `frame` have in common: a project, a place for the result, and the way there.
struct RenderJob {
    ExportRequest request;
    std::string output;
    run::OutputKind output_kind = run::OutputKind::file;
    Codec codec = Codec::h264;
    Container container = Container::mp4;
    std::string pixel_format;  ///< empty: the codec's usual one
    std::string preset;
    std::int32_t crf = -1;
    std::uint64_t bitrate = 0;
    SoundOptions sound{.is_off = true, .codec = {}, .bitrate = 0};
    std::uint32_t segment_frames = default_keyframe_interval;
    run::EarlierSegments earlier_segments = run::EarlierSegments::replace;
    run::FinishedSegments finished_segments = run::FinishedSegments::remove;
    run::Overwrite overwrite = run::Overwrite::refuse;
    run::ChangingMedia changing_media = run::ChangingMedia::refuse;
    DeviceOptions device;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::optional<MasteringDisplay> mastering_display;
    std::optional<ContentLight> content_light;
    /// Told once before the first frame, with all that is known then.
    std::function<void(const RenderOutcome&)> on_start;
    std::function<void(const run::ExportProgress&)> on_progress;
    /// Something that the user should read.
    std::function<void(const std::string&)> on_note;

    /// Where the output is one segment that nothing can go on from, or one picture, none is kept.
    [[nodiscard]] bool keeps_segments() const {
        return output_kind != run::OutputKind::picture && bitrate == 0;
    }
};

/// Does it all, from the project file to the renamed result.
/// Errors: whatever went wrong first; nothing is left under the output's name then but what was
/// there, and `outcome` tells how far it came.
[[nodiscard]] Status render(const RenderJob& job, RenderOutcome& outcome);

}  // namespace reelpool::cli
