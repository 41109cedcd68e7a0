#include "compositor/render/mask_plane.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace reelpool::compositor {
namespace {

/// How far a line may stray from its curve: output pixels, or shares of the feather.
constexpr double tolerance = 1.0 / 1024;
constexpr double feather_tolerance = 1.0 / 8192;
constexpr double max_lines = 8192;  ///< of one curve
/// Long lines are cut, so that few of them are near to a tile. Units: grid samples.
constexpr double max_length = 48;
/// Samples that share the search for lines near to them: first strips of a tile, then blocks of
/// those.
constexpr std::uint32_t strip_width = 16;
constexpr std::uint32_t block_side = 4;

MaskPoint operator+(MaskPoint a, MaskPoint b) {
    return {a.x + b.x, a.y + b.y};
}
MaskPoint operator-(MaskPoint a, MaskPoint b) {
    return {a.x - b.x, a.y - b.y};
}
MaskPoint operator*(MaskPoint a, double factor) {
    return {a.x * factor, a.y * factor};
}
double squared(MaskPoint a) {
    return a.x * a.x + a.y * a.y;
}
double length(MaskPoint a) {
    return std::sqrt(squared(a));
}

MaskPoint moved(const Matrix& m, MaskPoint p) {
    return {m.xx * p.x + m.xy * p.y + m.tx, m.yx * p.x + m.yy * p.y + m.ty};
}

/// Joins the next mask's value with those before.
double joined(MaskMode mode, double before, double value) {
    switch (mode) {
        case MaskMode::add:
            return before + value - before * value;
        case MaskMode::subtract:
            return before * (1 - value);
        case MaskMode::intersect:
            break;
    }
    return before * value;
}

double start_value(const Mask& first) {
    return first.mode == MaskMode::add ? 0 : 1;
}

double shown(const Mask& mask, double value) {
    return (mask.is_inverted ? 1 - value : value) * mask.opacity;
}

/// How many lines make a curve whose second derivative is at most `bend`.
double lines_for(double bend, double stray) {
    return std::clamp(std::ceil(std::sqrt(bend / (8 * stray))), 1.0, max_lines);
}

/// 1 where the line crosses the row at y downwards, -1 upwards, else 0.
int crossing_at(MaskPoint from, MaskPoint to, double y) {
    if (from.y <= y && to.y > y) return 1;
    return to.y <= y && from.y > y ? -1 : 0;
}

double x_at(MaskPoint from, MaskPoint to, double y) {
    return from.x + (to.x - from.x) * ((y - from.y) / (to.y - from.y));
}

}  // namespace

MaskPlane::MaskPlane(const std::vector<Mask>& masks, const Matrix& to_output, const Grid& grid,
                     std::uint64_t* room_bytes)
    : grid_(grid), to_source_(to_output.inverse()), room_bytes_(room_bytes) {
    const Matrix& s = to_source_;
    source_x_ = on_grid({s.xx, s.xy, s.tx}, grid);
    source_y_ = on_grid({s.yx, s.yy, s.ty}, grid);
    grow_x_ = std::hypot(to_output.xx, to_output.xy) / grid.step_x;
    grow_y_ = std::hypot(to_output.yx, to_output.yy) / grid.step_y;
    const double pixel = std::hypot(std::hypot(s.xx, s.xy), std::hypot(s.yx, s.yy));
    for (const Mask& mask : masks) {
        Outline& outline = outlines_.emplace_back();
        outline.mask = mask;
        outline.reach = std::abs(mask.expansion) + std::max(mask.feather, pixel) / 2;
        add_curves(outline, to_output);
        sort(outline);
    }
}

