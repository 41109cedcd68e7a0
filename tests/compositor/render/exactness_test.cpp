#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <thread>
#include <utility>

#include "tests/compositor/render/compare.hpp"

namespace reelpool::testing {
namespace {

constexpr std::uint32_t width = 322;
constexpr std::uint32_t height = 90;
constexpr PixelFormat yuv422p10{.bit_depth = 10, .chroma_shift_x = 1};
constexpr PixelFormat yuva420p{.chroma_shift_x = 1, .chroma_shift_y = 1, .has_alpha = true};

OutputFormat output_of(const PixelFormat& format) {
    return {.width = width,
            .height = height,
            .format = format,
            .color = format.model == ColorModel::rgb ? srgb_full : bt709_limited};
}

int code_in_slot(const Footage& footage, const FrameSource& frame, int plane, std::uint32_t x,
                 std::uint32_t y) {
    const SlotLayout layout =
        slot_layout(frame.format, frame.width, frame.height, frame.level).value();
    const PlaneLayout& at = layout.planes[static_cast<std::size_t>(plane)];
    const std::byte* row = footage.slot(frame) + at.offset_bytes + std::size_t{y} * at.stride_bytes;
    if (frame.format.sample_bytes() == 1) return std::to_integer<int>(row[x]);
    std::uint16_t value = 0;
    std::memcpy(&value, row + 2 * std::size_t{x}, 2);
    return value;
}

/// How many samples of the picture differ from the frame's, moved by (dx, dy) luma samples, inside
/// the part of the output that the frame covers.
int count_differing(const compositor::Picture& picture, const Footage& footage,
                    const FrameSource& frame, int dx, int dy) {
    int differing = 0;
    for (int p = 0; p < frame.format.color_plane_count(); ++p) {
        const bool chroma = frame.format.is_chroma_plane(p);
        const int step_x = chroma ? 1 << frame.format.chroma_shift_x : 1;
        const int step_y = chroma ? 1 << frame.format.chroma_shift_y : 1;
        const int columns = static_cast<int>(frame.width) / step_x;
        const int rows = static_cast<int>(frame.height) / step_y;
        for (int y = 0; y < rows; ++y)
            for (int x = 0; x < columns; ++x) {
                const int to_x = x + dx / step_x;
                const int to_y = y + dy / step_y;
                if (to_x < 0 || to_y < 0 || to_x >= static_cast<int>(width) / step_x ||
                    to_y >= static_cast<int>(height) / step_y)
                    continue;
                const int got =
                    sample_of(picture, frame.format, p, static_cast<std::uint32_t>(to_x),
                              static_cast<std::uint32_t>(to_y));
                const int expected = code_in_slot(footage, frame, p, static_cast<std::uint32_t>(x),
                                                  static_cast<std::uint32_t>(y));
                differing += got != expected ? 1 : 0;
            }
    }
    return differing;
}

}  // namespace

TEST_CASE("a whole frame in the output's format is passed through as the slot itself") {
    for (const PixelFormat& format : {yuv420p, yuv422p10, yuv444p, planar_rgb}) {
        const OutputFormat output = output_of(format);
        Footage footage(SegmentId{3});
        footage.add(yuv420p, bt709_limited, 64, 64);  // the slot does not begin at 0
        const FrameSource frame = footage.add(format, output.color, width, height);
        Stage stage(output, footage);
        const compositor::Picture picture = stage.draw(list_of({frame_layer(frame)}));
        CHECK(picture.is_slot);
        CHECK(picture.hold != nullptr);
        CHECK(count_differing(picture, footage, frame, 0, 0) == 0);
        CHECK(stage.renderer().counters().frames_passed_through == 1);

        // So it is through nested comps that change nothing, and over what it hides.
        DrawList nested = list_of({frame_layer(frame)});
        nested.groups.push_back({.layers = {group_layer(0, width, height)}});
        nested.groups.push_back(
            {.background = {1, 0, 0, 1},
             .layers = {solid_layer({0, 1, 0, 1}, 50, 50), group_layer(1, width, height)}});
        CHECK(stage.draw(nested).is_slot);
        // And in linear light, which one layer alone does not show; and inside of its masks.
        nested.groups[1].light = nested.groups[2].light = Light::linear;
        nested.groups[0].layers[0].masks = {{.center = {160, 45}, .size = {900, 300}}};
        CHECK(stage.draw(nested).is_slot);

        // Not when anything about it is special.
        CHECK_FALSE(stage.draw(list_of({frame_layer(frame, {}, 0.5)})).is_slot);
        CHECK_FALSE(stage.draw(list_of({frame_layer(frame, {.tx = 2})})).is_slot);
        DrawLayer cropped = frame_layer(frame);
        cropped.rect.right -= 1;
        CHECK_FALSE(stage.draw(list_of({cropped})).is_slot);
        CHECK_FALSE(stage.draw(list_of({frame_layer(frame), solid_layer({}, 9, 9)})).is_slot);
        CHECK(stage.renderer().counters().frames_passed_through == 3);
    }
}

TEST_CASE("dither rounds by the place of a sample, and leaves codes as they are") {
    // Bayer's matrix by its definition: M(2n) = [4 M, 4 M + 2; 4 M + 3, 4 M + 1].
    const auto bayer = [](std::uint32_t x, std::uint32_t y) {
        int value = 0;
        for (int bit = 2; bit >= 0; --bit) {
            constexpr int quarter[2][2] = {{0, 2}, {3, 1}};
            // The finest bit of the place counts most.
            value += quarter[y >> bit & 1][x >> bit & 1] << (2 * (2 - bit));
        }
        return (value + 0.5) / 64 - 0.5;
    };
    for (const PixelFormat& format : {yuv420p, planar_rgb}) {
        OutputFormat output = output_of(format);
        output.dither = Dither::ordered;
        Footage footage(SegmentId{3});
        const FrameSource same = footage.add(format, output.color, width, height);
        const PixelFormat deep{.model = format.model, .bit_depth = 12,
                               .chroma_shift_x = format.chroma_shift_x,
                               .chroma_shift_y = format.chroma_shift_y};
        const FrameSource deeper = footage.add(deep, output.color, width, height);
        Stage stage(output, footage);
        CHECK(stage.draw(list_of({frame_layer(same)})).is_slot);
        // Beside and below something, too.
        const DrawLayer corner = solid_layer({0.3, 0.41, 0.52, 1}, 40, 8);
        const auto beside = stage.draw(list_of({frame_layer(same), corner}));
        for (std::uint32_t x = 40; x < width; ++x)
            CHECK(sample_of(beside, format, 0, x, 0) == code_in_slot(footage, same, 0, x, 0));

        const DrawList list = list_of({frame_layer(deeper), corner});
        const auto slot = [&](const FrameSource& frame) { return footage.slot(frame); };
        const std::vector<ReferencePlane> exact = draw_reference(list, output, slot);
        const auto picture = stage.draw(list);
        int wrong = 0;
        for (std::size_t p = 0; p < exact.size(); ++p)
            for (std::uint32_t y = 0; y < exact[p].height; ++y)
                for (std::uint32_t x = 0; x < exact[p].width; ++x) {
                    const double code = exact[p].codes[std::size_t{y} * exact[p].width + x] +
                                        bayer(x, y);
                    if (std::abs(code + 0.5 - std::round(code + 0.5)) < 1e-3) continue;
                    wrong += sample_of(picture, format, static_cast<int>(p), x, y) !=
                                     rounded(code, 8)
                                 ? 1
                                 : 0;
                }
        CHECK(wrong == 0);
    }
}

TEST_CASE("other sizes, ranges, sitings and alpha are not passed through") {
    const OutputFormat output = output_of(yuv420p);
    Footage footage(SegmentId{3});
    const auto color = [](ColorMatrix matrix, ColorRange range, ChromaSiting siting) {
        return with(bt709_limited, matrix, range, siting);
    };
    const std::vector<FrameSource> frames{
        footage.add(yuv420p, bt709_limited, width + 2, height),
        footage.add(yuv420p, color(ColorMatrix::smpte170m, ColorRange::limited, ChromaSiting::left),
                    width, height),
        footage.add(yuv420p, color(ColorMatrix::bt709, ColorRange::full, ChromaSiting::left), width,
                    height),
        footage.add(yuv420p, color(ColorMatrix::bt709, ColorRange::limited, ChromaSiting::center),
                    width, height),
        footage.add(yuva420p, bt709_limited, width, height),
        footage.add(yuv422p, bt709_limited, width, height),
        footage.add(yuv420p, bt709_limited, width * 2, height * 2, {1, 1})};
    Stage stage(output, footage);
    for (const FrameSource& frame : frames) {
        const DrawList list = list_of({frame_layer(frame)});
        CHECK_FALSE(stage.draw(list).is_slot);
        CHECK(stage.draw_and_compare(list).largest <= 1);
    }
}

TEST_CASE("an opaque unscaled layer keeps its samples, copied or computed") {
    for (const PixelFormat& format : {yuv420p, yuv422p10, planar_rgb}) {
        const OutputFormat output = output_of(format);
        Footage footage(SegmentId{3});
        const FrameSource base = footage.add(format, output.color, width, height);
        const FrameSource small = footage.add(format, output.color, 150, 40);
        Stage stage(output, footage);
        for (const auto& [dx, dy] : {std::pair{0, 0}, {10, 6}, {64, 16}, {-20, -8}, {250, 70}}) {
            const Matrix moved{.tx = static_cast<double>(dx), .ty = static_cast<double>(dy)};
            const DrawList list = list_of({frame_layer(base), frame_layer(small, moved)});
            const compositor::Picture picture = stage.draw(list);
            CHECK(count_differing(picture, footage, small, dx, dy) == 0);
            CHECK(stage.draw_and_compare(list).largest == 0);
        }
        // Above it something half transparent somewhere else: its neighbours are computed now.
        const DrawList list =
            list_of({frame_layer(base), solid_layer({1, 1, 1, 0.5}, 40, 20, {.tx = 100.5})});
        const Difference difference = stage.draw_and_compare(list);
        CHECK(difference.largest <= 1);
    }
}

TEST_CASE("layers with alpha, mirrored layers and tall scales match the reference on every path") {
    const OutputFormat output = output_of(yuv420p);
    Footage footage(SegmentId{3});
    const FrameSource base = footage.add(yuv420p, bt709_limited, width, height);
    const PixelFormat rgba{.model = ColorModel::rgb, .has_alpha = true};
    const std::vector<FrameSource> stills{footage.add(yuva420p, bt709_limited, 300, 80),
                                          footage.add(rgba, srgb_full, 300, 80),
                                          footage.add(yuv420p, bt709_limited, 300, 80)};
    Stage stage(output, footage);
    for (const FrameSource& still : stills) {
        for (const Matrix& matrix :
             {Matrix{}, Matrix{.tx = 32, .ty = 4}, Matrix{.tx = 7, .ty = 3}, Matrix{.tx = 0.25},
              placed(0.75, 0.75, 0, 150, 40, 150, 40), placed(-1, 1, 0, 160, 40, 150, 40),
              placed(1, -1, 0, 160, 40, 150, 40), placed(3, 2.5, 0, 160, 40, 150, 40),
              placed(1, 1, 90, 160, 40, 150, 40)}) {
            for (const Sampling sampling :
                 {Sampling::bilinear, Sampling::smooth, Sampling::nearest, Sampling::bicubic}) {
                DrawLayer layer = frame_layer(still, matrix, 0.9);
                layer.sampling = sampling;
                const Difference difference =
                    stage.draw_and_compare(list_of({frame_layer(base), layer}));
                INFO(difference.where);
                CHECK(difference.largest <= 1);
            }
        }
    }
}

TEST_CASE("three nested comps that change nothing equal none") {
    const OutputFormat output = output_of(yuv420p);
    Footage footage(SegmentId{3});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 200, 120);
    Stage stage(output, footage);
    const Matrix turned = placed(0.9, 0.9, 20, 160, 45, 100, 60);
    DrawLayer layer = frame_layer(frame, turned, 0.7);
    const compositor::Picture flat = stage.draw(list_of({layer}));
    DrawList nested = list_of({layer});
    for (std::uint32_t i = 0; i < 3; ++i)
        nested.groups.push_back({.layers = {group_layer(i, width, height)}});
    const compositor::Picture deep = stage.draw(nested);
    int differing = 0;
    for (int p = 0; p < 3; ++p)
        for (std::uint32_t y = 0; y < height / (p == 0 ? 1 : 2); ++y)
            for (std::uint32_t x = 0; x < width / (p == 0 ? 1 : 2); ++x)
                differing += sample_of(flat, yuv420p, p, x, y) != sample_of(deep, yuv420p, p, x, y);
    CHECK(differing == 0);
}

