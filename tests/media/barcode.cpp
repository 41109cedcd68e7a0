#include "barcode.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace reelpool::test_media {
namespace {

constexpr std::uint32_t whitening = 0xA5C3965Au;

constexpr bool is_reference(int cell) {
    return cell % 3 == 0;
}
constexpr bool reference_is_bright(int cell) {
    return (cell / 3) % 2 == 0;
}

std::uint32_t crc8(std::uint32_t value24) {
    std::uint32_t crc = 0x5D;
    for (int shift = 16; shift >= 0; shift -= 8) {
        crc ^= (value24 >> shift) & 0xFFu;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc & 0x80u) != 0 ? ((crc << 1) ^ 0x07u) & 0xFFu : (crc << 1) & 0xFFu;
        }
    }
    return crc;
}

/// Bilinear value at a position whose sample k is centred at k + 0.5; nothing outside.
std::optional<double> luma_at(const LumaView& luma, double x, double y) {
    if (x < 0 || y < 0 || x > luma.width || y > luma.height) return std::nullopt;
    const double px = x - 0.5;
    const double py = y - 0.5;
    const double fx = px - std::floor(px);
    const double fy = py - std::floor(py);
    const auto at = [&](int column, int row) {
        column = std::clamp(column, 0, luma.width - 1);
        row = std::clamp(row, 0, luma.height - 1);
        return static_cast<double>(
            luma.samples[static_cast<std::size_t>(row) * static_cast<std::size_t>(luma.width) +
                         static_cast<std::size_t>(column)]);
    };
    const int x0 = static_cast<int>(std::floor(px));
    const int y0 = static_cast<int>(std::floor(py));
    return (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x0 + 1, y0)) +
           fy * ((1 - fx) * at(x0, y0 + 1) + fx * at(x0 + 1, y0 + 1));
}

/// Mean over the inner half of a cell, from 7 x 7 points.
std::optional<double> cell_mean(const LumaView& luma, const Placement& at, int column, int row) {
    constexpr int points = 7;
    double sum = 0;
    for (int j = 0; j < points; ++j) {
        for (int i = 0; i < points; ++i) {
            const double in_x = 0.25 + 0.5 * (i + 0.5) / points;
            const double in_y = 0.25 + 0.5 * (j + 0.5) / points;
            const double u = 0.25 + 0.5 * (column + in_x) / barcode_columns;
            const double v = 0.25 + 0.5 * (row + in_y) / barcode_rows;
            const auto value =
                luma_at(luma, at.x + u * at.ux + v * at.vx, at.y + u * at.uy + v * at.vy);
            if (!value) return std::nullopt;
            sum += *value;
        }
    }
    return sum / (points * points);
}

}  // namespace

std::array<bool, barcode_cells> encode_barcode(const BarcodeReading& reading) {
    const std::uint32_t value24 = (static_cast<std::uint32_t>(reading.media_id & 0xFF) << 16) |
                                  static_cast<std::uint32_t>(reading.frame & 0xFFFF);
    const std::uint32_t word = ((value24 << 8) | crc8(value24)) ^ whitening;
    std::array<bool, barcode_cells> cells{};
    int bit = 31;
    for (int cell = 0; cell < barcode_cells; ++cell) {
        if (is_reference(cell)) {
            cells[static_cast<std::size_t>(cell)] = reference_is_bright(cell);
        } else {
            cells[static_cast<std::size_t>(cell)] = ((word >> bit) & 1u) != 0;
            --bit;
        }
    }
    return cells;
}

Placement placed_at(double left, double top, double width, double height) {
    return {.x = left, .y = top, .ux = width, .uy = 0, .vx = 0, .vy = height};
}

Placement placed_around(double centre_x, double centre_y, double width, double height,
                        double degrees) {
    const double angle = degrees * std::numbers::pi / 180;
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    return {.x = centre_x - c * width / 2 + s * height / 2,
            .y = centre_y - s * width / 2 - c * height / 2,
            .ux = c * width,
            .uy = s * width,
            .vx = -s * height,
            .vy = c * height};
}

std::optional<BarcodeReading> read_barcode(const LumaView& luma, const Placement& placement) {
    std::array<double, barcode_cells> means{};
    double bright = 0;
    double dark = 0;
    for (int cell = 0; cell < barcode_cells; ++cell) {
        const auto mean =
            cell_mean(luma, placement, cell % barcode_columns, cell / barcode_columns);
        if (!mean) return std::nullopt;
        means[static_cast<std::size_t>(cell)] = *mean;
        if (is_reference(cell)) (reference_is_bright(cell) ? bright : dark) += *mean / 8;
    }
    const double contrast = bright - dark;  // negative when the picture is inverted
    if (std::abs(contrast) < 4) return std::nullopt;
    std::uint32_t word = 0;
    for (int cell = 0; cell < barcode_cells; ++cell) {
        const double height = (means[static_cast<std::size_t>(cell)] - dark) / contrast;
        if (std::abs(height - 0.5) < 0.12) return std::nullopt;
        const bool is_bright = height > 0.5;
        if (is_reference(cell)) {
            if (is_bright != reference_is_bright(cell)) return std::nullopt;
        } else {
            word = (word << 1) | (is_bright ? 1u : 0u);
        }
    }
    word ^= whitening;
    const std::uint32_t value24 = word >> 8;
    if (crc8(value24) != (word & 0xFFu)) return std::nullopt;
    return BarcodeReading{.media_id = static_cast<int>(value24 >> 16),
                          .frame = static_cast<int>(value24 & 0xFFFFu)};
}

}  // namespace reelpool::test_media