void MaskPlane::add_curves(Outline& outline, const Matrix& to_output) const {
    const Mask& mask = outline.mask;
    // A thousandth of an output pixel where it is smallest.
    const double stretch =
        std::hypot(std::hypot(to_output.xx, to_output.xy), std::hypot(to_output.yx, to_output.yy));
    const double stray = std::max(tolerance / stretch, mask.feather * feather_tolerance);
    if (mask.shape == MaskShape::rect) {
        const MaskPoint half = mask.size * 0.5;
        const std::array<MaskPoint, 4> corners{
            mask.center - half, mask.center + MaskPoint{half.x, -half.y}, mask.center + half,
            mask.center + MaskPoint{-half.x, half.y}};
        for (std::size_t i = 0; i < 4; ++i)
            add_line(outline, to_output, corners[i], corners[(i + 1) % 4]);
        return;
    }
    if (mask.shape == MaskShape::ellipse) {
        const MaskPoint radius = mask.size * 0.5;
        const double turn = 2 * std::numbers::pi;
        const double count =
            std::max(8.0, lines_for(std::max(radius.x, radius.y) * turn * turn, stray));
        const auto at = [&](double i) {
            const double angle = turn * i / count;
            return mask.center + MaskPoint{radius.x * std::cos(angle), radius.y * std::sin(angle)};
        };
        for (double i = 0; i < count; ++i)
            add_line(outline, to_output, at(i), at(i + 1 < count ? i + 1 : 0));
        return;
    }
    for (std::size_t i = 0; i < mask.vertices.size(); ++i) {
        const MaskVertex& a = mask.vertices[i];
        const MaskVertex& b = mask.vertices[(i + 1) % mask.vertices.size()];
        if (a.out == MaskPoint{} && b.in == MaskPoint{}) {
            add_line(outline, to_output, a.point, b.point);
            continue;
        }
        const std::array<MaskPoint, 4> p{a.point, a.point + a.out, b.point + b.in, b.point};
        const double bend =
            6 * std::max(length(p[0] - p[1] * 2 + p[2]), length(p[1] - p[2] * 2 + p[3]));
        const double count = lines_for(bend, stray);
        MaskPoint from = p[0];
        for (double k = 1; k <= count; ++k) {
            const double t = k / count;
            const double u = 1 - t;
            const MaskPoint to = k == count ? p[3]
                                            : p[0] * (u * u * u) + p[1] * (3 * u * u * t) +
                                                  p[2] * (3 * u * t * t) + p[3] * (t * t * t);
            add_line(outline, to_output, from, to);
            from = to;
        }
    }
}

/// Which part of the line from `a` to `b` lies in the box from -margin to size + margin: shares of
/// its length, the first not greater than the second, unless nothing does.
std::pair<double, double> MaskPlane::part_inside(MaskPoint a, MaskPoint b, MaskPoint margin) const {
    double first = 0;
    double last = 1;
    const auto cut = [&](double from, double along, double low, double high) {
        if (along == 0) {
            if (from < low || from > high) last = -1;
            return;
        }
        const double enters = ((along > 0 ? low : high) - from) / along;
        const double leaves = ((along > 0 ? high : low) - from) / along;
        first = std::max(first, enters);
        last = std::min(last, leaves);
    };
    cut(a.x, b.x - a.x, -margin.x, grid_.width + margin.x);
    cut(a.y, b.y - a.y, -margin.y, grid_.height + margin.y);
    return {first, last};
}

/// Adds a straight line, in pieces where it is near to the grid, unless it is neither near to a
/// sample nor crosses a row to the right of one.
void MaskPlane::add_line(Outline& outline, const Matrix& to_output, MaskPoint from,
                         MaskPoint to) const {
    const auto on_samples = [&](MaskPoint p) {
        const MaskPoint out = moved(to_output, p);
        return MaskPoint{(out.x - grid_.origin_x) / grid_.step_x,
                         (out.y - grid_.origin_y) / grid_.step_y};
    };
    const MaskPoint a = on_samples(from);
    const MaskPoint b = on_samples(to);
    const MaskPoint far{outline.reach * grow_x_ + 1, outline.reach * grow_y_ + 1};
    if (std::max(a.y, b.y) < -far.y || std::min(a.y, b.y) > grid_.height + far.y ||
        std::max(a.x, b.x) < -far.x)
        return;
    MaskPoint end_of_last = from;
    const auto add_to = [&](double share) {
        const MaskPoint end = share >= 1 ? to : from + (to - from) * share;
        const MaskPoint along = end - end_of_last;
        const double whole = squared(along);
        outline.lines.push_back({on_samples(end_of_last), on_samples(end), end_of_last, along,
                                 whole > 0 ? 1 / whole : 0});
        end_of_last = end;
    };
    const auto [first, last] = part_inside(a, b, far);
    if (first > 0 && first < last) add_to(first);
    if (first < last) {
        const double pieces = std::max(1.0, std::ceil(length(b - a) * (last - first) / max_length));
        for (double i = 1; i < pieces; ++i) add_to(first + (last - first) * (i / pieces));
        add_to(last);
    }
    if (!(first < last && last >= 1)) add_to(1);
}

void MaskPlane::sort(Outline& outline) const {
    const std::size_t rows = (grid_.height + TILE_HEIGHT - 1) / TILE_HEIGHT;
    outline.crossing.resize(rows);
    outline.near.resize(rows);
    const auto put = [rows](std::vector<std::vector<std::uint32_t>>& by_row, std::uint32_t line,
                            double top, double bottom) {
        const double last = static_cast<double>(rows) - 1;
        const double first = std::max(0.0, std::floor(top / TILE_HEIGHT));
        for (double row = first; row <= std::min(last, bottom / TILE_HEIGHT); ++row)
            by_row[static_cast<std::size_t>(row)].push_back(line);
    };
    const double far = outline.reach * grow_y_;
    for (std::uint32_t i = 0; i < outline.lines.size(); ++i) {
        const Line& line = outline.lines[i];
        const double top = std::min(line.from.y, line.to.y);
        const double bottom = std::max(line.from.y, line.to.y);
        put(outline.crossing, i, top - 1, bottom + 1);
        put(outline.near, i, top - far - 1, bottom + far + 1);
    }
}

