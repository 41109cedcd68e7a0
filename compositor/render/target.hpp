#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compositor/render/color_conversion.hpp"
#include "compositor/render/component_map.hpp"
#include "compositor/render/grid.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// Where a plane lies in its buffer, padded to whole tiles.
struct OutputPlane {
    std::uint32_t offset_bytes = 0;
    std::uint32_t stride_bytes = 0;
    std::uint32_t width = 0;   ///< samples
    std::uint32_t height = 0;  ///< samples
};
struct OutputLayout {
    std::vector<OutputPlane> planes;  ///< by component
    std::uint32_t sample_bytes = 1;
    std::uint64_t bytes = 0;
};
[[nodiscard]] OutputLayout output_layout(const OutputFormat& output);

/// The component of a canvas that is its alpha; those before are colours.
inline constexpr std::uint32_t alpha_component = 3;
inline constexpr double max_canvas_code = 65535;

/// A picture that scenes are drawn into: its samples' sites, and what their codes mean.
struct Target {
    std::vector<Grid> grids;
    CodeSpace space;
    CodeSpace canvas_space;        ///< of the canvases that are shown in it
    ColorEncoding encoding{};      ///< of its R'G'B'
    std::array<double, 4> zero{};  ///< code of 0, by component
    double alpha_code = max_canvas_code;  ///< of alpha 1
    bool is_straight = false;      ///< colours are not multiplied by alpha
    Dither dither = Dither::none;
    OutputLayout layout;
};

[[nodiscard]] Target output_target(const OutputFormat& output);

/// One level of a canvas for that output.
/// Errors: a size that no canvas has.
[[nodiscard]] Result<Target> canvas_target(const OutputFormat& output, const DrawCanvas& canvas,
                                           Level level);

}  // namespace reelpool::compositor
