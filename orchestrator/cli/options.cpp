#include "orchestrator/cli/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "ipc/frame/output_settings.hpp"
#include "orchestrator/cli/parse_values.hpp"

namespace reelpool::cli {
namespace {

constexpr const char* version = REELPOOL_VERSION;

/// Options of the full design that this version does not have: refused by name.
constexpr std::array not_built_yet{"--trace", "--lanes", "--verify", "--log"};

Error usage_error(const std::string& subject, std::string what, std::string hint) {
    return {.code = ErrorCode::usage,
            .component = Component::planner,
            .subject = subject,
            .what = std::move(what),
            .cause = {},
            .hint = std::move(hint)};
}

constexpr std::array<std::pair<const char*, ColorPrimaries>, 6> primaries_words{
    {{"bt709", ColorPrimaries::bt709},
     {"bt601-525", ColorPrimaries::smpte170m},
     {"bt601-625", ColorPrimaries::bt470bg},
     {"bt2020", ColorPrimaries::bt2020},
     {"dci-p3", ColorPrimaries::smpte431},
     {"display-p3", ColorPrimaries::smpte432}}};

template <class Pairs>
std::vector<std::string> names_of(const Pairs& words) {
    std::vector<std::string> names;
    for (const auto& [name, value] : words) names.emplace_back(name);
    return names;
}

/// What the user typed, before it has a meaning.
struct Words {
    std::string cache_size, memory_limit, size, fps, range, codec, bitrate, audio, audio_bitrate, time;
    std::string progress = "auto", engine = "auto", matrix, primaries, transfer = "bt709",
                levels = "limited", dither = "none", mastering_display, max_cll,
                access = "auto", sandbox = "best-effort", worker_memory, media_root;
    std::optional<std::string> disk_cache;
    std::uint32_t media_frames = wire::usual_max_frames;
    std::vector<std::string> metadata;
    bool strict = false;
    bool allow_changing = false;
    std::string bad_frame = "error";
    std::uint32_t worker_timeout_s = 30;
    std::uint32_t compositor_timeout_s = 60;
    std::string crash_dir;
};

void add_decoder_options(CLI::App& app, Words& words) {
    app.add_option("--on-bad-frame", words.bad_frame,
                   "When a frame kills its decoder twice: end with an error, or hold the frame "
                   "before it, with a warning")
        ->check(CLI::IsMember({"error", "hold"}))
        ->capture_default_str();
    app.add_option("--worker-timeout", words.worker_timeout_s,
                   "A decoder that reads and decodes nothing for so many seconds hangs; it is "
                   "killed and started again")
        ->check(CLI::Range(1, 3600))
        ->type_name("SECONDS")
        ->capture_default_str();
}

void add_crash_options(CLI::App& app, Words& words) {
    app.add_option("--crash-dir", words.crash_dir,
                   "Where a folder for ipc-dump goes when a part of the program fails "
                   "[beside the report, or ~/.local/state/reelpool/crashes]")
        ->type_name("DIR|off");
}

CrashOptions read_crash(const Words& words) {
    if (words.crash_dir == "off") return {.is_off = true};
    return {.directory = words.crash_dir};
}

DecoderOptions read_decoder(const Words& words) {
    return {.patience = std::chrono::seconds(words.worker_timeout_s),
            .bad_frame = words.bad_frame == "hold" ? plan::PlanRunner::BadFrame::hold
                                                   : plan::PlanRunner::BadFrame::refuse};
}

void add_picture_options(CLI::App& app, Words& words) {
    app.add_option("--size", words.size, "Render at WxH instead of the main comp's size")
        ->type_name("WxH");
    app.add_option("--fps", words.fps, "Render at this rate, e.g. 25 or 30000/1001")
        ->type_name("R");
    app.add_option("--transfer", words.transfer,
                   "Transfer of the output; pq and hlg (HDR) need 10 bits, and get them")
        ->check(CLI::IsMember({"bt709", "srgb", "pq", "hlg"}))
        ->capture_default_str();
    app.add_option("--primaries", words.primaries,
                   "Primaries of the output [bt709, of pq and hlg bt2020]")
        ->check(CLI::IsMember(names_of(primaries_words)));
    app.add_option("--matrix", words.matrix,
                   "Colour matrix of the output [bt709, with --primaries bt2020 bt2020]")
        ->check(CLI::IsMember({"bt601", "bt709", "bt2020"}));
    app.add_option("--dither", words.dither,
                   "How colours are rounded to 8 bits: to the nearest code, or up and down by an "
                   "8 x 8 pattern")
        ->check(CLI::IsMember({"none", "ordered"}))
        ->capture_default_str();
    app.add_option("--range-levels", words.levels, "Code value range of the output")
        ->check(CLI::IsMember({"full", "limited"}))
        ->capture_default_str();
}

void add_device_options(CLI::App& app, Words& words, DeviceOptions& device) {
    app.add_option("--device", device.device, "Vulkan device by its number in `reelpool devices`")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--frame-access", words.access,
                   "How the device reads decoded frames: in place, or copied by the CPU")
        ->check(CLI::IsMember({"auto", "host-pointer", "staging"}))
        ->capture_default_str();
    app.add_flag("--require-zero-copy", device.require_zero_copy,
                 "Fail if frames would have to be copied by the CPU");
    app.add_option("--compositor-timeout", words.compositor_timeout_s,
                   "A compositor that has work and does nothing for so many seconds hangs; it is "
                   "killed and started again")
        ->check(CLI::Range(1, 3600))
        ->type_name("SECONDS")
        ->capture_default_str();
}

void add_safety_options(CLI::App& app, Words& words) {
    app.add_option("--sandbox", words.sandbox,
                   "What decoders are locked into: all of it or nothing is decoded (require), "
                   "what this machine can do (best-effort), nothing (off)")
        ->check(CLI::IsMember({"require", "best-effort", "off"}))
        ->capture_default_str();
    app.add_option("--worker-memory", words.worker_memory,
                   "Most private memory of one decoder process [4GB]")
        ->type_name("SIZE");
    app.add_option("--media-frames", words.media_frames,
                   "Most frames of one file; a file with more is refused")
        ->check(CLI::Range(1U, std::numeric_limits<std::uint32_t>::max()))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--media-root", words.media_root,
                   "Open only media that lie beneath this directory")
        ->type_name("DIR");
}

