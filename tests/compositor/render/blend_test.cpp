// What a blended layer does not cover stays what it was, bit for bit.
#include <doctest/doctest.h>

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

}  // namespace reelpool::testing
