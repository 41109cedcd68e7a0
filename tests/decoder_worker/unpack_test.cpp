#include "decoder_worker/unpack.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <doctest/doctest.h>

#include <cstring>
#include <random>

#include "ipc/av/pixel_formats.hpp"

using namespace reelpool;
using namespace reelpool::worker;

namespace {

using Random = std::independent_bits_engine<std::minstd_rand, 32, std::uint32_t>;

constexpr int width = 37;
constexpr int height = 11;

av::Frame random_frame(AVPixelFormat format, Random& random) {
    av::Frame frame(av_frame_alloc());
    frame->format = format;
    frame->width = width;
    frame->height = height;
    REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
    const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
    for (int plane = 0; plane < 4 && frame->data[plane] != nullptr; ++plane) {
        const bool is_palette = plane == 1 && format == AV_PIX_FMT_PAL8;
        const int rows =
            plane == 1 || plane == 2 ? AV_CEIL_RSHIFT(height, descriptor->log2_chroma_h) : height;
        const int bytes = is_palette ? 1024 : frame->linesize[plane] * rows;
        for (int i = 0; i < bytes; ++i) frame->data[plane][i] = static_cast<std::uint8_t>(random());
    }
    return frame;
}

/// FFmpeg's own reader of components, one line at a time.
std::vector<std::uint16_t> line_of(const AVFrame& frame, int component, int y, int count) {
    std::vector<std::uint16_t> line(static_cast<std::size_t>(count));
    const auto* descriptor = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    const std::uint8_t* planes[4] = {frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
    av_read_image_line(line.data(), planes, frame.linesize, descriptor, 0, y, component, count, 0);
    return line;
}

std::size_t wrong_samples(const PlanarPicture& picture, const AVFrame& frame) {
    std::size_t wrong = 0;
    for (int plane = 0; plane < picture.format.plane_count(); ++plane) {
        const PlaneView& view = picture.planes[static_cast<std::size_t>(plane)];
        for (std::uint32_t y = 0; y < view.height; ++y) {
            const auto expected =
                line_of(frame, plane, static_cast<int>(y), static_cast<int>(view.width));
            for (std::uint32_t x = 0; x < view.width; ++x) {
                std::uint16_t got = 0;
                const auto bytes = static_cast<std::size_t>(picture.format.sample_bytes());
                std::memcpy(&got, view.row(y) + x * bytes, bytes);
                if (got != expected[x]) ++wrong;
            }
        }
    }
    return wrong;
}

}  // namespace

TEST_CASE("every format of 8 to 16-bit samples is read exactly") {
    Random random(5);
    int count = 0;
    for (int number = 0; number < AV_PIX_FMT_NB; ++number) {
        const auto format = static_cast<AVPixelFormat>(number);
        auto plan = plan_picture(format);
        if (!plan || plan->way == PicturePlan::Way::scaler || format == AV_PIX_FMT_PAL8) continue;
        CAPTURE(av::format_name(format));
        ++count;
        av::Frame frame = random_frame(format, random);
        // Bits beside a sample are zero in valid pictures; FFmpeg's reader does not mask them.
        const int depth = av_pix_fmt_desc_get(format)->comp[0].depth;
        if (plan->way == PicturePlan::Way::planes && depth > 8)
            for (int plane = 0; plane < 4 && frame->data[plane] != nullptr; ++plane) {
                const int rows = plane == 1 || plane == 2
                                     ? AV_CEIL_RSHIFT(height, plan->format.chroma_shift_y)
                                     : height;
                for (int i = 1; i < frame->linesize[plane] * rows; i += 2)
                    frame->data[plane][i] =
                        static_cast<std::uint8_t>(frame->data[plane][i] & ((1 << (depth - 8)) - 1));
            }
        Unpacker unpacker;
        auto picture = unpacker.unpack(*frame);
        REQUIRE(picture.has_value());
        CHECK(picture->format == plan->format);
        CHECK(wrong_samples(*picture, *frame) == 0);
    }
    CHECK(count > 100);
}

TEST_CASE("palettes are looked up") {
    Random random(9);
    const av::Frame frame = random_frame(AV_PIX_FMT_PAL8, random);
    Unpacker unpacker;
    auto picture = unpacker.unpack(*frame);
    REQUIRE(picture.has_value());
    std::size_t wrong = 0;
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const std::uint8_t* const b_g_r_a =
                frame->data[1] + 4 * frame->data[0][y * frame->linesize[0] + x];
            constexpr int places[4] = {2, 1, 0, 3};
            for (std::size_t plane = 0; plane < 4; ++plane) {
                const auto* row = picture->planes[plane].row(static_cast<std::uint32_t>(y));
                if (static_cast<std::uint8_t>(row[x]) != b_g_r_a[places[plane]]) ++wrong;
            }
        }
    CHECK(wrong == 0);
}

TEST_CASE("common formats go the way that they should") {
    using Way = PicturePlan::Way;
    const auto way = [](AVPixelFormat format) { return plan_picture(format)->way; };
    CHECK(way(AV_PIX_FMT_YUV420P) == Way::planes);
    CHECK(way(AV_PIX_FMT_YUVJ420P) == Way::planes);
    CHECK(way(AV_PIX_FMT_YUV422P10LE) == Way::planes);
    CHECK(way(AV_PIX_FMT_GBRP) == Way::planes);
    CHECK(way(AV_PIX_FMT_YUVA444P12LE) == Way::planes);
    CHECK(way(AV_PIX_FMT_GRAY8) == Way::planes);
    CHECK(way(AV_PIX_FMT_NV12) == Way::gather);
    CHECK(way(AV_PIX_FMT_P010LE) == Way::gather);
    CHECK(way(AV_PIX_FMT_RGBA) == Way::gather);
    CHECK(way(AV_PIX_FMT_RGB48BE) == Way::gather);
    CHECK(way(AV_PIX_FMT_YA8) == Way::gather);
    CHECK(way(AV_PIX_FMT_PAL8) == Way::palette);
    CHECK(way(AV_PIX_FMT_RGB565LE) == Way::scaler);
    CHECK(way(AV_PIX_FMT_MONOWHITE) == Way::scaler);
    CHECK(plan_picture(AV_PIX_FMT_P010LE)->format ==
          PixelFormat{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1});
    CHECK(plan_picture(AV_PIX_FMT_RGBA)->format ==
          PixelFormat{.model = ColorModel::rgb, .has_alpha = true});
    CHECK(!plan_picture(AV_PIX_FMT_VAAPI).has_value());
    CHECK(!plan_picture(AV_PIX_FMT_NONE).has_value());
}

TEST_CASE("what has no exact slot format is converted to a richer one") {
    Random random(6);
    for (const AVPixelFormat format :
         {AV_PIX_FMT_RGB565LE, AV_PIX_FMT_RGB555LE, AV_PIX_FMT_MONOWHITE, AV_PIX_FMT_MONOBLACK,
          AV_PIX_FMT_RGB8, AV_PIX_FMT_XYZ12LE, AV_PIX_FMT_GRAYF32LE, AV_PIX_FMT_GBRPF32LE}) {
        CAPTURE(av::format_name(format));
        auto plan = plan_picture(format);
        REQUIRE(plan.has_value());
        CHECK(plan->way == PicturePlan::Way::scaler);
        av::Frame frame = random_frame(format, random);
        Unpacker unpacker;
        auto picture = unpacker.unpack(*frame);
        REQUIRE(picture.has_value());
        CHECK(picture->format == plan->format);
    }
}
