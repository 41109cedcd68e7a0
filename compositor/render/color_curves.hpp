#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "compositor/render/color_conversion.hpp"
#include "shaders/parameters.hpp"

namespace reelpool::compositor {

/// One curve of conversions, of magnitudes.
struct CurveKey {
    enum class Kind : std::uint8_t { decode, encode, gain };
    Kind kind = Kind::decode;
    ColorTransfer from = ColorTransfer::linear;  ///< not of encode
    ColorTransfer to = ColorTransfer::linear;    ///< not of decode
    friend auto operator<=>(const CurveKey&, const CurveKey&) = default;
};

/// Curves as the tables that shaders interpolate (shaders/include/convert.glsl). Made once.
class ColorCurves {
  public:
    /// Whole entries. Lives as long as this.
    [[nodiscard]] const std::vector<shaders::ListEntry>& table(const CurveKey& key,
                                                               const ColorConversion& conversion);

  private:
    std::map<CurveKey, std::vector<shaders::ListEntry>> tables_;
};

}  // namespace reelpool::compositor