Status read_safety(const Words& words, SafetyOptions& safety) {
    safety.sandbox = sandbox_mode_of(words.sandbox).value_or(SandboxMode::require);
    safety.media_root = words.media_root;
    safety.media_frames = words.media_frames;
    if (words.worker_memory.empty()) return ok();
    constexpr std::uint64_t least = std::uint64_t{256} << 20;
    REELPOOL_TRY(bytes, parse_bytes("--worker-memory", words.worker_memory));
    if (bytes < least)
        return unexpected(usage_error("--worker-memory " + words.worker_memory,
                                      "no decoder can do with less than 256MB", ""));
    safety.worker_memory_bytes = bytes;
    return ok();
}

Status read_picture(const Words& words, PictureOptions& picture) {
    if (!words.size.empty()) {
        REELPOOL_TRY(size, parse_size("--size", words.size));
        picture.size = size;
    }
    if (!words.fps.empty()) {
        REELPOOL_TRY(fps, parse_fraction("--fps", words.fps));
        if (fps <= Rational(0) || fps > Rational(1000))
            return unexpected(
                usage_error("--fps", "the rate must be above 0 and at most 1000", ""));
        picture.fps = fps;
    }
    if (!words.range.empty()) {
        REELPOOL_TRY(range, parse_range("--range", words.range));
        picture.range = range;
    }
    picture.matrix = words.matrix == "bt601"    ? ColorMatrix::smpte170m
                     : words.matrix == "bt709"  ? ColorMatrix::bt709
                     : words.matrix == "bt2020" ? ColorMatrix::bt2020_ncl
                                                : ColorMatrix::unspecified;
    for (const auto& [word, primaries] : primaries_words)
        if (words.primaries == word) picture.primaries = primaries;
    picture.transfer = words.transfer == "pq"     ? ColorTransfer::pq
                       : words.transfer == "hlg"  ? ColorTransfer::hlg
                       : words.transfer == "srgb" ? ColorTransfer::srgb
                                                  : ColorTransfer::bt709;
    picture.dither = words.dither == "ordered" ? Dither::ordered : Dither::none;
    picture.levels = words.levels == "full" ? ColorRange::full : ColorRange::limited;
    return ok();
}

