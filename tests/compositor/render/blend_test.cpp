// What a blended layer does not cover stays what it was, bit for bit.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/compositor/render/compare.hpp"
#include "tests/sanitized.hpp"

namespace reelpool::testing {
namespace {

constexpr std::uint32_t width = 290;
constexpr std::uint32_t height = 74;
constexpr int stencils = static_cast<int>(BlendMode::stencil_alpha);

/// The overlay's box, off the grid, and two pixels around it.
constexpr Matrix box_at{.tx = 101.3, .ty = 20.6};
constexpr double box_width = 47.5;
constexpr double box_height = 21.25;
bool is_near_box(double x, double y) {
    return x > box_at.tx - 2 && x < box_at.tx + box_width + 2 && y > box_at.ty - 2 &&
           y < box_at.ty + box_height + 2;
}

/// Samples that differ although they lie farther than two pixels from the box.
int changed_outside(const compositor::Picture& a, const compositor::Picture& b,
                    const OutputFormat& output) {
    int changed = 0;
    for (int p = 0; p < output.format.color_plane_count(); ++p) {
        const bool chroma = output.format.is_chroma_plane(p);
        const std::uint32_t step_x = chroma ? 1U << output.format.chroma_shift_x : 1;
        const std::uint32_t step_y = chroma ? 1U << output.format.chroma_shift_y : 1;
        for (std::uint32_t y = 0; y < output.height / step_y; ++y)
            for (std::uint32_t x = 0; x < output.width / step_x; ++x)
                changed +=
                    !is_near_box(x * step_x + 0.5, y * step_y + step_y / 2.0) &&
                    sample_of(a, output.format, p, x, y) != sample_of(b, output.format, p, x, y);
    }
    return changed;
}

}  // namespace

TEST_CASE("a small overlay of any blend mode changes nothing outside of its box") {
    const PixelFormat yuv420p10{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1};
    for (const PixelFormat& format : {yuv420p, yuv420p10}) {
        const OutputFormat output{width, height, format, bt709_limited};
        Footage footage(SegmentId{7});
        // Random samples: blacker than black and whiter than white are among them.
        const FrameSource frame = footage.add(format, bt709_limited, width, height);
        const FrameSource other = footage.add(yuv420p, bt709_limited, 48, 22);
        Stage stage(output, footage);
        const std::vector<Matrix> places{{},
                                         {.xx = 1.7, .yy = 1.3, .tx = -30.2, .ty = -4.4},
                                         placed(1.4, 1.4, 11, 145, 37, 145, 37)};
        for (std::size_t place = 0; place < places.size(); ++place) {
            const DrawLayer base = frame_layer(frame, places[place]);
            const compositor::Picture without = stage.draw(list_of({base}));
            // The modes take turns under the turned and the scaled picture, and in sanitizer
            // builds.
            const bool in_turns = place > 0 || test::is_sanitized();
            for (int mode = 1; mode < stencils; ++mode) {
                if (in_turns && mode % 4 != static_cast<int>(place)) continue;
                CAPTURE(mode);
                CAPTURE(place);
                DrawLayer overlay = frame_layer(other, box_at, 0.9);
                overlay.rect = {0, 0, box_width, box_height};
                overlay.blend = static_cast<BlendMode>(mode);
                const compositor::Picture with = stage.draw(list_of({base, overlay}));
                CHECK(changed_outside(without, with, output) == 0);
            }
        }
    }
}

namespace {

/// Layers inside of the box, one for each way in which layers are drawn, and groups for one of
/// them.
std::vector<DrawLayer> small_layers(Footage& footage) {
    const FrameSource frame = footage.add(yuv420p, bt709_limited, 46, 20);
    const PixelFormat yuva420p{.chroma_shift_x = 1, .chroma_shift_y = 1, .has_alpha = true};
    const Matrix turned = placed(0.4, 0.4, 25, 125, 31, 23, 10);
    std::vector<DrawLayer> layers{
        solid_layer({1, 1, 1, 1}, 40, 20, box_at, 0.5),
        frame_layer(frame, {.tx = 102, .ty = 21}),
        frame_layer(frame, {.tx = 102.25, .ty = 21.5}),
        frame_layer(frame, placed(0.9, 0.8, 0, 125, 31, 23, 10)),
        frame_layer(frame, placed(0.5, 0.5, 0, 125, 31, 23, 10), 0.8),
        frame_layer(frame, turned, 0.7),
        frame_layer(footage.add(yuva420p, bt709_limited, 46, 20), {.tx = 102, .ty = 21}),
        frame_layer(footage.add(yuv420p,
                                with(bt709_limited, ColorMatrix::smpte170m, ColorRange::limited,
                                     ChromaSiting::left),
                                46, 20),
                    {.tx = 102, .ty = 21}),
        group_layer(0, 46, 20, {.tx = 102, .ty = 21}, 0.6)};
    for (const Sampling sampling : {Sampling::smooth, Sampling::bicubic, Sampling::nearest}) {
        layers.push_back(frame_layer(frame, placed(0.9, 0.8, 0, 125, 31, 23, 10)));
        layers.back().sampling = sampling;
    }
    layers.push_back(frame_layer(frame, {.tx = 102, .ty = 21}));
    layers.back().masks = {
        {.shape = MaskShape::ellipse, .feather = 3, .center = {23, 10}, .size = {30, 14}}};
    layers.back().mask_matrix = {.tx = 102, .ty = 21};
    return layers;
}

}  // namespace

TEST_CASE("a small overlay of any kind changes nothing outside of its box") {
    const OutputFormat output{width, height, yuv420p, bt709_limited};
    const ColorDescription bt601 =
        with(bt709_limited, ColorMatrix::smpte170m, ColorRange::limited, ChromaSiting::left);
    Footage footage(SegmentId{7});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, width, height);
    const FrameSource other = footage.add(yuv420p, bt601, width, height);
    const std::vector<DrawLayer> overlays = small_layers(footage);
    // What the group shows, under the box.
    const std::vector<DrawLayer> inside{
        frame_layer(frame, placed(0.12, 0.12, 20, 125, 31, 145, 37), 0.9),
        solid_layer({0.2, 0.9, 0.4, 1}, 9, 9, placed(1, 1, 30, 125, 31, 4, 4))};
    Stage stage(output, footage);
    const std::vector<std::vector<DrawLayer>> bases{
        {frame_layer(frame)},
        {frame_layer(other), frame_layer(frame, {.tx = 0.5, .ty = 0.25}, 0.9)},
        {frame_layer(frame), frame_layer(other, {.xx = 0.5, .yy = 0.5, .tx = 20.3}),
         frame_layer(frame, placed(1.4, 1.4, 11, 145, 37, 145, 37), 0.8)}};
    for (std::size_t base = 0; base < bases.size(); ++base) {
        DrawList list = list_of(inside);
        list.groups.push_back({.layers = bases[base]});
        const compositor::Picture without = stage.draw(list);
        for (std::size_t kind = 0; kind < overlays.size(); ++kind) {
            if (test::is_sanitized() && (kind + base) % 3 != 0) continue;
            CAPTURE(base);
            CAPTURE(kind);
            list.groups.back().layers = bases[base];
            list.groups.back().layers.push_back(overlays[kind]);
            const compositor::Picture with = stage.draw(list);
            CHECK(changed_outside(without, with, output) == 0);
        }
    }
}

