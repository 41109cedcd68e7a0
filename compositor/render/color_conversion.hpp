#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "ipc/frame/color.hpp"
#include "ipc/frame/draw_list.hpp"

namespace reelpool::compositor {

/// The light of diffuse white, of SDR pictures the brightest: 1 wherever light is a number here.
/// Units: cd/m2. Source: ITU-R BT.2408, section 2.2.
inline constexpr double reference_white = 203;
/// The brightest that HDR pictures are taken to show. Units: cd/m2. Source: ITU-R BT.2408 and, of
/// HLG, BT.2100, table 5.
inline constexpr double hdr_peak = 1000;

/// What R'G'B' stands for, as far as conversions go. SDR transfers are one, `bt709`, but for
/// `gamma22` and `gamma28`.
struct ColorEncoding {
    ColorTransfer transfer = ColorTransfer::bt709;
    ColorPrimaries primaries = ColorPrimaries::bt709;

    [[nodiscard]] bool is_hdr() const {
        return transfer == ColorTransfer::pq || transfer == ColorTransfer::hlg;
    }
    friend auto operator<=>(const ColorEncoding&, const ColorEncoding&) = default;
};

/// Nothing where the transfer or the primaries are none that can be converted.
[[nodiscard]] std::optional<ColorEncoding> encoding_of(const ColorDescription& color);

/// From straight R'G'B' of one encoding to that of another, sample by sample: decoded to light,
/// each component by itself; `primaries`; times gain(luminance), if any; encoded.
/// Light is that of the display, 1 being reference_white; of HLG, the scene's, and its OOTF (of a
/// display of hdr_peak) is part of the gain.
/// SDR in HDR: its white is reference_white. HDR in SDR: hdr_peak becomes white, by the EETF.
/// Negative values are converted as their magnitudes, with their sign.
/// Source: ITU-R BT.1886 (SDR: a power of 2.4), BT.2100 (PQ, HLG), BT.2408 (levels), BT.2390
/// section 5.4 (EETF, applied to luminance); ITU-T H.273 (primaries).
class ColorConversion {
  public:
    ColorConversion(const ColorEncoding& from, const ColorEncoding& to);

    /// To linear light of the encoding's own, as linear groups are composited in, and back.
    [[nodiscard]] static ColorConversion to_light(const ColorEncoding& from);
    [[nodiscard]] static ColorConversion from_light(const ColorEncoding& to);

    [[nodiscard]] Color apply(const Color& color) const;

    [[nodiscard]] bool has_gain() const { return has_gain_; }
    /// Of a luminance >= 0 of the light before it.
    [[nodiscard]] double gain(double luminance) const;
    [[nodiscard]] const std::array<std::array<double, 3>, 3>& primaries() const {
        return primaries_;
    }
    /// What the components of the light after `primaries` weigh.
    [[nodiscard]] const std::array<double, 3>& luminance() const { return luminance_; }
    [[nodiscard]] ColorTransfer from() const { return from_; }
    [[nodiscard]] ColorTransfer to() const { return to_; }

    friend bool operator==(const ColorConversion&, const ColorConversion&) = default;

  private:
    ColorConversion() = default;

    ColorTransfer from_ = ColorTransfer::linear;
    ColorTransfer to_ = ColorTransfer::linear;
    std::array<std::array<double, 3>, 3> primaries_{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
    std::array<double, 3> luminance_{};
    bool has_gain_ = false;
};

/// Of a component's magnitude.
[[nodiscard]] double decoded(ColorTransfer transfer, double value);
[[nodiscard]] double encoded(ColorTransfer transfer, double light);

}  // namespace reelpool::compositor