void read_device(const Words& words, DeviceOptions& device) {
    device.patience = std::chrono::seconds(words.compositor_timeout_s);
    device.access = words.access == "host-pointer" ? wire::FrameAccess::host_pointer
                    : words.access == "staging"    ? wire::FrameAccess::staging
                                                   : wire::FrameAccess::automatic;
}

ProgressKind progress_kind(const std::string& word) {
    if (word == "bar") return ProgressKind::bar;
    if (word == "plain") return ProgressKind::plain;
    if (word == "json") return ProgressKind::json;
    if (word == "none") return ProgressKind::none;
    return ::isatty(STDERR_FILENO) != 0 ? ProgressKind::bar : ProgressKind::plain;
}

Status read_metadata(const Words& words, ExportOptions& options) {
    for (const std::string& entry : words.metadata) {
        const std::size_t equals = entry.find('=');
        if (equals == 0 || equals == std::string::npos)
            return unexpected(usage_error("--metadata", "\"" + entry + "\" is not KEY=VALUE",
                                          "write it like title=Holiday"));
        options.metadata.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
    }
    return ok();
}

run::EngineChoice engine_choice(const std::string& word) {
    return word == "v1"   ? run::EngineChoice::v1
           : word == "v2" ? run::EngineChoice::v2
                          : run::EngineChoice::automatic;
}

Status read_memory(const Words& words, std::uint64_t& cache_bytes, std::uint64_t& limit_bytes) {
    if (!words.cache_size.empty()) {
        REELPOOL_TRY(bytes, parse_bytes("--cache-size", words.cache_size));
        cache_bytes = bytes;
    }
    if (!words.memory_limit.empty()) {
        REELPOOL_TRY(bytes, parse_bytes("--memory-limit", words.memory_limit));
        limit_bytes = bytes;
    } else {
        limit_bytes = std::max(limit_bytes, cache_bytes);
    }
    return ok();
}

Result<DiskOptions> read_disk_cache(const Words& words) {
    if (!words.disk_cache) return DiskOptions{};
    if (words.engine == "v1")
        return unexpected(usage_error("--disk-cache", "engine v1 has no cache to go to disk",
                                      "leave it out, or use --engine v2"));
    REELPOOL_TRY(disk, parse_disk_cache("--disk-cache", *words.disk_cache));
    return DiskOptions{disk.first, disk.second};
}

Result<Command> read_plan(const Words& words, PlanOptions options) {
    REELPOOL_TRY_STATUS(read_safety(words, options.safety));
    REELPOOL_TRY_STATUS(read_picture(words, options.picture));
    REELPOOL_TRY_STATUS(read_memory(words, options.cache_bytes, options.memory_limit_bytes));
    REELPOOL_TRY(disk, read_disk_cache(words));
    options.disk = std::move(disk);
    options.engine = engine_choice(words.engine);
    if (!words.codec.empty()) {
        REELPOOL_TRY(codec, parse_codec(words.codec));
        options.codec = codec;
    }
    return Command{std::move(options)};
}

