#include "compositor/render/color_conversion.hpp"

#include <algorithm>
#include <cmath>

#include "compositor/render/matrix3.hpp"
#include "ipc/frame/hdr_transfer.hpp"

namespace reelpool::compositor {
namespace {

/// Of all SDR transfers but the two that are powers by definition.
double exponent_of(ColorTransfer transfer) {
    return transfer == ColorTransfer::gamma22   ? 2.2
           : transfer == ColorTransfer::gamma28 ? 2.8
                                                : 2.4;
}

/// Of a display of hdr_peak. Source: BT.2100, table 5.
constexpr double hlg_gamma = 1.2;

/// Source: BT.2100, table 4.
constexpr double pq_m1 = 2610.0 / 16384;
constexpr double pq_m2 = 2523.0 / 4096 * 128;
constexpr double pq_c1 = 3424.0 / 4096;
constexpr double pq_c2 = 2413.0 / 4096 * 32;
constexpr double pq_c3 = 2392.0 / 4096 * 32;
constexpr double pq_peak = 10000;  // cd/m2

/// Source: BT.2100, table 5.
constexpr double hlg_a = 0.17883277;
constexpr double hlg_b = 0.28466892;
constexpr double hlg_c = 0.55991073;

struct Chromaticities {
    double red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y;
};

/// Source: ITU-T H.273, table 2.
std::optional<Chromaticities> chromaticities_of(ColorPrimaries primaries) {
    switch (primaries) {
        case ColorPrimaries::bt709:
            return Chromaticities{0.640, 0.330, 0.300, 0.600, 0.150, 0.060, 0.3127, 0.3290};
        case ColorPrimaries::bt470bg:
            return Chromaticities{0.64, 0.33, 0.29, 0.60, 0.15, 0.06, 0.3127, 0.3290};
        case ColorPrimaries::smpte170m:
        case ColorPrimaries::smpte240m:
            return Chromaticities{0.630, 0.340, 0.310, 0.595, 0.155, 0.070, 0.3127, 0.3290};
        case ColorPrimaries::bt2020:
            return Chromaticities{0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290};
        case ColorPrimaries::smpte431:
            return Chromaticities{0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.314, 0.351};
        case ColorPrimaries::smpte432:
            return Chromaticities{0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290};
        case ColorPrimaries::unspecified:
        case ColorPrimaries::bt470m:
        case ColorPrimaries::film:
        case ColorPrimaries::smpte428:
        case ColorPrimaries::ebu3213:
            break;
    }
    return std::nullopt;
}

std::array<double, 3> xyz_of(double x, double y) {
    return {x / y, 1, (1 - x - y) / y};
}

/// CIE XYZ from linear R, G, B, of which white is Y = 1. Source: SMPTE RP 177.
Matrix3 to_xyz(const Chromaticities& c) {
    const std::array columns{xyz_of(c.red_x, c.red_y), xyz_of(c.green_x, c.green_y),
                             xyz_of(c.blue_x, c.blue_y)};
    Matrix3 out{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) out[i][j] = columns[j][i];
    const std::array<double, 3> shares = multiply(inverse(out), xyz_of(c.white_x, c.white_y));
    for (auto& row : out)
        for (std::size_t j = 0; j < 3; ++j) row[j] *= shares[j];
    return out;
}

/// From XYZ under the one white to XYZ under the other. Source: Lam's Bradford transform, as ICC.1
/// annex E has it.
Matrix3 adapted(const Chromaticities& from, const Chromaticities& to) {
    constexpr Matrix3 bradford{
        {{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};
    const auto cones_from = multiply(bradford, xyz_of(from.white_x, from.white_y));
    const auto cones_to = multiply(bradford, xyz_of(to.white_x, to.white_y));
    Matrix3 scale{};
    for (std::size_t i = 0; i < 3; ++i) scale[i][i] = cones_to[i] / cones_from[i];
    return multiply(inverse(bradford), multiply(scale, bradford));
}

double pq_decoded(double value) {
    const double root = std::pow(std::min(value, 1.0), 1 / pq_m2);
    const double light = std::pow(std::max(root - pq_c1, 0.0) / (pq_c2 - pq_c3 * root), 1 / pq_m1);
    return light * pq_peak / reference_white;
}

double pq_encoded(double light) {
    const double power = std::pow(light * reference_white / pq_peak, pq_m1);
    return std::pow((pq_c1 + pq_c2 * power) / (1 + pq_c3 * power), pq_m2);
}

double hlg_decoded(double value) {
    if (value <= 0.5) return value * value / 3;
    return (std::exp((value - hlg_c) / hlg_a) + hlg_b) / 12;
}

double hlg_encoded(double light) {
    if (light <= 1.0 / 12) return std::sqrt(3 * light);
    return hlg_a * std::log(12 * light - hlg_b) + hlg_c;
}

/// The displayed luminance in SDR of one in HDR: knee and Hermite spline in PQ, without black lift.
/// Source: ITU-R BT.2390, section 5.4.1.
double tone_mapped(double luminance) {
    const double brightest = pq_encoded(hdr_peak / reference_white);
    const double white = pq_encoded(1) / brightest;
    const double knee = 1.5 * white - 0.5;
    const double e1 = std::min(pq_encoded(luminance) / brightest, 1.0);
    if (e1 < knee) return luminance;
    const double t = (e1 - knee) / (1 - knee);
    const double t2 = t * t;
    const double t3 = t2 * t;
    const double e2 =
        (2 * t3 - 3 * t2 + 1) * knee + (t3 - 2 * t2 + t) * (1 - knee) + (-2 * t3 + 3 * t2) * white;
    return pq_decoded(e2 * brightest);
}

}  // namespace

std::optional<ColorEncoding> encoding_of(const ColorDescription& color) {
    if (!chromaticities_of(color.primaries)) return std::nullopt;
    switch (color.transfer) {
        case ColorTransfer::bt709:
        case ColorTransfer::smpte170m:
        case ColorTransfer::smpte240m:
        case ColorTransfer::iec61966_2_4:
        case ColorTransfer::bt1361:
        case ColorTransfer::srgb:
        case ColorTransfer::bt2020_10:
        case ColorTransfer::bt2020_12:
            return ColorEncoding{ColorTransfer::bt709, color.primaries};
        case ColorTransfer::gamma22:
        case ColorTransfer::gamma28:
        case ColorTransfer::linear:
        case ColorTransfer::pq:
        case ColorTransfer::hlg:
            return ColorEncoding{color.transfer, color.primaries};
        case ColorTransfer::unspecified:
        case ColorTransfer::log100:
        case ColorTransfer::log316:
        case ColorTransfer::smpte428:
            break;
    }
    return std::nullopt;
}

double decoded(ColorTransfer transfer, double value) {
    if (transfer == ColorTransfer::linear) return value;
    if (transfer == ColorTransfer::pq) return pq_decoded(value);
    if (transfer == ColorTransfer::hlg) return hlg_decoded(value);
    return std::pow(value, exponent_of(transfer));
}

double encoded(ColorTransfer transfer, double light) {
    if (transfer == ColorTransfer::linear) return light;
    if (transfer == ColorTransfer::pq) return pq_encoded(light);
    if (transfer == ColorTransfer::hlg) return hlg_encoded(light);
    return std::pow(light, 1 / exponent_of(transfer));
}

ColorConversion::ColorConversion(const ColorEncoding& from, const ColorEncoding& to)
    : from_(from.transfer), to_(to.transfer) {
    const Chromaticities in = chromaticities_of(from.primaries).value();
    const Chromaticities out = chromaticities_of(to.primaries).value();
    const Matrix3 out_to_xyz = to_xyz(out);
    if (from.primaries != to.primaries)
        primaries_ = multiply(inverse(out_to_xyz), multiply(adapted(in, out), to_xyz(in)));
    luminance_ = out_to_xyz[1];
    // Between the two kinds of HDR light only HLG's OOTF lies.
    has_gain_ = from_ != to_ && (is_hdr(from_) || to_ == ColorTransfer::hlg);
}

ColorConversion ColorConversion::to_light(const ColorEncoding& from) {
    ColorConversion conversion;
    conversion.from_ = from.transfer;
    return conversion;
}

ColorConversion ColorConversion::from_light(const ColorEncoding& to) {
    ColorConversion conversion;
    conversion.to_ = to.transfer;
    return conversion;
}

double ColorConversion::gain(double luminance) const {
    // As near to no light as it matters; of none there is no ratio.
    const double light = std::max(luminance, 0x1p-30);
    double shown = light;
    if (from_ == ColorTransfer::hlg)
        shown = std::pow(light, hlg_gamma) * hdr_peak / reference_white;
    if (is_hdr(from_) && !is_hdr(to_)) shown = tone_mapped(shown);
    if (to_ == ColorTransfer::hlg)
        shown = std::pow(shown * reference_white / hdr_peak, 1 / hlg_gamma);
    return shown / light;
}

Color ColorConversion::apply(const Color& color) const {
    const auto signed_of = [](double value, auto curve) {
        return std::copysign(curve(std::abs(value)), value);
    };
    const auto decode = [&](double value) {
        return signed_of(value, [&](double v) { return decoded(from_, v); });
    };
    std::array<double, 3> light{decode(color.r), decode(color.g), decode(color.b)};
    light = multiply(primaries_, light);
    if (has_gain_) {
        const double luminance =
            luminance_[0] * light[0] + luminance_[1] * light[1] + luminance_[2] * light[2];
        const double factor = gain(luminance);
        for (double& component : light) component *= factor;
    }
    const auto encode = [&](double value) {
        return signed_of(value, [&](double v) { return encoded(to_, v); });
    };
    return {encode(light[0]), encode(light[1]), encode(light[2]), color.a};
}

}  // namespace reelpool::compositor
