// Pictures of every encoding, in outputs of every encoding.
#include "compositor/render/color_conversion.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "tests/compositor/render/compare.hpp"
#include "tests/reference/light.hpp"

namespace reelpool::testing {
namespace {

using compositor::ColorConversion;
using compositor::ColorEncoding;
using reference::Straight;

constexpr ColorEncoding sdr{ColorTransfer::bt709, ColorPrimaries::bt709};
constexpr ColorEncoding pq{ColorTransfer::pq, ColorPrimaries::bt2020};
constexpr ColorEncoding hlg{ColorTransfer::hlg, ColorPrimaries::bt2020};

double gray(const ColorEncoding& from, const ColorEncoding& to, double code) {
    const Color shown = ColorConversion(from, to).apply({code, code, code, 1});
    CHECK(shown.r == doctest::Approx(shown.g).epsilon(1e-4));
    CHECK(shown.b == doctest::Approx(shown.g).epsilon(1e-4));
    return shown.g;
}

struct Named {
    ColorDescription color;
    reference::Encoding encoding;
};

Named named(ColorTransfer transfer, reference::Transfer same, ColorPrimaries primaries,
            const reference::Gamut& gamut) {
    ColorDescription color = bt709_limited;
    color.transfer = transfer;
    color.primaries = primaries;
    return {color, {same, gamut}};
}

const std::array encodings{named(ColorTransfer::bt709, reference::Transfer::sdr,
                                 ColorPrimaries::bt709, reference::bt709_gamut),
                           named(ColorTransfer::srgb, reference::Transfer::sdr,
                                 ColorPrimaries::smpte432, reference::display_p3_gamut),
                           named(ColorTransfer::bt2020_10, reference::Transfer::sdr,
                                 ColorPrimaries::bt2020, reference::bt2020_gamut),
                           named(ColorTransfer::gamma28, reference::Transfer::gamma28,
                                 ColorPrimaries::bt470bg, reference::bt601_625_gamut),
                           named(ColorTransfer::gamma22, reference::Transfer::gamma22,
                                 ColorPrimaries::smpte170m, reference::bt601_525_gamut),
                           named(ColorTransfer::pq, reference::Transfer::pq, ColorPrimaries::bt2020,
                                 reference::bt2020_gamut),
                           named(ColorTransfer::hlg, reference::Transfer::hlg,
                                 ColorPrimaries::bt2020, reference::bt2020_gamut),
                           named(ColorTransfer::linear, reference::Transfer::linear,
                                 ColorPrimaries::smpte431, reference::dci_p3_gamut)};

struct Luma {
    double red, blue;
};

/// Overwrites a 4:4:4 or R'G'B' picture with codes of `rgb_at`'s R'G'B'. Returns the R'G'B' that
/// the last row's codes stand for.
std::vector<Straight> paint(
    Footage& footage, const FrameSource& frame, const Luma& k,
    const std::function<Straight(std::uint32_t x, std::uint32_t y)>& rgb_at) {
    const SlotLayout layout =
        slot_layout(frame.format, frame.width, frame.height, frame.level).value();
    const int depth = frame.format.bit_depth;
    const bool is_full = frame.color.range == ColorRange::full;
    const double top = std::ldexp(1.0, depth) - 1;
    const auto code_of = [&](double value, bool is_chroma) {
        const double step = std::ldexp(1.0, depth - 8);
        const double zero = is_chroma ? 128 * step : is_full ? 0 : 16 * step;
        const double unit = is_full ? top : (is_chroma ? 224 : 219) * step;
        return static_cast<std::uint16_t>(
            std::clamp(std::floor(zero + unit * value + 0.5), 0.0, top));
    };
    const auto value_of = [&](double code, bool is_chroma) {
        const double step = std::ldexp(1.0, depth - 8);
        const double zero = is_chroma ? 128 * step : is_full ? 0 : 16 * step;
        return (code - zero) / (is_full ? top : (is_chroma ? 224 : 219) * step);
    };
    std::vector<Straight> meant(frame.width);
    for (std::uint32_t y = 0; y < frame.height; ++y)
        for (std::uint32_t x = 0; x < frame.width; ++x) {
            const Straight c = rgb_at(x, y);
            std::array<std::uint16_t, 3> codes{code_of(c.r, false), code_of(c.g, false),
                                               code_of(c.b, false)};
            meant[x] = {value_of(codes[0], false), value_of(codes[1], false),
                        value_of(codes[2], false)};
            if (frame.format.model == ColorModel::yuv) {
                const double luma = k.red * c.r + (1 - k.red - k.blue) * c.g + k.blue * c.b;
                codes = {code_of(luma, false), code_of((c.b - luma) / (2 * (1 - k.blue)), true),
                         code_of((c.r - luma) / (2 * (1 - k.red)), true)};
                const double y_of = value_of(codes[0], false);
                meant[x].r = y_of + 2 * (1 - k.red) * value_of(codes[2], true);
                meant[x].b = y_of + 2 * (1 - k.blue) * value_of(codes[1], true);
                meant[x].g =
                    (y_of - k.red * meant[x].r - k.blue * meant[x].b) / (1 - k.red - k.blue);
            }
            for (std::size_t p = 0; p < 3; ++p) {
                const PlaneLayout& plane = layout.planes[p];
                std::byte* row = footage.writable_slot(frame) + plane.offset_bytes +
                                 std::size_t{y} * plane.stride_bytes;
                if (frame.format.sample_bytes() == 1)
                    row[x] = static_cast<std::byte>(codes[p]);
                else
                    std::memcpy(row + 2 * std::size_t{x}, &codes[p], 2);
            }
        }
    return meant;
}

/// Grays from dark to bright, a little coloured.
Straight ramp_at(std::uint32_t x, std::uint32_t y) {
    const double light = 0.3 + 0.4 * x / 320;
    const double hue = 0.3 * y;
    return {light + 0.02 * std::sin(hue), light + 0.02 * std::sin(hue + 2),
            light + 0.02 * std::sin(hue + 4)};
}

}  // namespace

TEST_CASE("levels are where the standards put them") {
    // BT.2408: SDR white is 203 cd/m2: 58 % of PQ, 75 % of HLG.
    CHECK(gray(sdr, pq, 1) == doctest::Approx(0.58069).epsilon(1e-4));
    CHECK(gray(sdr, hlg, 1) == doctest::Approx(0.75).epsilon(2e-3));
    // HLG's peak is 1000 cd/m2, which is 75.18 % of PQ, and becomes the white of SDR.
    CHECK(gray(hlg, pq, 1) == doctest::Approx(0.75183).epsilon(1e-4));
    CHECK(gray(pq, hlg, 0.751827) == doctest::Approx(1).epsilon(1e-4));
    CHECK(gray(hlg, sdr, 1) == doctest::Approx(1).epsilon(1e-4));
    CHECK(gray(pq, sdr, 1) == doctest::Approx(1).epsilon(1e-4));
    // What is dark is shown as it is.
    CHECK(gray(pq, sdr, gray(sdr, pq, 0.6)) == doctest::Approx(0.6).epsilon(1e-6));
    CHECK(gray(hlg, sdr, gray(sdr, hlg, 0.6)) == doctest::Approx(0.6).epsilon(1e-4));
    CHECK(gray(pq, sdr, 0) == doctest::Approx(0).epsilon(1e-3));
    CHECK(gray(sdr, pq, -1) == doctest::Approx(-gray(sdr, pq, 1)));
    // BT.2087, table 1: linear BT.709 in BT.2020.
    const ColorConversion wider(sdr, {ColorTransfer::bt709, ColorPrimaries::bt2020});
    const auto& m = wider.primaries();
    CHECK(m[0][0] == doctest::Approx(0.6274).epsilon(1e-4));
    CHECK(m[0][1] == doctest::Approx(0.3293).epsilon(1e-4));
    CHECK(m[1][2] == doctest::Approx(0.0114).epsilon(1e-2));
    CHECK(m[2][2] == doctest::Approx(0.8956).epsilon(1e-4));
}

TEST_CASE("the same bars in every matrix, range, transfer and depth look the same") {
    // Components of 0.25 and more: near 0, light of few bits is coarser than 1.5/255. Up to 0.65:
    // what HDR shows brighter is brought down.
    const auto bar_at = [](std::uint32_t x) {
        const std::uint32_t bar = x / 4 % 8;
        const auto level = [&](unsigned bit) { return (bar >> bit & 1) != 0 ? 0.65 : 0.25; };
        return Straight{level(1), level(2), level(0)};
    };
    struct Matrix3 {
        ColorMatrix matrix;
        Luma k;
    };
    constexpr std::array matrices{Matrix3{ColorMatrix::bt709, {0.2126, 0.0722}},
                                  Matrix3{ColorMatrix::smpte170m, {0.299, 0.114}},
                                  Matrix3{ColorMatrix::bt2020_ncl, {0.2627, 0.0593}},
                                  Matrix3{ColorMatrix::rgb, {0, 0}}};
    OutputFormat output{.width = 128, .height = 0, .format = planar_rgb, .color = srgb_full};
    Footage footage(SegmentId{3});
    DrawList list = list_of({});
    std::vector<std::vector<Straight>> meant;  // by layer
    for (const Matrix3& matrix : matrices)
        for (const ColorRange range : {ColorRange::limited, ColorRange::full})
            for (const Named& one : encodings)
                for (const int depth : {8, 10, 12, 16}) {
                    const bool is_sdr = one.encoding.transfer < reference::Transfer::linear;
                    const bool is_linear = one.encoding.transfer == reference::Transfer::linear;
                    if (depth < (is_sdr ? 8 : is_linear ? 12 : 10)) continue;
                    const bool is_rgb = matrix.matrix == ColorMatrix::rgb;
                    PixelFormat format = is_rgb ? planar_rgb : yuv444p;
                    format.bit_depth = static_cast<std::uint8_t>(depth);
                    ColorDescription color = one.color;
                    color.matrix = matrix.matrix;
                    color.range = range;
                    const FrameSource frame = footage.add(format, color, 32, 2);
                    meant.push_back(
                        paint(footage, frame, matrix.k, [&](std::uint32_t x, std::uint32_t) {
                            return converted(bar_at(x), {}, one.encoding);
                        }));
                    for (Straight& each : meant.back()) each = converted(each, one.encoding, {});
                    const auto index = static_cast<std::uint32_t>(list.groups[0].layers.size());
                    list.groups[0].layers.push_back(
                        frame_layer(frame, {.tx = index % 4 * 32.0, .ty = index / 4 * 2.0}));
                }
    const auto count = static_cast<std::uint32_t>(list.groups[0].layers.size());
    CHECK(count == 4 * 2 * (5 * 4 + 2 * 3 + 2));
    output.height = (count + 3) / 4 * 2;
    Stage stage(output, footage);
    const compositor::Picture picture = stage.draw(list);
    double worst = 0;     // against what the codes say
    double farthest = 0;  // against the bars, where their own codes are fine enough
    const auto fine_enough = [](ColorTransfer transfer) {
        const bool is_sdr = transfer != ColorTransfer::linear && transfer != ColorTransfer::pq &&
                            transfer != ColorTransfer::hlg;
        return is_sdr ? 10 : 12;
    };
    std::string where, where_farthest;
    for (std::uint32_t y = 0; y < output.height; ++y)
        for (std::uint32_t x = 0; x < output.width; ++x) {
            const std::size_t layer = y / 2 * 4 + x / 32;
            if (layer >= count) continue;
            const Straight bar = bar_at(x);
            const Straight& said = meant[layer][x % 32];
            const FrameSource& frame = list.groups[0].layers[layer].frame;
            const std::array bars{bar.r, bar.g, bar.b};
            const std::array exact{said.r, said.g, said.b};
            for (std::size_t p = 0; p < 3; ++p) {
                const int got = sample_of(picture, output.format, static_cast<int>(p), x, y);
                const auto note = [&](double error, double& largest, std::string& place) {
                    if (error <= largest) return;
                    largest = error;
                    place = to_text(frame.format) + ", matrix " +
                            std::to_string(static_cast<int>(frame.color.matrix)) + ", transfer " +
                            std::to_string(static_cast<int>(frame.color.transfer));
                };
                note(std::abs(got - 255 * exact[p]), worst, where);
                if (frame.format.bit_depth >= fine_enough(frame.color.transfer))
                    note(std::abs(got - 255 * bars[p]), farthest, where_farthest);
            }
        }
    CHECK_MESSAGE(worst <= 0.6, where);
    CHECK_MESSAGE(farthest <= 1.5, where_farthest);
}

TEST_CASE("every encoding in every output, beside the reference") {
    const PixelFormat yuv420p10{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1};
    const auto with_encoding = [](ColorDescription color, const ColorEncoding& encoding) {
        color.transfer = encoding.transfer;
        color.primaries = encoding.primaries;
        return color;
    };
    for (const ColorEncoding& encoding :
         {sdr, pq, hlg, ColorEncoding{ColorTransfer::bt709, ColorPrimaries::smpte432}}) {
        const bool is_yuv = encoding.transfer != ColorTransfer::bt709;
        const OutputFormat output{
            .width = 322,
            .height = 90,
            .format = is_yuv ? yuv420p10 : planar_rgb,
            .color = with_encoding(is_yuv ? bt709_limited : srgb_full, encoding)};
        Footage footage(SegmentId{3});
        DrawList list = list_of({});
        list.groups[0].background = {0.2, 0.4, 0.6, 1};
        list.groups.push_back({.light = Light::linear, .layers = {}});
        DrawGroup& inner = list.groups[0];
        DrawGroup& linear = list.groups[1];
        for (std::size_t i = 0; i < encodings.size(); ++i) {
            const FrameSource frame = footage.add(yuv444p, encodings[i].color, 80, 40);
            paint(footage, frame, {0.2126, 0.0722},
                  [](std::uint32_t x, std::uint32_t y) { return ramp_at(x * 4, y); });
            const double x = 40.0 * static_cast<double>(i);
            inner.layers.push_back(frame_layer(
                frame, placed(0.7, 0.6, 10.0 * static_cast<double>(i), x + 20, 30, 40, 20),
                i % 2 == 0 ? 1 : 0.6));
            linear.layers.push_back(
                frame_layer(frame, {.tx = x, .ty = 50.5}, i % 2 == 0 ? 0.5 : 1));
        }
        inner.layers.push_back(solid_layer({0.8, 0.7, 0.3, 0.7}, 100, 20, {.tx = 7.5, .ty = 3}));
        inner.layers.back().blend = BlendMode::multiply;
        linear.layers.push_back(solid_layer({0.8, 0.7, 0.3, 0.7}, 100, 20, {.tx = 50, .ty = 60}));
        list.groups.push_back({.layers = {group_layer(0, 322, 90), group_layer(1, 322, 90)}});
        const FrameSource same = footage.add(output.format, output.color, 322, 90);
        Stage stage(output, footage);
        const Difference difference = stage.draw_and_compare(list);
        CHECK_MESSAGE(difference.largest <= (is_yuv ? 4 : 1), difference.where);
        CHECK(difference.worst_psnr > (is_yuv ? 60 : 55));

        // What is in the output's encoding is passed through, and beside what is not, copied.
        CHECK(stage.draw(list_of({frame_layer(same)})).is_slot);
        const compositor::Picture beside =
            stage.draw(list_of({frame_layer(same), list.groups[0].layers[1]}));
        const SlotLayout layout = slot_layout(same.format, 322, 90, {}).value();
        for (std::uint32_t x = 0; x < 322; x += 3) {
            std::uint16_t code = 0;
            const std::byte* row = footage.slot(same) + layout.planes[0].offset_bytes +
                                   std::size_t{80} * layout.planes[0].stride_bytes;
            if (is_yuv)
                std::memcpy(&code, row + 2 * std::size_t{x}, 2);
            else
                code = std::to_integer<std::uint16_t>(row[x]);
            CHECK(sample_of(beside, output.format, 0, x, 80) == code);
        }
    }
}

}  // namespace reelpool::testing
