#include <doctest/doctest.h>

#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

namespace {

struct Part {
    const char* name;
    const char* filters;
    const char* arguments;
};

const Part large{"large", "", "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p"};
const Part small{"small", "scale=98:66", "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p"};
const Part odd{"odd", "scale=97:61", "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv444p"};
const Part deep{"deep", "", "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p10le"};
const Part full{"full", "scale=out_range=full",
                "-c:v libx264 -g 12 -bf 2 -pix_fmt yuvj420p -color_range pc"};
const Part limited{"limited", "",
                   "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p -color_primaries bt709"};
const Part small_full{"smallfull", "scale=98:66:out_range=full",
                      "-c:v libx264 -g 12 -bf 2 -pix_fmt yuvj420p -color_range pc"};
const Part small_limited{"smalllimited", "scale=98:66",
                         "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv420p -color_primaries bt709"};
const Part rich{"rich", "", "-c:v libx264 -g 12 -bf 2 -pix_fmt yuv422p"};
const Part color{"color", "", "-c:v libx264rgb -g 12 -bf 2 -pix_fmt rgb24"};
const Part gray{"gray", "", "-c:v libx264 -g 12 -bf 2 -pix_fmt gray"};
const Part jpeg{"jpeg", "", "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p"};
const Part small_jpeg{"smalljpeg", "scale=98:66", "-c:v mjpeg -q:v 3 -pix_fmt yuvj422p"};
const Part mpeg2{"mpeg2", "", "-c:v mpeg2video -q:v 3 -g 12"};
const Part small_mpeg2{"smallmpeg2", "scale=96:64", "-c:v mpeg2video -q:v 3 -g 12"};

struct Changing {
    std::string name;
    std::string of_parts;  ///< file name extension of the parts
    std::vector<Part> parts;
    const char* pix_fmt;          ///< of the first part
    const char* remux = nullptr;  ///< arguments that bring the joined parts into `name`
    std::size_t lost = 0;         ///< frames that the change costs ffmpeg, too
};

const Changing media[] = {
    {"size.ts", "ts", {large, small}, "yuv420p"},
    {"size-up.ts", "ts", {small, large, small}, "yuv420p"},
    {"size-mpeg2.ts", "ts", {mpeg2, small_mpeg2}, "yuv420p", nullptr, 1},
    {"size.mkv", "ts", {large, small}, "yuv420p", "-c copy"},
    {"size-and-format.mkv", "ts", {large, odd, large}, "yuv420p", "-c copy"},
    {"format-and-size.ts", "ts", {odd, large}, "yuv444p"},
    {"deeper.ts", "ts", {large, deep}, "yuv420p"},
    {"shallower.ts", "ts", {deep, large}, "yuv420p10le"},
    {"richer.mkv", "ts", {large, rich}, "yuv420p", "-c copy"},
    {"to-full.ts", "ts", {large, small_full}, "yuv420p"},
    {"to-limited.ts", "ts", {full, small_limited}, "yuvj420p"},
    {"to-rgb.ts", "ts", {large, color}, "yuv420p"},
    {"from-rgb.ts", "ts", {color, small}, "gbrp"},
    {"to-gray.ts", "ts", {large, gray}, "yuv420p"},
    {"size.mjpeg", "mjpeg", {jpeg, small_jpeg}, "yuvj420p"},
    {"size-up.mjpeg", "mjpeg", {small_jpeg, jpeg}, "yuvj422p"},
    {"size-mjpeg.avi", "mjpeg", {jpeg, small_jpeg}, "yuvj420p", "-c copy"},
};

constexpr int frames_of_a_part = 20;

/// The parts, one after the other, in one file.
std::string joined(const Changing& medium) {
    std::string bytes;
    int start = 0;
    for (const Part& part : medium.parts) {
        // Time stamps go on from part to part where there are any.
        const bool has_times = medium.of_parts == "ts";
        const std::string name = std::string("part-") + part.name +
                                 (has_times ? std::to_string(start) : "") + "." + medium.of_parts;
        const std::string arguments =
            has_times ? std::string(part.arguments) + " -muxdelay 0 -output_ts_offset " +
                            std::to_string(start * frames_of_a_part / 25.0)
                      : part.arguments;
        bytes +=
            read_file(generated(name, moving_picture(frames_of_a_part, part.filters), arguments));
        ++start;
    }
    const std::string path = media_directory() + "joined-" + medium.name + "." + medium.of_parts;
    write_file(path, bytes);
    if (medium.remux == nullptr) return path;
    return generated("joined-" + medium.name, "-i " + path, medium.remux);
}

/// The oracle's planes in the slots' order: ffmpeg keeps RGB as G, B, R.
Planes in_slot_order(Planes planes, const PixelFormat& format) {
    if (format.model != ColorModel::rgb) return planes;
    std::swap(planes[0], planes[2]);
    std::swap(planes[1], planes[2]);
    return planes;
}

}  // namespace