MaskPoint MaskPlane::source_at(double x, double y) const {
    return {source_x_.x * x + source_x_.y * y + source_x_.c,
            source_y_.x * x + source_y_.y * y + source_y_.c};
}

bool MaskPlane::is_near(const Outline& outline, const Line& line, const TileSites& tile) const {
    const double far_x = outline.reach * grow_x_ + 1e-6;
    const double far_y = outline.reach * grow_y_ + 1e-6;
    return std::min(line.from.x, line.to.x) - far_x <= tile.right &&
           std::max(line.from.x, line.to.x) + far_x >= tile.left &&
           std::min(line.from.y, line.to.y) - far_y <= tile.bottom &&
           std::max(line.from.y, line.to.y) + far_y >= tile.top;
}

int MaskPlane::winding(const Outline& outline, double x, double y) const {
    int turns = 0;
    for (const std::uint32_t i : outline.crossing[static_cast<std::size_t>(y / TILE_HEIGHT)]) {
        const Line& line = outline.lines[i];
        const int crosses = crossing_at(line.from, line.to, y);
        if (crosses != 0 && x_at(line.from, line.to, y) > x) turns += crosses;
    }
    return turns;
}

ValueRange MaskPlane::range(const Outline& outline, const TileSites& tile) const {
    const auto first = static_cast<std::size_t>(tile.top / TILE_HEIGHT);
    const auto last = static_cast<std::size_t>(tile.bottom / TILE_HEIGHT);
    for (std::size_t row = first; row <= last && row < outline.near.size(); ++row)
        for (const std::uint32_t i : outline.near[row])
            if (is_near(outline, outline.lines[i], tile)) {
                const double a = shown(outline.mask, 0);
                const double b = shown(outline.mask, 1);
                return {std::min(a, b), std::max(a, b)};
            }
    const double value = shown(outline.mask, winding(outline, tile.left, tile.top) != 0 ? 1 : 0);
    return {value, value};
}

ValueRange MaskPlane::range(const TileSites& tile) const {
    const double start = start_value(outlines_.front().mask);
    ValueRange all{start, start};
    for (const Outline& outline : outlines_) {
        const ValueRange one = range(outline, tile);
        const bool takes_away = outline.mask.mode == MaskMode::subtract;
        all = {joined(outline.mask.mode, all.low, takes_away ? one.high : one.low),
               joined(outline.mask.mode, all.high, takes_away ? one.low : one.high)};
    }
    return all;
}

double MaskPlane::value(const Outline& outline, MaskPoint at, const Line& nearest,
                        bool is_inside) const {
    const MaskPoint off = nearest.off(at);
    const double distance = length(off);
    MaskPoint across = off;
    if (distance < 1e-9) across = {-nearest.source_along.y, nearest.source_along.x};
    const double size = length(across);
    const MaskPoint n = size > 0 ? across * (1 / size) : MaskPoint{1, 0};
    const Matrix& s = to_source_;
    const double pixel = length({n.x * s.xx + n.y * s.yx, n.x * s.xy + n.y * s.yy});
    const double signed_distance = is_inside ? distance : -distance;
    return std::clamp(
        (signed_distance + outline.mask.expansion) / std::max(outline.mask.feather, pixel) + 0.5,
        0.0, 1.0);
}

/// How often the outline goes around each sample of a row that begins at (x, y).
void MaskPlane::windings(const Outline& outline, double x, double y, std::span<int> of_row) const {
    // Each crossing counts for the samples left of it.
    std::fill(of_row.begin(), of_row.end(), 0);
    for (const std::uint32_t i : outline.crossing[static_cast<std::size_t>(y / TILE_HEIGHT)]) {
        const Line& line = outline.lines[i];
        const int crosses = crossing_at(line.from, line.to, y);
        if (crosses == 0) continue;
        const double left = std::ceil(x_at(line.from, line.to, y) - x);
        const double last = std::min(left, static_cast<double>(of_row.size())) - 1;
        if (last >= 0) of_row[static_cast<std::size_t>(last)] += crosses;
    }
    for (std::size_t i = of_row.size() - 1; i-- > 0;) of_row[i] += of_row[i + 1];
}