Status read_sound(const Words& words, SoundOptions& sound) {
    sound.is_off = words.audio == "none";
    if (!words.audio.empty() && !sound.is_off) {
        REELPOOL_TRY(codec, parse_sound_codec(words.audio));
        sound.codec = codec;
    }
    if (words.audio_bitrate.empty()) return ok();
    if (sound.is_off)
        return unexpected(
            usage_error("--audio-bitrate", "there is no sound with --audio none", "leave it out"));
    REELPOOL_TRY(bitrate, parse_bitrate("--audio-bitrate", words.audio_bitrate));
    sound.bitrate = bitrate;
    return ok();
}

Result<Command> read_export(const Words& words, ExportOptions options) {
    REELPOOL_TRY_STATUS(read_safety(words, options.safety));
    REELPOOL_TRY_STATUS(read_picture(words, options.picture));
    read_device(words, options.device);
    REELPOOL_TRY_STATUS(read_metadata(words, options));
    if (!words.mastering_display.empty()) {
        REELPOOL_TRY(display, parse_mastering_display(words.mastering_display));
        options.mastering_display = display;
    }
    if (!words.max_cll.empty()) {
        REELPOOL_TRY(light, parse_content_light(words.max_cll));
        options.content_light = light;
    }
    REELPOOL_TRY_STATUS(read_memory(words, options.cache_bytes, options.memory_limit_bytes));
    REELPOOL_TRY(disk, read_disk_cache(words));
    options.disk = std::move(disk);
    if (!words.bitrate.empty()) {
        REELPOOL_TRY(bitrate, parse_bitrate("--bitrate", words.bitrate));
        options.bitrate = bitrate;
    }
    if (!words.codec.empty()) {
        REELPOOL_TRY(codec, parse_codec(words.codec));
        options.codec = codec;
    }
    REELPOOL_TRY_STATUS(read_sound(words, options.sound));
    if (options.bitrate != 0 && (options.resume || options.keep_segments))
        return unexpected(usage_error(options.resume ? "--resume" : "--keep-segments",
                                      "with --bitrate the output is one segment",
                                      "use --crf, or leave it out"));
    options.engine = engine_choice(words.engine);
    options.progress = progress_kind(words.progress);
    options.strictness = words.strict ? Strictness::refuse : Strictness::warn;
    options.changing_media =
        words.allow_changing ? run::ChangingMedia::allow : run::ChangingMedia::refuse;
    options.decoder = read_decoder(words);
    options.crash = read_crash(words);
    return Command{std::move(options)};
}

/// What decides what is decoded when.
void add_plan_options(CLI::App& app, Words& words) {
    app.add_option("--engine", words.engine, "Shared decoders (v2) or one per clip (v1)")
        ->check(CLI::IsMember({"auto", "v1", "v2"}))
        ->capture_default_str();
    app.add_option("--cache-size", words.cache_size, "Memory for decoded frames [500MB]");
    app.add_option("--memory-limit", words.memory_limit, "Upper limit for --cache-size [1GB]");
    app.add_option("--disk-cache", words.disk_cache,
                   "Frames that memory cannot keep, and that are dear to decode again, go to an "
                   "unnamed file in DIR, at most SIZE [4GB] of them; v2 only")
        ->type_name("DIR[:SIZE]");
    app.add_option("--range", words.range, "Only this part, e.g. 2s..8s")->type_name("A..B");
    add_picture_options(app, words);
    add_safety_options(app, words);
}

void define_plan(CLI::App& app, Words& words, PlanOptions& options) {
    app.add_option("PROJECT", options.project, "Project file (JSON)")->required();
    add_plan_options(app, words);
    app.add_option("--codec", words.codec, "As in export; memory and time depend on it [h264]");
    app.add_option("--preset", options.preset, "Likewise");
    app.add_flag("--json", options.json, "As JSON");
    app.add_option("--html", options.html, "Write a page with the schedule drawn as a chart")
        ->type_name("FILE");
}

