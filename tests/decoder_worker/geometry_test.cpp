#include <doctest/doctest.h>

#include <array>
#include <utility>

#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

namespace {

using Samples = std::vector<std::uint16_t>;

/// A plane with its size.
struct Sized {
    std::size_t width = 0;
    std::size_t height = 0;
    Samples samples;
    friend bool operator==(const Sized&, const Sized&) = default;
};

Sized mirrored(const Sized& from) {
    Sized to = from;
    for (std::size_t y = 0; y < from.height; ++y)
        for (std::size_t x = 0; x < from.width; ++x)
            to.samples[y * from.width + x] = from.samples[y * from.width + from.width - 1 - x];
    return to;
}

Sized turned_clockwise(const Sized& from) {
    Sized to{.width = from.height, .height = from.width, .samples = {}};
    for (std::size_t y = 0; y < to.height; ++y)
        for (std::size_t x = 0; x < to.width; ++x)
            to.samples.push_back(from.samples[(from.height - 1 - x) * from.width + y]);
    return to;
}

Sized upright(Sized plane, const Orientation& orientation) {
    if (orientation.mirrored_horizontally) plane = mirrored(plane);
    for (int i = 0; i < orientation.quarter_turns_clockwise; ++i) plane = turned_clockwise(plane);
    return plane;
}

/// A copy of an mp4 whose track header holds the matrix (a, b; c, d).
std::string with_matrix(const std::string& path, const std::string& name,
                        const std::array<int, 4>& matrix) {
    std::string bytes = read_file(path);
    const std::size_t at = bytes.find("tkhd");
    REQUIRE(at != std::string::npos);
    constexpr std::array<std::size_t, 4> places{0, 4, 12, 16};
    for (std::size_t i = 0; i < 4; ++i) {
        const auto value = static_cast<std::uint32_t>(matrix[i]) << 16;
        for (std::size_t byte = 0; byte < 4; ++byte)
            bytes[at + 44 + places[i] + byte] = static_cast<char>(value >> (24 - 8 * byte));
    }
    write_file(media_directory() + name, bytes);
    return media_directory() + name;
}

std::string h264() {
    return generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
}

}  // namespace

TEST_CASE("all eight ways to turn and mirror stand upright like ffmpeg's own") {
    const std::array<std::array<int, 4>, 8> matrices{{{1, 0, 0, 1},
                                                      {0, 1, -1, 0},
                                                      {-1, 0, 0, -1},
                                                      {0, -1, 1, 0},
                                                      {-1, 0, 0, 1},
                                                      {1, 0, 0, -1},
                                                      {0, 1, 1, 0},
                                                      {0, -1, -1, 0}}};
    for (const auto& matrix : matrices) {
        CAPTURE(matrix[0]);
        CAPTURE(matrix[1]);
        CAPTURE(matrix[2]);
        CAPTURE(matrix[3]);
        const std::string path = with_matrix(h264(), "matrix.mp4", matrix);
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.is_open());
        CHECK(worker.opened().info.notes.empty());
        worker.open_cursor(0, 1);
        worker.decode(0, 0, {0});
        const Orientation& orientation = worker.opened().info.orientation;
        const Sized shown = upright({160, 90, worker.picture(0)[0]}, orientation);
        const std::string raw = media_directory() + "matrix.raw";
        run_command("ffmpeg -nostdin -v error -y -i " + path +
                    " -frames:v 1 -f rawvideo -pix_fmt yuv420p " + raw);
        CHECK(split_planes(read_file(raw).data(), "yuv420p",
                           static_cast<std::uint32_t>(shown.width),
                           static_cast<std::uint32_t>(shown.height))[0] == shown.samples);
        const int determinant = matrix[0] * matrix[3] - matrix[1] * matrix[2];
        CHECK(orientation.mirrored_horizontally == (determinant < 0));
    }
}

TEST_CASE("an orientation that only the pictures carry counts, too") {
    const std::string path =
        generated("oriented.mp4", "-i " + h264(),
                  "-c copy -bsf:v h264_metadata=display_orientation=insert:rotate=90");
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    // H.264 counts degrees the other way round.
    CHECK(worker.opened().info.orientation == Orientation{.quarter_turns_clockwise = 3});
}

TEST_CASE("pictures are cropped to the sample, however the codec aligns its memory") {
    struct Crop {
        int left, top, right, bottom;
    };
    for (const Crop& crop : {Crop{0, 0, 2, 4}, Crop{6, 4, 10, 2}, Crop{34, 0, 0, 0},
                             Crop{2, 2, 0, 0}, Crop{32, 16, 0, 0}}) {
        CAPTURE(crop.left);
        CAPTURE(crop.top);
        const std::string numbers = std::to_string(crop.left) + "-" + std::to_string(crop.top) +
                                    "-" + std::to_string(crop.right) + "-" +
                                    std::to_string(crop.bottom);
        const std::string whole = generated("uncropped.mp4", moving_picture(30, "scale=160:96"),
                                            "-c:v libx264 -g 10 -bf 2 -pix_fmt yuv420p");
        const std::string path =
            generated("cropped-" + numbers + ".mp4", "-i " + whole,
                      "-c copy -bsf:v h264_metadata=crop_left=" + std::to_string(crop.left) +
                          ":crop_top=" + std::to_string(crop.top) +
                          ":crop_right=" + std::to_string(crop.right) +
                          ":crop_bottom=" + std::to_string(crop.bottom));
        const auto width = static_cast<std::uint32_t>(160 - crop.left - crop.right);
        const auto height = static_cast<std::uint32_t>(96 - crop.top - crop.bottom);
        const std::string expected = generated(
            "cropped-" + numbers + ".mkv", "-i " + whole,
            "-vf crop=" + std::to_string(width) + ":" + std::to_string(height) + ":" +
                std::to_string(crop.left) + ":" + std::to_string(crop.top) + " -c:v ffv1");
        const auto frames = decoded_by_ffmpeg(expected, "yuv420p", width, height);
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.is_open());
        CHECK(worker.opened().info.width == width);
        CHECK(worker.opened().info.height == height);
        if (worker.opened().info.width != width) continue;
        worker.open_cursor(0, 2);
        for (const std::uint32_t frame : {0U, 17U, 8U, 29U}) {
            worker.forget_ready();
            worker.decode_from_keyframe(0, frame);
            CHECK(worker.picture(0) == frames[frame]);
        }
        CHECK(worker.counters().frames_converted == 0);
    }
}

TEST_CASE("the first sample aspect ratio is the medium's, whatever comes later") {
    const std::string x264 = "-c:v libx264 -g 10 -pix_fmt yuv420p -muxdelay 0 ";
    const std::string wide = generated("aspect-wide.ts", moving_picture(20, "setsar=4/3"), x264);
    const std::string tall = generated("aspect-tall.ts", moving_picture(20, "setsar=8/9"),
                                       x264 + "-output_ts_offset 0.8");
    const std::string path = media_directory() + "aspects.ts";
    write_file(path, read_file(wide) + read_file(tall));
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    CHECK(worker.opened().info.sample_aspect == Rational(4, 3));
    CHECK(worker.opened().table.frame_count() == 40);
    const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 90);
    worker.open_cursor(0, 1);
    worker.decode_from_keyframe(0, 33);
    CHECK(worker.picture(0) == frames[33]);
    CHECK(worker.counters().frames_converted == 0);
}
