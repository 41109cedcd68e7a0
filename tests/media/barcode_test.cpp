#include "barcode.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "barcode_clip.hpp"
#include "child.hpp"
#include "temp_folder.hpp"

namespace reelpool::test_media {
namespace {

std::vector<std::uint16_t> luma_of(const BarcodeClip& clip, int number) {
    const auto bytes = barcode_frame(clip, number);
    std::vector<std::uint16_t> luma;
    for (int k = 0; k < clip.width * clip.height; ++k) {
        luma.push_back(std::to_integer<std::uint16_t>(bytes[static_cast<std::size_t>(k)]));
    }
    return luma;
}

/// Decodes with a filter and reads every frame's barcode as it fills the picture.
std::vector<std::optional<BarcodeReading>> read_back(const std::filesystem::path& file,
                                                     const std::string& filter, int width,
                                                     int height) {
    Child ffmpeg = Child::reading({"ffmpeg", "-v", "error", "-nostdin", "-i", file.string(), "-vf",
                                   filter, "-f", "rawvideo", "-pix_fmt", "gray", "-"});
    std::vector<std::byte> bytes(static_cast<std::size_t>(width) *
                                 static_cast<std::size_t>(height));
    std::vector<std::optional<BarcodeReading>> readings;
    while (ffmpeg.read(bytes) == bytes.size()) {
        std::vector<std::uint16_t> luma(bytes.size());
        std::transform(bytes.begin(), bytes.end(), luma.begin(),
                       [](std::byte b) { return std::to_integer<std::uint16_t>(b); });
        readings.push_back(read_barcode({luma, width, height}, placed_at(0, 0, width, height)));
    }
    return readings;
}

}  // namespace

TEST_CASE("a painted frame reads back, at any id and number") {
    for (const BarcodeReading said : {BarcodeReading{0, 0}, {255, 65535}, {3, 1}, {128, 4711}}) {
        const BarcodeClip clip{.media_id = said.media_id};
        const auto luma = luma_of(clip, said.frame);
        const auto read = read_barcode({luma, 320, 180}, placed_at(0, 0, 320, 180));
        REQUIRE(read.has_value());
        CHECK(*read == said);
    }
}

TEST_CASE("opacity and inversion do not matter, a flat or a wrong picture is unreadable") {
    const BarcodeClip clip{.media_id = 9};
    const auto luma = luma_of(clip, 77);
    auto faint = luma;
    for (auto& v : faint) v = static_cast<std::uint16_t>(100 + v / 10);
    CHECK(read_barcode({faint, 320, 180}, placed_at(0, 0, 320, 180)) == BarcodeReading{9, 77});
    auto inverted = luma;
    for (auto& v : inverted) v = static_cast<std::uint16_t>(255 - v);
    CHECK(read_barcode({inverted, 320, 180}, placed_at(0, 0, 320, 180)) == BarcodeReading{9, 77});
    const std::vector<std::uint16_t> flat(320 * 180, 90);
    CHECK_FALSE(read_barcode({flat, 320, 180}, placed_at(0, 0, 320, 180)).has_value());
    CHECK_FALSE(read_barcode({luma, 320, 180}, placed_at(11, 9, 320, 180)).has_value());
    CHECK_FALSE(read_barcode({luma, 320, 180}, placed_at(200, 0, 320, 180)).has_value());
}

TEST_CASE("a rotated placement is read") {
    const BarcodeClip clip{.media_id = 200, .width = 192, .height = 108};
    const auto luma = luma_of(clip, 300);
    // Draw the frame turned by 30 degrees around (200, 160) into a 400 x 320 picture.
    const Placement at = placed_around(200, 160, 192, 108, 30);
    const double det = at.ux * at.vy - at.uy * at.vx;
    std::vector<std::uint16_t> picture(400 * 320, 50);
    for (int y = 0; y < 320; ++y) {
        for (int x = 0; x < 400; ++x) {
            const double dx = x + 0.5 - at.x;
            const double dy = y + 0.5 - at.y;
            const double u = (dx * at.vy - dy * at.vx) / det;
            const double v = (dy * at.ux - dx * at.uy) / det;
            if (u < 0 || v < 0 || u >= 1 || v >= 1) continue;
            picture[static_cast<std::size_t>(y * 400 + x)] = luma[static_cast<std::size_t>(
                static_cast<int>(v * 108) * 192 + static_cast<int>(u * 192))];
        }
    }
    CHECK(read_barcode({picture, 400, 320}, at) == BarcodeReading{200, 300});
}

TEST_CASE("barcodes survive lossy coding and scaling to a quarter") {
    const TempFolder folder;
    struct Coding {
        const char* name;
        std::vector<std::string> arguments;
    };
    const std::vector<Coding> codings{
        {"a.mp4", {"-c:v", "libx264", "-preset", "veryfast", "-crf", "28", "-g", "250"}},
        {"b.mkv", {"-c:v", "mpeg4", "-q:v", "8"}},
        {"c.webm",
         {"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k"}},
    };
    for (const Coding& coding : codings) {
        CAPTURE(coding.name);
        const BarcodeClip clip{.media_id = 42,
                               .frames = 20,
                               .first_frame = 1000,
                               .encoding = coding.arguments,
                               .out = folder / coding.name};
        make_barcode_clip(clip);
        for (const auto& [filter, w, h] : {std::tuple{"null", 320, 180},
                                           {"scale=80:45", 80, 45},
                                           {"scale=80:45:flags=neighbor", 80, 45},
                                           {"scale=500:281:flags=bilinear", 500, 281}}) {
            CAPTURE(filter);
            const auto readings = read_back(clip.out, filter, w, h);
            REQUIRE(readings.size() == 20);
            for (int k = 0; k < 20; ++k) {
                CHECK(readings[static_cast<std::size_t>(k)] == BarcodeReading{42, 1000 + k});
            }
        }
    }
}

}  // namespace reelpool::test_media