void MaskPlane::choose(const Outline& outline, const Lines& near, const TileSites& block,
                       Lines& chosen) const {
    // Lines farther from the middle than this cannot be the nearest to any sample of the block.
    const MaskPoint middle =
        source_at((block.left + block.right) / 2, (block.top + block.bottom) / 2);
    double radius = 0;
    for (const double x : {block.left, block.right})
        for (const double y : {block.top, block.bottom})
            radius = std::max(radius, length(source_at(x, y) - middle));
    chosen.clear();
    double least = std::numeric_limits<double>::infinity();
    for (const Line* line : near) least = std::min(least, line->squared_distance(middle));
    least = std::sqrt(least);
    if (near.empty() || least - radius > outline.reach + 1e-9) return;
    const double farthest = least + 2 * radius + 1e-9;
    for (const Line* line : near)
        if (line->squared_distance(middle) <= farthest * farthest) chosen.push_back(line);
}

/// Samples of one block, of TILE_WIDTH to a row in `windings` and `values`.
void MaskPlane::sample_block(const Outline& outline, const Lines& near, const TileSites& block,
                             std::span<const int> windings, double* values) const {
    for (double y = block.top; y <= block.bottom; ++y) {
        for (double x = block.left; x <= block.right; ++x) {
            const auto at = static_cast<std::size_t>((y - block.top) * TILE_WIDTH + x - block.left);
            const bool is_inside = windings[at] != 0;
            if (near.empty()) {
                values[at] = is_inside ? 1 : 0;
                continue;
            }
            const MaskPoint p = source_at(x, y);
            double best = std::numeric_limits<double>::infinity();
            const Line* nearest = nullptr;
            for (const Line* line : near) {
                const double distance = line->squared_distance(p);
                if (distance < best) {
                    best = distance;
                    nearest = line;
                }
            }
            values[at] = value(outline, p, *nearest, is_inside);
        }
    }
}

void MaskPlane::sample(const Outline& outline, std::uint32_t x, std::uint32_t y,
                       std::span<double> values) const {
    std::array<int, TILE_WIDTH * TILE_HEIGHT> turns{};
    const std::uint32_t width = std::min(TILE_WIDTH, grid_.width - x);
    const std::uint32_t height = std::min(TILE_HEIGHT, grid_.height - y);
    for (std::uint32_t row = 0; row < height; ++row)
        windings(outline, x, y + row,
                 std::span(turns).subspan(std::size_t{row} * TILE_WIDTH, TILE_WIDTH));
    const TileSites tile{double(x), double(y), x + width - 1.0, y + height - 1.0};
    Lines near;
    Lines of_strip;
    Lines of_block;
    for (const std::uint32_t i : outline.near[y / TILE_HEIGHT])
        if (is_near(outline, outline.lines[i], tile)) near.push_back(&outline.lines[i]);
    for (std::uint32_t left = 0; left < width; left += strip_width) {
        const TileSites strip{tile.left + left, tile.top,
                              std::min(tile.left + left + strip_width - 1, tile.right),
                              tile.bottom};
        choose(outline, near, strip, of_strip);
        for (std::uint32_t top = 0; top < height; top += block_side)
            for (std::uint32_t first = left; first < std::min(width, left + strip_width);
                 first += block_side) {
                const TileSites block{tile.left + first, tile.top + top,
                                      std::min(tile.left + first + block_side - 1, tile.right),
                                      std::min(tile.top + top + block_side - 1, tile.bottom)};
                choose(outline, of_strip, block, of_block);
                const std::size_t at = std::size_t{top} * TILE_WIDTH + first;
                sample_block(outline, of_block, block, std::span(turns).subspan(at),
                             values.subspan(at).data());
            }
    }
}

void MaskPlane::sample(std::uint32_t x, std::uint32_t y, TileValues& values) {
    const auto found = kept_.find({y, x});
    if (found != kept_.end()) {
        values = found->second;
        return;
    }
    evaluate(x, y, values);
    if (room_bytes_ == nullptr || *room_bytes_ < sizeof(values)) return;
    *room_bytes_ -= sizeof(values);
    kept_.emplace(std::pair{y, x}, values);
}

void MaskPlane::evaluate(std::uint32_t x, std::uint32_t y, TileValues& values) const {
    std::array<double, TILE_WIDTH * TILE_HEIGHT> all{};
    std::array<double, TILE_WIDTH * TILE_HEIGHT> one{};
    all.fill(start_value(outlines_.front().mask));
    for (const Outline& outline : outlines_) {
        sample(outline, x, y, one);
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = joined(outline.mask.mode, all[i], shown(outline.mask, one[i]));
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        values[i] = static_cast<std::uint16_t>(std::floor(all[i] * 65535 + 0.5));
}

}  // namespace reelpool::compositor