TEST_CASE("what is blended in R'G'B' and what is not differ by one code at the most") {
    const OutputFormat output{width, height, yuv420p, bt709_limited};
    Footage footage(SegmentId{7});
    const FrameSource frame = footage.add(yuv420p, bt709_limited, width, height);
    // Colours that R'G'B' of 0..1 has: blend functions clamp the others.
    const SlotLayout layout = slot_layout(frame.format, width, height, {}).value();
    for (std::size_t p = 0; p < 3; ++p) {
        const PlaneLayout& plane = layout.planes[p];
        std::byte* first = footage.writable_slot(frame) + plane.offset_bytes;
        for (std::uint32_t i = 0; i < plane.stride_bytes * plane.height; ++i)
            first[i] = static_cast<std::byte>((p == 0 ? 70 : 110) +
                                              std::to_integer<int>(first[i]) % (p == 0 ? 100 : 36));
    }
    Stage stage(output, footage);
    DrawList list = list_of({frame_layer(frame), frame_layer(frame, {.tx = 20.5}, 0.7),
                             frame_layer(frame, placed(0.8, 0.8, 20, 145, 37, 145, 37), 0.5)});
    const compositor::Picture plain = stage.draw(list);
    // Everything times white.
    list.groups[0].layers.push_back(solid_layer({1, 1, 1, 1}, width, height));
    list.groups[0].layers.back().blend = BlendMode::multiply;
    const compositor::Picture blended = stage.draw(list);
    int largest = 0;
    for (int p = 0; p < 3; ++p)
        for (std::uint32_t y = 0; y < height / (p == 0 ? 1 : 2); ++y)
            for (std::uint32_t x = 0; x < width / (p == 0 ? 1 : 2); ++x)
                largest = std::max(largest, std::abs(sample_of(plain, yuv420p, p, x, y) -
                                                     sample_of(blended, yuv420p, p, x, y)));
    CHECK(largest <= 1);
}

}  // namespace reelpool::testing
