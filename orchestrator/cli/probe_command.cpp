#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "ipc/process/event_loop.hpp"
#include "orchestrator/cli/color_names.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/safety.hpp"
#include "orchestrator/cli/table_summary.hpp"
#include "orchestrator/run/probing.hpp"

namespace reelpool::cli {
namespace {

using Json = nlohmann::ordered_json;

enum class FrameList : std::uint8_t { left_out, shown };

Result<run::ProbedMedia> probe(const ProbeOptions& options) {
    EventLoop loop;
    REELPOOL_TRY(root, media_root_of(options.safety));
    REELPOOL_TRY(opened, run::open_media({{.name = "file", .path = options.media, .root = root}}));
    REELPOOL_TRY(workers,
                 run::WorkerPool::start(loop, {.confinement = confinement_of(options.safety)}));
    REELPOOL_TRY(probed, run::probe_media(loop, *workers, opened.files, 0));
    if (const auto warning = sandbox_warning(workers->sandbox())) print_warning(warning->message);
    return std::move(probed.front());
}

bool is_keyframe(const FrameTable& table, std::uint32_t frame) {
    return std::binary_search(table.keyframes.begin(), table.keyframes.end(), frame);
}

Rational seconds_at(const FrameTable& table, std::int64_t pts) {
    return Rational(Int128{pts} - table.pts.front(), 1) * table.time_base;
}

double seconds_of(const FrameTable& table, std::uint32_t frame) {
    return seconds_at(table, table.pts[frame]).to_double();
}

std::int64_t ticks_of(const FrameTable& table, std::uint32_t frame) {
    const std::int64_t next =
        frame + 1 < table.frame_count() ? table.pts[frame + 1] : table.end_pts;
    return next - table.pts[frame];
}

double length_of(const FrameTable& table, std::int64_t ticks) {
    return (Rational(ticks) * table.time_base).to_double();
}

const char* name_of_kind(RateKind kind) {
    switch (kind) {
        case RateKind::constant:
            return "constant";
        case RateKind::rounded:
            return "constant, rounded to the time base";
        case RateKind::variable:
            return "variable";
    }
    return "";
}

/// Where a colour fact comes from: the file, or the rules for what files do not tell.
template <class Fact>
const char* origin(Fact tagged, Fact used) {
    if (tagged == used) return "tagged";
    return tagged == Fact::unspecified ? "assumed" : "overridden";
}

const char* field_order(const MediaInfo& info) {
    if (!info.is_interlaced) return "progressive";
    return info.is_top_field_first ? "top-first" : "bottom-first";
}

const char* source_name(wire::TableSource source) {
    switch (source) {
        case wire::TableSource::scan:
            return "scan";
        case wire::TableSource::decode:
            return "decode";
        case wire::TableSource::cache:
            return "cache";
    }
    return "other";
}

double milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000.0;
}

Json color_json(const ColorDescription& color) {
    return {{"matrix", name_of(color.matrix)},
            {"range", name_of(color.range)},
            {"primaries", name_of(color.primaries)},
            {"transfer", name_of(color.transfer)},
            {"siting", name_of(color.siting)}};
}

Json origins_json(const ColorDescription& tagged, const ColorDescription& used) {
    return {{"matrix", origin(tagged.matrix, used.matrix)},
            {"range", origin(tagged.range, used.range)},
            {"primaries", origin(tagged.primaries, used.primaries)},
            {"transfer", origin(tagged.transfer, used.transfer)},
            {"siting", origin(tagged.siting, used.siting)}};
}

Json streams_json(const MediaInfo& info) {
    Json streams = Json::array();
    for (const StreamSummary& stream : info.streams)
        streams.push_back({{"index", stream.index},
                           {"kind", stream.kind},
                           {"codec", stream.codec},
                           {"facts", stream.facts},
                           {"shown", stream.is_shown}});
    return streams;
}

Json frames_json(const FrameTable& table) {
    Json list = Json::array();
    for (std::uint32_t i = 0; i < table.frame_count(); ++i)
        list.push_back({{"frame", i},
                        {"pts", table.pts[i]},
                        {"seconds", seconds_of(table, i)},
                        {"duration", length_of(table, ticks_of(table, i))},
                        {"key", is_keyframe(table, i)}});
    return list;
}

/// Which speakers the channels are of, in their order: the names that FFmpeg gives them.
std::string speakers_text(const SoundInfo& sound) {
    constexpr std::array names{"FL", "FR", "FC", "LFE", "BL",  "BR",  "FLC", "FRC", "BC",
                               "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR"};
    if (sound.layout_mask == 0) return "unknown";
    std::string text;
    for (std::size_t bit = 0; bit < 64; ++bit) {
        if ((sound.layout_mask >> bit & 1) == 0) continue;
        if (!text.empty()) text += "+";
        text += bit < names.size() ? names[bit] : "channel " + std::to_string(bit);
    }
    return text;
}

Json sound_json(const SoundInfo& sound) {
    return {{"codec", sound.codec},
            {"rate", sound.rate_hz},
            {"channels", sound.channels},
            {"speakers", speakers_text(sound)},
            {"start", sound.first_sample.to_double()},
            {"seconds", sound.duration.to_double()}};
}

Json table_json(const run::ProbedMedia& media) {
    return {{"source", source_name(media.table_source)},
            {"ms", milliseconds(media.open_time)},
            {"bytesRead", media.bytes_read}};
}

void print(const Json& json) {
    std::puts(json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

void print_sound_json(const std::string& path, const run::ProbedMedia& media) {
    const MediaInfo& info = media.info;
    print({{"path", path},
           {"container", info.container},
           {"codec", info.codec},
           {"streams", streams_json(info)},
           {"pictures", false},
           {"sound", true},
           {"soundStream", sound_json(*info.sound)},
           {"seconds", info.sound->duration.to_double()},
           {"table", table_json(media)},
           {"notes", info.notes}});
}

void print_json(const std::string& path, const run::ProbedMedia& media, FrameList frames) {
    const MediaInfo& info = media.info;
    const FrameTable& table = media.table;
    const TableSummary summary = summary_of(table);
    Json json{{"path", path},
              {"container", info.container},
              {"codec", info.codec},
              {"streams", streams_json(info)},
              {"pictures", true},
              {"format", to_text(info.format)},
              {"width", info.width},
              {"height", info.height},
              {"sampleAspect", info.sample_aspect.to_text()},
              {"quarterTurnsClockwise", info.orientation.quarter_turns_clockwise},
              {"mirrored", info.orientation.mirrored_horizontally},
              {"tagged", color_json(info.tagged)},
              {"color", color_json(info.color)},
              {"colorOrigin", origins_json(info.tagged, info.color)},
              {"still", info.is_still},
              {"interlaced", info.is_interlaced},
              {"fieldOrder", field_order(info)},
              {"sound", info.has_sound},
              {"soundStream", info.sound ? sound_json(*info.sound) : Json()},
              {"timeBase", table.time_base.to_text()},
              {"frames", table.frame_count()},
              {"firstPts", table.pts.front()},
              {"seconds", table.duration().to_double()}};
    if (!info.is_still)
        json["frameRate"] = {{"kind", name_of_kind(summary.kind)},
                             {"fps", summary.fps.to_text()},
                             {"shortest", length_of(table, summary.shortest_frame)},
                             {"longest", length_of(table, summary.longest_frame)}};
    json["gops"] = {{"count", summary.gop_count},
                    {"shortest", summary.shortest_gop},
                    {"median", summary.median_gop},
                    {"longest", summary.longest_gop}};
    json["table"] = table_json(media);
    json["notes"] = info.notes;
    if (frames == FrameList::shown) json["frameTable"] = frames_json(table);
    print(json);
}

template <class Fact>
std::string color_fact(const char* name, Fact tagged, Fact used) {
    std::string text = std::string(name) + " " + name_of(used) + " (" + origin(tagged, used);
    if (tagged != used && tagged != Fact::unspecified)
        text += ", tagged " + std::string(name_of(tagged));
    return text + ")";
}

void print_color(const ColorDescription& tagged, const ColorDescription& used) {
    std::printf("color      %s, %s, %s,\n           %s, %s\n",
                color_fact("matrix", tagged.matrix, used.matrix).c_str(),
                color_fact("range", tagged.range, used.range).c_str(),
                color_fact("siting", tagged.siting, used.siting).c_str(),
                color_fact("primaries", tagged.primaries, used.primaries).c_str(),
                color_fact("transfer", tagged.transfer, used.transfer).c_str());
}

void print_timing(const FrameTable& table) {
    const TableSummary summary = summary_of(table);
    std::printf("frames     %u in %.3f s, time base %s, first PTS %lld\n", table.frame_count(),
                table.duration().to_double(), table.time_base.to_text().c_str(),
                static_cast<long long>(table.pts.front()));
    std::printf("rate       %s, %s%s fps", name_of_kind(summary.kind),
                summary.kind == RateKind::variable ? "on average " : "",
                summary.fps.to_text().c_str());
    if (summary.shortest_frame != summary.longest_frame)
        std::printf(", frames of %.6f to %.6f s", length_of(table, summary.shortest_frame),
                    length_of(table, summary.longest_frame));
    std::printf("\nGOPs       %zu of %u to %u frames, median %u\n", summary.gop_count,
                summary.shortest_gop, summary.longest_gop, summary.median_gop);
}

void print_frames(const FrameTable& table) {
    for (std::uint32_t i = 0; i < table.frame_count(); ++i)
        std::printf("%8u  pts %lld  at %.6f s  for %.6f s%s\n", i,
                    static_cast<long long>(table.pts[i]), seconds_of(table, i),
                    length_of(table, ticks_of(table, i)), is_keyframe(table, i) ? "  key" : "");
}

void print_pictures(const run::ProbedMedia& media) {
    const MediaInfo& info = media.info;
    std::printf("picture    %ux%u %s, sample aspect %s, turned %d degrees%s, %s\n", info.width,
                info.height, to_text(info.format).c_str(), info.sample_aspect.to_text().c_str(),
                90 * info.orientation.quarter_turns_clockwise,
                info.orientation.mirrored_horizontally ? ", mirrored" : "",
                !info.is_interlaced       ? "progressive"
                : info.is_top_field_first ? "interlaced, top field first"
                                          : "interlaced, bottom field first");
    print_color(info.tagged, info.color);
    if (info.is_still)
        std::puts("frames     a still");
    else
        print_timing(media.table);
}

void print_sound(const SoundInfo& sound) {
    std::printf("sound      %s, %u Hz, %u channels (%s), from %.6f s", sound.codec.c_str(),
                sound.rate_hz, sound.channels, speakers_text(sound).c_str(),
                sound.first_sample.to_double());
    if (sound.duration > Time(0)) std::printf(", %.3f s", sound.duration.to_double());
    std::puts("");
}

void print_text(const std::string& path, const run::ProbedMedia& media, FrameList frames) {
    const MediaInfo& info = media.info;
    std::printf("%s\ncontainer  %s\n", path.c_str(), info.container.c_str());
    for (const StreamSummary& stream : info.streams)
        std::printf("stream %-3u %s %s%s%s%s\n", stream.index, stream.kind.c_str(),
                    stream.codec.c_str(), stream.facts.empty() ? "" : ": ", stream.facts.c_str(),
                    stream.is_shown ? " (this one)" : "");
    if (info.has_pictures) print_pictures(media);
    if (info.sound) print_sound(*info.sound);
    std::printf("table      by %s in %.1f ms, %llu bytes read\n", source_name(media.table_source),
                milliseconds(media.open_time), static_cast<unsigned long long>(media.bytes_read));
    for (const std::string& note : info.notes) std::printf("note       %s\n", note.c_str());
    if (frames == FrameList::shown) print_frames(media.table);
}

}  // namespace

int run_probe(const ProbeOptions& options) {
    const auto media = probe(options);
    if (!media) return report_error(media.error());
    const FrameList frames = options.frames ? FrameList::shown : FrameList::left_out;
    if (options.json && !media->info.has_pictures)
        print_sound_json(options.media, *media);
    else if (options.json)
        print_json(options.media, *media, frames);
    else
        print_text(options.media, *media, frames);
    return 0;
}

}  // namespace reelpool::cli