TEST_CASE("levels show unscaled where the scale is the level's") {
    const OutputFormat output = output_of(yuv420p);
    Footage footage(SegmentId{3});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, width * 2, height * 2, {1, 1});
    Stage stage(output, footage);
    const compositor::Picture picture =
        stage.draw(list_of({frame_layer(frame, {.xx = 0.5, .yy = 0.5})}));
    int differing = 0;
    for (std::uint32_t y = 0; y < height; ++y)
        for (std::uint32_t x = 0; x < width; ++x)
            differing +=
                sample_of(picture, yuv420p, 0, x, y) != code_in_slot(footage, frame, 0, x, y);
    CHECK(differing == 0);
}

TEST_CASE("an empty draw list is black, and solids have their codes") {
    const OutputFormat output = output_of(yuv420p);
    Footage footage(SegmentId{3});
    Stage stage(output, footage);
    const compositor::Picture black = stage.draw(list_of({}));
    CHECK(sample_of(black, yuv420p, 0, 5, 5) == 16);
    CHECK(sample_of(black, yuv420p, 1, 5, 5) == 128);
    const compositor::Picture white =
        stage.draw(list_of({solid_layer({1, 1, 1, 1}, width, height)}));
    CHECK(sample_of(white, yuv420p, 0, width - 1, height - 1) == 235);
    CHECK(sample_of(white, yuv420p, 2, 0, 0) == 128);
}

