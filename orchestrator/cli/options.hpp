#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ipc/base/rational.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/color.hpp"
#include "ipc/frame/draw_list.hpp"
#include "ipc/frame/hdr_metadata.hpp"
#include "ipc/frame/sound_settings.hpp"
#include "ipc/process/sandbox_level.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/cli/crash_dump.hpp"
#include "orchestrator/cli/progress_display.hpp"
#include "orchestrator/run/compositor_link.hpp"
#include "orchestrator/run/engine_kind.hpp"
#include "orchestrator/run/exporter.hpp"

namespace reelpool::cli {

enum class Strictness : std::uint8_t { warn, refuse };

/// How the output differs from the project's main comp.
struct PictureOptions {
    std::optional<std::pair<std::uint32_t, std::uint32_t>> size;
    std::optional<Rational> fps;
    std::optional<std::pair<Time, Time>> range;
    /// `unspecified`: by the transfer.
    ColorMatrix matrix = ColorMatrix::unspecified;
    ColorPrimaries primaries = ColorPrimaries::unspecified;
    ColorTransfer transfer = ColorTransfer::bt709;
    ColorRange levels = ColorRange::limited;
    Dither dither = Dither::none;
};

/// Which device composites, and how it reads the slots.
struct DeviceOptions {
    std::int32_t device = -1;
    wire::FrameAccess access = wire::FrameAccess::automatic;
    bool require_zero_copy = false;
    /// A compositor that has work and does nothing for so long hangs.
    std::chrono::milliseconds patience = run::CompositorLink::default_patience;
};

/// What becomes of a project's sound.
struct SoundOptions {
    bool is_off = false;
    std::optional<SoundCodec> codec;  ///< nothing: the container's, if any clip has sound
    std::uint64_t bitrate = 0;        ///< 0: the codec's default of ours
};

/// Where frames go that memory has no room for.
struct DiskOptions {
    std::string directory;  ///< empty: nowhere
    std::uint64_t bytes = 0;
};

/// What media may come from and may do.
struct SafetyOptions {
    SandboxMode sandbox = SandboxMode::best_effort;
    std::uint64_t worker_memory_bytes = 0;  ///< 0: as workers have it
    std::uint32_t media_frames = wire::usual_max_frames;
    std::string media_root;  ///< empty: media may lie anywhere
};

/// What is done about decoders that hang and frames that kill them.
struct DecoderOptions {
    std::chrono::milliseconds patience{30'000};
    plan::PlanRunner::BadFrame bad_frame = plan::PlanRunner::BadFrame::refuse;
};

struct ExportOptions {
    std::string project;
    std::string output;
    run::EngineChoice engine = run::EngineChoice::automatic;
    std::uint64_t cache_bytes = std::uint64_t{500} << 20;
    std::uint64_t memory_limit_bytes = std::uint64_t{1} << 30;
    DiskOptions disk;
    PictureOptions picture;
    std::optional<Codec> codec;
    std::string pixel_format;  ///< empty: the codec's usual one
    std::string preset;
    std::int32_t crf = -1;
    std::uint64_t bitrate = 0;
    SoundOptions sound;
    std::uint32_t segment_frames = default_keyframe_interval;
    bool resume = false;
    bool keep_segments = false;
    bool overwrite = false;
    ProgressKind progress = ProgressKind::none;
    std::string report;
    Strictness strictness = Strictness::warn;
    run::ChangingMedia changing_media = run::ChangingMedia::refuse;
    DeviceOptions device;
    DecoderOptions decoder;
    CrashOptions crash;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::optional<MasteringDisplay> mastering_display;
    std::optional<ContentLight> content_light;
    SafetyOptions safety;
};

struct FrameOptions {
    std::string project;
    std::string output;
    Time time;
    std::string pixel_format;  ///< empty: the usual one
    PictureOptions picture;
    DeviceOptions device;
    bool overwrite = false;
    std::uint64_t cache_bytes = std::uint64_t{500} << 20;
    SafetyOptions safety;
};

struct CheckOptions {
    std::string project;
    Strictness strictness = Strictness::warn;
    SafetyOptions safety;
};

struct PlanOptions {
    std::string project;
    run::EngineChoice engine = run::EngineChoice::automatic;
    std::uint64_t cache_bytes = std::uint64_t{500} << 20;
    std::uint64_t memory_limit_bytes = std::uint64_t{1} << 30;
    DiskOptions disk;
    PictureOptions picture;
    Codec codec = Codec::h264;
    std::string preset;
    bool json = false;
    std::string html;
    SafetyOptions safety;
};

struct ProbeOptions {
    std::string media;
    bool json = false;
    bool frames = false;
    SafetyOptions safety;
};

struct DevicesOptions {
    bool json = false;
};

/// The command line asked for text (--help, --version); it is printed already.
struct NothingToDo {
    int exit_code = 0;
};

using Command = std::variant<NothingToDo, ExportOptions, FrameOptions, CheckOptions, PlanOptions,
                             ProbeOptions, DevicesOptions>;

/// Errors: code usage, naming the option and what it takes.
[[nodiscard]] Result<Command> parse_command_line(int argc, char** argv);

}  // namespace reelpool::cli