TEST_CASE("pictures that change in mid-stream become like the first one, as ffmpeg makes them") {
    for (const Changing& medium : media) {
        CAPTURE(medium.name);
        const std::string path = joined(medium);
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.is_open());
        const MediaInfo& info = worker.opened().info;
        const auto count = worker.opened().table.frame_count();
        const auto frames = decoded_by_ffmpeg(path, medium.pix_fmt, info.width, info.height);
        REQUIRE(count == frames.size());
        CHECK(count + medium.lost == frames_of_a_part * medium.parts.size());
        worker.open_cursor(0, 2);
        std::vector<std::uint32_t> wrong;
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t frame = i * 7 % count;
            worker.forget_ready();
            worker.decode_from_keyframe(0, frame);
            if (worker.picture(0) != in_slot_order(frames[frame], info.format))
                wrong.push_back(frame);
        }
        const std::size_t first_wrong = wrong.empty() ? 0 : wrong.front();
        CAPTURE(first_wrong);
        CHECK(wrong.size() == 0);
        std::size_t converted = 0;
        for (const Part& part : medium.parts)
            if (part.name != medium.parts.front().name) converted += frames_of_a_part;
        CHECK(worker.counters().frames_converted == converted);
    }
}

TEST_CASE("a range that changes without the format changing is converted") {
    // ffmpeg's command line does not notice it, so the second part is converted by a filter there.
    struct Direction {
        Changing medium;
        const char* filter;
    };
    const Direction directions[] = {
        {{"range-to-full.ts", "ts", {limited, full}, "yuv420p"},
         "scale=in_range=full:out_range=limited:flags=bicubic"},
        {{"range-to-limited.ts", "ts", {full, limited}, "yuvj420p"},
         "scale=in_range=limited:out_range=full:flags=bicubic"},
    };
    for (const auto& [medium, filter] : directions) {
        CAPTURE(medium.name);
        const std::string path = joined(medium);
        const std::string kept = "-c:v ffv1 -map 0:v:0 -fps_mode passthrough -pix_fmt ";
        const std::string second = generated(
            medium.name + "-converted.mkv",
            "-i " + media_directory() + "part-" + medium.parts[1].name + "1.ts",
            "-vf " + std::string(filter) + ",setparams=range=unknown " + kept + "yuv420p");
        const std::string first_part = media_directory() + "part-" + medium.parts[0].name + "0.ts";
        auto expected = decoded_by_ffmpeg(first_part, medium.pix_fmt, 160, 90);
        for (auto& frame : decoded_by_ffmpeg(second, "yuv420p", 160, 90))
            expected.push_back(std::move(frame));
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.is_open());
        REQUIRE(worker.opened().table.frame_count() == expected.size());
        // One cursor comes from the first part, the other begins in the second.
        worker.open_cursor(0, 1);
        worker.open_cursor(1, 1);
        worker.decode_from_keyframe(0, 7);
        worker.decode_from_keyframe(0, 37);
        worker.decode_from_keyframe(1, 37);
        CHECK(worker.counters().frames_converted == 2);
        CHECK(worker.picture(0) == expected[7]);
        CHECK(worker.picture(1) == expected[37]);
        CHECK(worker.picture(2) == expected[37]);
    }
}