void define_export(CLI::App& app, Words& words, ExportOptions& options) {
    app.add_option("PROJECT", options.project, "Project file (JSON)")->required();
    app.add_option("-o,--output", options.output,
                   "Result: .mp4 .mov .mkv .webm .mxf, or name_%04d.png; sound alone: .wav .flac "
                   ".m4a .opus .mp3 .ogg")
        ->required()
        ->type_name("OUT");
    add_plan_options(app, words);
    app.add_option("--codec", words.codec, "h264 hevc av1 vp9 prores dnxhr ffv1 png qtrle");
    app.add_option("--pixel-format", options.pixel_format,
                   "How the codec is to sample, e.g. yuv420p10 or yuv444p; yuva444p10 and gbrap "
                   "have alpha [the codec's usual one]")
        ->type_name("NAME");
    app.add_option("--preset", options.preset, "The encoder's speed preset");
    app.add_option("--crf", options.crf, "Quality, smaller is better")->check(CLI::Range(0, 63));
    app.add_option("--bitrate", words.bitrate, "Average bits per second, e.g. 8M");
    app.add_option("--audio", words.audio,
                   "aac opus flac pcm16 pcm24 pcm32f ac3 mp3 vorbis, or none [the container's "
                   "usual one, if any clip has sound]")
        ->type_name("CODEC");
    app.add_option("--audio-bitrate", words.audio_bitrate, "Bits per second of it, e.g. 192k");
    app.add_flag("--overwrite", options.overwrite, "Replace OUT when the export is done");
    app.add_flag("--resume", options.resume,
                 "Render only what is missing or has changed since an export to OUT that was "
                 "interrupted, or that kept its segments");
    app.add_flag("--keep-segments", options.keep_segments,
                 "Keep the segments in OUT.segments, for --resume after a change of the project");
    app.add_option("--segment-frames", options.segment_frames,
                   "Frames of one segment, which begins with a keyframe and is what --resume "
                   "renders again [250]")
        ->check(CLI::Range(1, 10000));
    app.add_option("--progress", words.progress, "auto bar plain json none")
        ->check(CLI::IsMember({"auto", "bar", "plain", "json", "none"}))
        ->capture_default_str();
    app.add_option("--report", options.report, "Write the result as JSON")->type_name("FILE");
    app.add_flag("--strict", words.strict, "Treat warnings about the project as errors");
    app.add_flag("--allow-changing", words.allow_changing,
                 "Go on when somebody writes to a medium meanwhile, with a warning");
    app.add_option("--metadata", words.metadata, "Tag of the output, KEY=VALUE; may be repeated");
    app.add_option("--mastering-display", words.mastering_display,
                   "Of pq and hlg: the display that was graded on, as x265 takes it, such as "
                   "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)")
        ->type_name("DISPLAY");
    app.add_option("--max-cll", words.max_cll,
                   "Of pq and hlg: brightest pixel and brightest average of a frame in cd/m2, such "
                   "as 1000,400")
        ->type_name("CLL,FALL");
    add_decoder_options(app, words);
    add_crash_options(app, words);
    add_device_options(app, words, options.device);
}

Status refuse_what_is_not_built(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        for (const char* name : not_built_yet) {
            const std::size_t length = std::strlen(name);
            if (std::strncmp(argv[i], name, length) == 0 &&
                (argv[i][length] == '\0' || argv[i][length] == '='))
                return unexpected(usage_error(name, std::string(name) + " is not built yet",
                                              "leave it out in this version"));
        }
    }
    return ok();
}

}  // namespace