TEST_CASE("a layer with a singular matrix or nothing to show draws nothing") {
    const OutputFormat output = output_of(yuv420p);
    Footage footage(SegmentId{3});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 100, 50);
    Stage stage(output, footage);
    DrawLayer empty = frame_layer(frame);
    empty.rect = {10, 10, 10, 30};
    const compositor::Picture picture =
        stage.draw(list_of({frame_layer(frame, {.xx = 0, .yy = 1}), frame_layer(frame, {}, 0),
                            frame_layer(frame, {.tx = 1000}), empty}));
    CHECK(sample_of(picture, yuv420p, 0, 12, 12) == 16);
    CHECK(stage.renderer().counters().layers_imported == 0);
}

TEST_CASE("samples above the depth's range never reach the output") {
    const OutputFormat output = output_of(yuv422p10);
    Footage footage(SegmentId{3});
    const FrameSource frame = footage.add(yuv422p10, bt709_limited, width, height);
    std::memset(footage.writable_slot(frame), 0xff, std::size_t{1280} * 10);
    Stage stage(output, footage);
    // Moved, so it is copied tile by tile; blended, so it is computed.
    for (const double opacity : {1.0, 0.999}) {
        const compositor::Picture picture =
            stage.draw(list_of({frame_layer(frame, {.ty = 2}, opacity)}));
        for (std::uint32_t x = 0; x < width; ++x)
            CHECK(sample_of(picture, yuv422p10, 0, x, 5) <= 1023);
    }
}

}  // namespace reelpool::testing
