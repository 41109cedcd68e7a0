#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "ipc/process/event_loop.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/run/probing.hpp"

namespace reelpool::cli {
namespace {

using Json = nlohmann::ordered_json;

Result<run::ProbedMedia> probe(const std::string& path) {
    EventLoop loop;
    REELPOOL_TRY(opened, run::open_media({{.name = "file", .path = path}}));
    REELPOOL_TRY(workers, run::WorkerPool::start(loop));
    REELPOOL_TRY(probed, run::probe_media(loop, *workers, opened.files, 0));
    return std::move(probed.front());
}

const char* matrix_name(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::rgb:
            return "rgb";
        case ColorMatrix::bt709:
            return "bt709";
        case ColorMatrix::unspecified:
            return "unspecified";
        case ColorMatrix::fcc:
            return "fcc";
        case ColorMatrix::bt470bg:
            return "bt470bg";
        case ColorMatrix::smpte170m:
            return "smpte170m";
        case ColorMatrix::smpte240m:
            return "smpte240m";
        case ColorMatrix::ycgco:
            return "ycgco";
        case ColorMatrix::bt2020_ncl:
            return "bt2020nc";
        case ColorMatrix::bt2020_cl:
            return "bt2020c";
    }
    return "other";
}

const char* range_name(ColorRange range) {
    return range == ColorRange::full      ? "full"
           : range == ColorRange::limited ? "limited"
                                          : "unspecified";
}

const char* siting_name(ChromaSiting siting) {
    switch (siting) {
        case ChromaSiting::unspecified:
            return "unspecified";
        case ChromaSiting::left:
            return "left";
        case ChromaSiting::center:
            return "center";
        case ChromaSiting::top_left:
            return "top-left";
    }
    return "other";
}

Json color_json(const ColorDescription& color) {
    return {{"matrix", matrix_name(color.matrix)},
            {"range", range_name(color.range)},
            {"primaries", static_cast<int>(color.primaries)},
            {"transfer", static_cast<int>(color.transfer)},
            {"siting", siting_name(color.siting)}};
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

struct GopLengths {
    std::uint32_t shortest = 0;
    std::uint32_t longest = 0;
};

GopLengths gop_lengths(const FrameTable& table) {
    GopLengths lengths{table.frame_count(), 0};
    for (std::size_t i = 0; i < table.keyframes.size(); ++i) {
        const std::uint32_t end =
            i + 1 < table.keyframes.size() ? table.keyframes[i + 1] : table.frame_count();
        const std::uint32_t length = end - table.keyframes[i];
        lengths.shortest = std::min(lengths.shortest, length);
        lengths.longest = std::max(lengths.longest, length);
    }
    return lengths;
}

bool is_keyframe(const FrameTable& table, std::uint32_t frame) {
    return std::binary_search(table.keyframes.begin(), table.keyframes.end(), frame);
}

double seconds_of(const FrameTable& table, std::uint32_t frame) {
    return (Rational(Int128{table.pts[frame]} - table.pts.front(), 1) * table.time_base)
        .to_double();
}

void print_json(const std::string& path, const run::ProbedMedia& media, bool with_frames) {
    const GopLengths gops = gop_lengths(media.table);
    Json json{{"path", path},
              {"container", media.info.container},
              {"codec", media.info.codec},
              {"format", to_text(media.info.format)},
              {"width", media.info.width},
              {"height", media.info.height},
              {"sampleAspect", media.info.sample_aspect.to_text()},
              {"quarterTurnsClockwise", media.info.orientation.quarter_turns_clockwise},
              {"mirrored", media.info.orientation.mirrored_horizontally},
              {"tagged", color_json(media.info.tagged)},
              {"color", color_json(media.info.color)},
              {"still", media.info.is_still},
              {"interlaced", media.info.is_interlaced},
              {"sound", media.info.has_sound},
              {"timeBase", media.table.time_base.to_text()},
              {"frames", media.table.frame_count()},
              {"seconds", media.table.duration().to_double()},
              {"keyframes", media.table.keyframes.size()},
              {"gopShortest", gops.shortest},
              {"gopLongest", gops.longest},
              {"table",
               {{"source", source_name(media.table_source)},
                {"ms", milliseconds(media.open_time)},
                {"bytesRead", media.bytes_read}}},
              {"notes", media.info.notes}};
    if (with_frames) {
        Json list = Json::array();
        for (std::uint32_t i = 0; i < media.table.frame_count(); ++i)
            list.push_back({{"frame", i},
                            {"pts", media.table.pts[i]},
                            {"seconds", seconds_of(media.table, i)},
                            {"key", is_keyframe(media.table, i)}});
        json["frameTable"] = std::move(list);
    }
    std::puts(json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
}

void print_color(const ColorDescription& color, const ColorDescription& tagged) {
    std::printf(
        "color      matrix %s (%s), range %s (%s), siting %s (%s)\n", matrix_name(color.matrix),
        tagged.matrix == ColorMatrix::unspecified ? "assumed" : "tagged", range_name(color.range),
        tagged.range == ColorRange::unspecified ? "assumed" : "tagged", siting_name(color.siting),
        tagged.siting == ChromaSiting::unspecified ? "assumed" : "tagged");
}

void print_text(const std::string& path, const run::ProbedMedia& media, bool with_frames) {
    const MediaInfo& info = media.info;
    const GopLengths gops = gop_lengths(media.table);
    std::printf("%s\n", path.c_str());
    std::printf("container  %s\ncodec      %s%s%s\n", info.container.c_str(), info.codec.c_str(),
                info.is_interlaced ? ", interlaced" : "", info.has_sound ? ", with sound" : "");
    std::printf("picture    %ux%u %s, sample aspect %s, turned %d degrees%s\n", info.width,
                info.height, to_text(info.format).c_str(), info.sample_aspect.to_text().c_str(),
                90 * info.orientation.quarter_turns_clockwise,
                info.orientation.mirrored_horizontally ? ", mirrored" : "");
    print_color(info.color, info.tagged);
    if (info.is_still) {
        std::puts("frames     a still");
    } else {
        std::printf("frames     %u in %.3f s, time base %s\n", media.table.frame_count(),
                    media.table.duration().to_double(), media.table.time_base.to_text().c_str());
        std::printf("keyframes  %zu, GOPs of %u to %u frames\n", media.table.keyframes.size(),
                    gops.shortest, gops.longest);
    }
    std::printf("table      by %s in %.1f ms, %llu bytes read\n", source_name(media.table_source),
                milliseconds(media.open_time), static_cast<unsigned long long>(media.bytes_read));
    for (const std::string& note : info.notes) std::printf("note       %s\n", note.c_str());
    if (!with_frames) return;
    for (std::uint32_t i = 0; i < media.table.frame_count(); ++i)
        std::printf("%8u  pts %lld  %.6f s%s\n", i, static_cast<long long>(media.table.pts[i]),
                    seconds_of(media.table, i), is_keyframe(media.table, i) ? "  key" : "");
}

}  // namespace

int run_probe(const ProbeOptions& options) {
    const auto media = probe(options.media);
    if (!media) return report_error(media.error());
    if (options.json)
        print_json(options.media, *media, options.frames);
    else
        print_text(options.media, *media, options.frames);
    return 0;
}

}  // namespace reelpool::cli