Result<Command> parse_command_line(int argc, char** argv) {
    REELPOOL_TRY_STATUS(refuse_what_is_not_built(argc, argv));
    CLI::App app{
        "Reelpool renders video timelines to files.\n"
        "Exit codes: 0 done; 1 bug in Reelpool; 2 usage; 3 project invalid; 4 media missing or\n"
        "unusable; 5 decode failed; 6 render failed; 7 encode or output failed; 8 limit exceeded;\n"
        "75 worth retrying; 130 cancelled.",
        "reelpool"};
    app.set_version_flag("--version", std::string("reelpool ") + version);
    app.require_subcommand(1);

    Words words;
    ExportOptions export_options;
    CLI::App& export_app = *app.add_subcommand("export", "Render a project to a video file");
    define_export(export_app, words, export_options);

    FrameOptions frame_options;
    CLI::App& frame_app = *app.add_subcommand("frame", "Render one frame to a picture");
    frame_app.add_option("PROJECT", frame_options.project, "Project file")->required();
    frame_app.add_option("--time", words.time, "Comp time in seconds, e.g. 2.5 or 5/2")->required();
    frame_app.add_option("-o,--output", frame_options.output, "Picture: .png, .jpg or .webp")->required();
    frame_app.add_flag("--overwrite", frame_options.overwrite, "Replace the picture if it exists");
    frame_app
        .add_option("--pixel-format", frame_options.pixel_format,
                    ".png: gbrp, gbrap (with alpha), gbrp16 or gbrap16 [gbrp]; .jpg: yuv420p, "
                    "yuv422p or yuv444p [yuv420p]; .webp: yuv420p, yuva420p, or lossless gbrp or "
                    "gbrap [yuv420p]")
        ->type_name("NAME");
    add_picture_options(frame_app, words);
    add_device_options(frame_app, words, frame_options.device);
    add_safety_options(frame_app, words);

    CheckOptions check_options;
    CLI::App& check_app =
        *app.add_subcommand("check", "Say what would go wrong; silent when clean");
    check_app.add_option("PROJECT", check_options.project, "Project file")->required();
    check_app.add_flag("--strict", words.strict, "Exit with an error when there are warnings");
    add_safety_options(check_app, words);

    PlanOptions plan_options;
    CLI::App& plan_app =
        *app.add_subcommand("plan", "Say which engine would do what when, and what that takes");
    define_plan(plan_app, words, plan_options);

    ProbeOptions probe_options;
    CLI::App& probe_app = *app.add_subcommand("probe", "Show the frames and colours of a file");
    probe_app.add_option("MEDIA", probe_options.media, "Video or picture file")->required();
    probe_app.add_flag("--json", probe_options.json, "As JSON");
    probe_app.add_flag("--frames", probe_options.frames, "List every frame");
    add_safety_options(probe_app, words);

    DevicesOptions devices_options;
    CLI::App& devices_app =
        *app.add_subcommand("devices", "List Vulkan devices and how each one reads frames");
    devices_app.add_flag("--json", devices_options.json, "As JSON");

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        return Command{NothingToDo{app.exit(asked)}};
    } catch (const CLI::ParseError& error) {
        return unexpected(usage_error("command line", error.what(),
                                      "see reelpool --help, or reelpool COMMAND --help"));
    }
    if (export_app.parsed()) return read_export(words, std::move(export_options));
    if (frame_app.parsed()) {
        REELPOOL_TRY(time, parse_fraction("--time", words.time));
        frame_options.time = time;
        REELPOOL_TRY_STATUS(read_picture(words, frame_options.picture));
        read_device(words, frame_options.device);
        REELPOOL_TRY_STATUS(read_safety(words, frame_options.safety));
        return Command{std::move(frame_options)};
    }
    if (check_app.parsed()) {
        check_options.strictness = words.strict ? Strictness::refuse : Strictness::warn;
        REELPOOL_TRY_STATUS(read_safety(words, check_options.safety));
        return Command{std::move(check_options)};
    }
    if (plan_app.parsed()) return read_plan(words, std::move(plan_options));
    if (probe_app.parsed()) {
        REELPOOL_TRY_STATUS(read_safety(words, probe_options.safety));
        return Command{std::move(probe_options)};
    }
    return Command{devices_options};
}

}  // namespace reelpool::cli
