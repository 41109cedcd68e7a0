#include "tests/compositor/render/reference_draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "ipc/frame/slot_layout.hpp"
#include "tests/reference/blend.hpp"
#include "tests/reference/effect.hpp"
#include "tests/reference/light.hpp"
#include "tests/reference/mask.hpp"

namespace reelpool::testing {
namespace {

/// Premultiplied.
struct Pixel {
    double r = 0, g = 0, b = 0, a = 0;
    bool unsure = false;
};

Pixel over(const Pixel& top, const Pixel& below, double weight) {
    const double keep = 1 - top.a * weight;
    return {top.r * weight + below.r * keep, top.g * weight + below.g * keep,
            top.b * weight + below.b * keep, top.a * weight + below.a * keep,
            top.unsure || below.unsure};
}

Pixel sum(const Pixel& a, double wa, const Pixel& b, double wb) {
    return {a.r * wa + b.r * wb, a.g * wa + b.g * wb, a.b * wa + b.b * wb, a.a * wa + b.a * wb,
            (a.unsure && wa != 0) || (b.unsure && wb != 0)};
}

reference::Encoding encoding_of(const ColorDescription& color) {
    reference::Encoding encoding;
    const ColorTransfer t = color.transfer;
    encoding.transfer = t == ColorTransfer::gamma22   ? reference::Transfer::gamma22
                        : t == ColorTransfer::gamma28 ? reference::Transfer::gamma28
                        : t == ColorTransfer::linear  ? reference::Transfer::linear
                        : t == ColorTransfer::pq      ? reference::Transfer::pq
                        : t == ColorTransfer::hlg     ? reference::Transfer::hlg
                                                      : reference::Transfer::sdr;
    const ColorPrimaries p = color.primaries;
    encoding.gamut = p == ColorPrimaries::bt2020      ? reference::bt2020_gamut
                     : p == ColorPrimaries::smpte431  ? reference::dci_p3_gamut
                     : p == ColorPrimaries::smpte432  ? reference::display_p3_gamut
                     : p == ColorPrimaries::smpte170m ? reference::bt601_525_gamut
                     : p == ColorPrimaries::bt470bg   ? reference::bt601_625_gamut
                                                      : reference::bt709_gamut;
    return encoding;
}

bool is_same(const ColorDescription& a, const ColorDescription& b) {
    return encoding_of(a).transfer == encoding_of(b).transfer && a.primaries == b.primaries;
}

/// A function of straight R'G'B', of what is premultiplied.
template <class Change>
Pixel changed(const Pixel& p, Change change) {
    if (p.a <= 1e-9) return {0, 0, 0, p.a, p.unsure};
    const reference::Straight rgb = change({p.r / p.a, p.g / p.a, p.b / p.a});
    return {rgb.r * p.a, rgb.g * p.a, rgb.b * p.a, p.a, p.unsure};
}

/// Where alpha is next to nothing, its straight colour may be anything.
reference::Straight bounded(const reference::Straight& c) {
    const auto bound = [](double v) { return std::clamp(v, -1.5, 2.5); };
    return {bound(c.r), bound(c.g), bound(c.b)};
}

Pixel to_light(const Pixel& p, reference::Transfer transfer) {
    return changed(p, [transfer](reference::Straight c) {
        c = bounded(c);
        return reference::Straight{light_of(transfer, c.r), light_of(transfer, c.g),
                                 light_of(transfer, c.b)};
    });
}

Pixel from_light(const Pixel& p, reference::Transfer transfer) {
    return changed(p, [transfer](const reference::Straight& c) {
        return reference::Straight{code_of_light(transfer, c.r),
                                 code_of_light(transfer, c.g),
                                 code_of_light(transfer, c.b)};
    });
}

/// With the layer's effects.
Pixel changed(const DrawLayer& layer, const Pixel& p) {
    if (layer.effects.empty()) return p;
    // Where alpha is next to nothing, what was multiplied by it may be anything.
    if (p.a <= 1e-6) return {0, 0, 0, p.a, p.unsure};
    std::vector<reference::Effect> effects;
    for (const PictureEffect& effect : layer.effects)
        effects.push_back({std::string(effect.type().name), effect.values});
    Pixel out = p;
    const reference::Rgb c =
        reference::changed(effects, {p.r / p.a, p.g / p.a, p.b / p.a}, out.unsure);
    return {c[0] * p.a, c[1] * p.a, c[2] * p.a, p.a, out.unsure};
}

Pixel premultiplied(const Color& c) {
    return {c.r * c.a, c.g * c.a, c.b * c.a, c.a};
}

reference::Point point_of(const MaskPoint& p) {
    return {p.x, p.y};
}

double mask_value(const DrawLayer& layer, double x, double y) {
    std::vector<reference::MaskOutline> outlines;
    for (const Mask& mask : layer.masks) {
        reference::MaskOutline outline;
        outline.mode = static_cast<reference::MaskOutline::Mode>(mask.mode);
        outline.inverted = mask.is_inverted;
        outline.feather = mask.feather;
        outline.expansion = mask.expansion;
        outline.opacity = mask.opacity;
        const double left = mask.center.x - mask.size.x / 2;
        const double top = mask.center.y - mask.size.y / 2;
        switch (mask.shape) {
            case MaskShape::rect:
                outline.corners = {{left, top},
                                   {left + mask.size.x, top},
                                   {left + mask.size.x, top + mask.size.y},
                                   {left, top + mask.size.y}};
                break;
            case MaskShape::ellipse:
                reference::add_ellipse(outline.corners, point_of(mask.center), mask.size.x,
                                       mask.size.y);
                break;
            case MaskShape::path:
                for (std::size_t i = 0; i < mask.vertices.size(); ++i) {
                    const MaskVertex& a = mask.vertices[i];
                    const MaskVertex& b = mask.vertices[(i + 1) % mask.vertices.size()];
                    reference::add_curve(outline.corners, point_of(a.point),
                                         {a.point.x + a.out.x, a.point.y + a.out.y},
                                         {b.point.x + b.in.x, b.point.y + b.in.y},
                                         point_of(b.point));
                }
                break;
        }
        outlines.push_back(std::move(outline));
    }
    const Matrix& m = layer.mask_matrix;
    const reference::Affine to_output{m.xx, m.xy, m.yx, m.yy, m.tx, m.ty};
    return reference::mask_value(outlines, to_output.inverse(), {x, y});
}

Pixel mean(const Pixel& a, const Pixel& b) {
    return sum(a, 0.5, b, 0.5);
}

struct Weights {
    double r, b;
};

Weights weights_of(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::bt470bg:
        case ColorMatrix::smpte170m:
            return {0.299, 0.114};
        case ColorMatrix::fcc:
            return {0.30, 0.11};
        case ColorMatrix::smpte240m:
            return {0.212, 0.087};
        case ColorMatrix::bt2020_ncl:
            return {0.2627, 0.0593};
        case ColorMatrix::rgb:
        case ColorMatrix::bt709:
        case ColorMatrix::unspecified:
        case ColorMatrix::ycgco:
        case ColorMatrix::bt2020_cl:
            break;
    }
    return {0.2126, 0.0722};
}

/// Code value of component 0 and component 1, of a plane.
struct Scale {
    double zero, one;
};

Scale scale_of(const PixelFormat& format, ColorRange range, int plane) {
    const int n = format.bit_depth;
    const double top = std::pow(2.0, n) - 1;
    const double step = std::pow(2.0, n - 8);
    const bool chroma = format.is_chroma_plane(plane);
    if (range == ColorRange::full)
        return chroma ? Scale{128 * step, 128 * step + top} : Scale{0, top};
    return chroma ? Scale{128 * step, 352 * step} : Scale{16 * step, 235 * step};
}

double code_at(const std::byte* slot, const SlotLayout& layout, const PixelFormat& format,
               int plane, int x, int y) {
    const PlaneLayout& p = layout.planes[static_cast<std::size_t>(plane)];
    x = std::clamp(x, 0, static_cast<int>(p.width) - 1);
    y = std::clamp(y, 0, static_cast<int>(p.height) - 1);
    const std::byte* row =
        slot + p.offset_bytes + std::size_t{p.stride_bytes} * static_cast<std::size_t>(y);
    if (format.sample_bytes() == 1) return std::to_integer<int>(row[x]);
    std::uint16_t value = 0;
    std::memcpy(&value, row + 2 * static_cast<std::size_t>(x), 2);
    return value;
}

/// What of a picture counts at a position.
struct Filter {
    Sampling sampling = Sampling::bilinear;
    double half_x = 1;  ///< bilinear, smooth: of the triangle
    double half_y = 1;

    /// Of sample `k` at plane position `p`.
    double weight(int k, double p, double half) const {
        const double d = std::abs(k + 0.5 - p);
        if (sampling == Sampling::nearest) return k == std::floor(p) ? 1 : 0;
        if (sampling != Sampling::bicubic) return std::max(0.0, 1 - d / half);
        if (d < 1) return 1.5 * d * d * d - 2.5 * d * d + 1;
        return d < 2 ? -0.5 * d * d * d + 2.5 * d * d - 4 * d + 2 : 0;
    }
    double reach(double half) const { return std::max(half, 2.0); }

    /// So near the boundary between two samples that rounding decides.
    bool is_unsure(double p) const {
        return sampling == Sampling::nearest && std::abs(p - std::round(p)) < 1e-3;
    }
};

double filtered(const std::byte* slot, const SlotLayout& layout, const PixelFormat& format,
                int plane, double px, double py, const Filter& filter) {
    double sum = 0;
    double total = 0;
    const double reach_x = filter.reach(filter.half_x);
    const double reach_y = filter.reach(filter.half_y);
    for (int k = static_cast<int>(std::floor(px - reach_x)) - 1; k <= px + reach_x + 1; ++k) {
        const double wx = filter.weight(k, px, filter.half_x);
        if (wx == 0) continue;
        for (int l = static_cast<int>(std::floor(py - reach_y)) - 1; l <= py + reach_y + 1; ++l) {
            const double wy = filter.weight(l, py, filter.half_y);
            if (wy == 0) continue;
            sum += wx * wy * code_at(slot, layout, format, plane, k, l);
            total += wx * wy;
        }
    }
    return sum / total;
}

/// Half a level sample inside, on a side that is really cropped.
double inside_crop(double position, double low, double high, double size, int level) {
    const double half = std::pow(2.0, level) / 2;
    const double from = low != 0 ? low + half : -1e9;
    const double to = high != size ? high - half : 1e9;
    if (from > to) return (low + high) / 2;
    return std::clamp(position, from, to);
}

/// A canvas at one level, exactly.
struct Image {
    int width = 0;
    int height = 0;
    std::vector<Pixel> pixels;

    const Pixel& at(int x, int y) const {
        x = std::clamp(x, 0, width - 1);
        y = std::clamp(y, 0, height - 1);
        return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(x)];
    }
};

/// Means of pairs, an odd last one with itself.
Image halved(const Image& from, int step_x, int step_y) {
    Image to{(from.width + step_x - 1) / step_x, (from.height + step_y - 1) / step_y, {}};
    for (int y = 0; y < to.height; ++y)
        for (int x = 0; x < to.width; ++x)
            to.pixels.push_back(mean(from.at(x * step_x, y * step_y),
                                     from.at(x * step_x + step_x - 1, y * step_y + step_y - 1)));
    return to;
}

class Drawing {
  public:
    Drawing(const DrawList& list, const ColorDescription& color, const SlotBytes& slot_bytes)
        : list_(list), color_(color), light_(encoding_of(color).transfer), slot_bytes_(slot_bytes) {
        for (const DrawCanvas& canvas : list.canvases) {
            Image image{static_cast<int>(canvas.width), static_cast<int>(canvas.height), {}};
            for (int y = 0; y < image.height; ++y)
                for (int x = 0; x < image.width; ++x)
                    image.pixels.push_back(
                        group_at(canvas.groups, canvas.groups.size() - 1, x + 0.5, y + 0.5));
            canvases_.push_back(std::move(image));
        }
    }

    Pixel main_at(double x, double y) const {
        return group_at(list_.groups, list_.groups.size() - 1, x, y);
    }

  private:
    Pixel group_at(const std::vector<DrawGroup>& groups, std::size_t index, double x,
                   double y) const {
        const DrawGroup& group = groups[index];
        const bool is_linear = group.light != Light::codes;
        Pixel below = solid(group.background);
        if (is_linear) below = to_light(below, light_);
        for (const DrawLayer& layer : group.layers) {
            const double determinant = layer.matrix.determinant();
            if (determinant == 0) continue;
            const Matrix& m = layer.matrix;
            const double sx = (m.yy * (x - m.tx) - m.xy * (y - m.ty)) / determinant;
            const double sy = (m.xx * (y - m.ty) - m.yx * (x - m.tx)) / determinant;
            double weight =
                layer.kind == LayerKind::mix ? 1 : coverage(layer, sx, sy) * layer.opacity;
            if (weight != 0 && !layer.masks.empty()) weight *= mask_value(layer, x, y);
            if (weight == 0) {
                if (is_stencil(layer.blend)) below = {};
                continue;
            }
            if (layer.kind == LayerKind::adjustment) {
                Pixel codes = is_linear ? from_light(below, light_) : below;
                codes = changed(layer, codes);
                below = sum(below, 1 - weight, is_linear ? to_light(codes, light_) : codes, weight);
                continue;
            }
            Pixel source = changed(layer, source_at(groups, layer, sx, sy, x, y));
            const bool is_as_it_is =
                layer.kind == LayerKind::mix ||
                (layer.kind == LayerKind::group && groups[layer.group].light == Light::linear_part);
            if (is_linear && !is_as_it_is) source = to_light(source, light_);
            below = layer.blend == BlendMode::normal ? over(source, below, weight)
                                                     : blended(layer, source, below, weight, x, y);
        }
        return group.light == Light::linear ? from_light(below, light_) : below;
    }

    static Pixel blended(const DrawLayer& layer, const Pixel& s, const Pixel& b, double weight,
                         double x, double y) {
        const double dice =
            reference::dissolve_dice(x, y, layer.dissolve.frame, layer.dissolve.track);
        const reference::Layered out = reference::layered(
            static_cast<reference::Blend>(layer.blend), {{b.r, b.g, b.b}, b.a, b.unsure},
            {{s.r, s.g, s.b}, s.a, s.unsure}, weight, dice);
        return {out.c[0], out.c[1], out.c[2], out.a, out.unsure};
    }

    static double edge(double distance, EdgeRule rule) {
        if (rule == EdgeRule::none) return 1;
        if (rule == EdgeRule::seam) return distance > -0.5 ? 1 : 0;
        return std::clamp(distance + 0.5, 0.0, 1.0);
    }

    static double coverage(const DrawLayer& layer, double x, double y) {
        const Matrix& m = layer.matrix;
        const double per_x = std::abs(m.determinant()) / std::hypot(m.xy, m.yy);
        const double per_y = std::abs(m.determinant()) / std::hypot(m.xx, m.yx);
        const double left = edge((x - layer.rect.left) * per_x, layer.edges[0]);
        const double top = edge((y - layer.rect.top) * per_y, layer.edges[1]);
        const double right = edge((layer.rect.right - x) * per_x, layer.edges[2]);
        const double bottom = edge((layer.rect.bottom - y) * per_y, layer.edges[3]);
        return std::max(0.0, left + right - 1) * std::max(0.0, top + bottom - 1);
    }

    Pixel source_at(const std::vector<DrawGroup>& groups, const DrawLayer& layer, double sx,
                    double sy, double x, double y) const {
        switch (layer.kind) {
            case LayerKind::frame:
                return shown(frame_at(layer, sx, sy), layer.frame.color);
            case LayerKind::solid:
                return solid(layer.solid);
            case LayerKind::canvas:
                return canvas_at(layer, sx, sy);
            case LayerKind::mix: {
                const double weight = mix_weight(layer, sx, sy);
                return sum(group_at(groups, layer.group, x, y), 1 - weight,
                           group_at(groups, layer.mix.second, x, y), weight);
            }
            case LayerKind::group:
            case LayerKind::adjustment:
                break;
        }
        return group_at(groups, layer.group, x, y);
    }

    static double mix_weight(const DrawLayer& layer, double x, double y) {
        const Mix& mix = layer.mix;
        const Rect& r = layer.rect;
        const Matrix& m = layer.matrix;
        const double width = r.right - r.left;
        const double height = r.bottom - r.top;
        const double determinant = std::abs(m.determinant());
        // Lengths of the gradients of source x and y over output positions.
        const double per_x = std::hypot(m.yy, m.xy) / determinant;
        const double per_y = std::hypot(m.xx, m.yx) / determinant;
        double q = 0;
        double pixel = 0;
        switch (mix.kind) {
            case MixKind::dissolve:
                return mix.progress;
            case MixKind::wipe_left:
            case MixKind::wipe_right:
                q = (x - r.left) / width;
                pixel = per_x / width;
                break;
            case MixKind::wipe_up:
            case MixKind::wipe_down:
                q = (y - r.top) / height;
                pixel = per_y / height;
                break;
            case MixKind::iris: {
                const double half = std::hypot(width, height) / 2;
                q = std::hypot(x - r.left - width / 2, y - r.top - height / 2) / half;
                pixel = 1 / std::sqrt(determinant) / half;
                break;
            }
        }
        if (mix.kind == MixKind::wipe_left || mix.kind == MixKind::wipe_up) q = 1 - q;
        return std::clamp((mix.progress * (1 + mix.softness) - q) / std::max(mix.softness, pixel),
                          0.0, 1.0);
    }

    Pixel canvas_at(const DrawLayer& layer, double sx, double sy) const {
        const DrawCanvas& canvas = list_.canvases[layer.canvas];
        const Image& image = level_of(layer.canvas, layer.level);
        const double x =
            inside_crop(sx, layer.rect.left, layer.rect.right, canvas.width, layer.level.x) /
            std::pow(2.0, layer.level.x);
        const double y =
            inside_crop(sy, layer.rect.top, layer.rect.bottom, canvas.height, layer.level.y) /
            std::pow(2.0, layer.level.y);
        const Filter filter = filter_of(layer, layer.level);
        const double reach_x = filter.reach(filter.half_x);
        const double reach_y = filter.reach(filter.half_y);
        Pixel total;
        double weights = 0;
        for (int k = static_cast<int>(std::floor(x - reach_x)) - 1; k <= x + reach_x + 1; ++k) {
            const double wx = filter.weight(k, x, filter.half_x);
            for (int l = static_cast<int>(std::floor(y - reach_y)) - 1; l <= y + reach_y + 1; ++l) {
                const double w = wx * filter.weight(l, y, filter.half_y);
                if (w != 0) total = sum(total, 1, image.at(k, l), w);
                weights += w;
            }
        }
        Pixel mean = sum(total, 1 / weights, {}, 0);
        mean.a = std::clamp(mean.a, 0.0, 1.0);
        mean.unsure = mean.unsure || filter.is_unsure(x) || filter.is_unsure(y);
        return mean;
    }

    const Image& level_of(std::uint32_t canvas, Level level) const {
        if (level == Level{}) return canvases_[canvas];
        const auto [found, is_new] = levels_.try_emplace({canvas, level});
        if (is_new) {
            Image image = canvases_[canvas];
            for (int i = 0; i < level.x; ++i) image = halved(image, 2, 1);
            for (int j = 0; j < level.y; ++j) image = halved(image, 1, 2);
            found->second = std::move(image);
        }
        return found->second;
    }

    static Filter filter_of(const DrawLayer& layer, Level level) {
        if (layer.sampling != Sampling::smooth) return {layer.sampling};
        const Matrix& m = layer.matrix;
        return {layer.sampling,
                std::max(1.0, 1 / (std::hypot(m.xx, m.yx) * std::pow(2.0, level.x))),
                std::max(1.0, 1 / (std::hypot(m.xy, m.yy) * std::pow(2.0, level.y)))};
    }

    Pixel frame_at(const DrawLayer& layer, double sx, double sy) const {
        const FrameSource& f = layer.frame;
        const SlotLayout layout = slot_layout(f.format, f.width, f.height, f.level).value();
        const std::byte* slot = slot_bytes_(f);
        const double x = inside_crop(sx, layer.rect.left, layer.rect.right, f.width, f.level.x);
        const double y = inside_crop(sy, layer.rect.top, layer.rect.bottom, f.height, f.level.y);
        const Filter filter = filter_of(layer, f.level);
        bool unsure = false;
        const auto component = [&](int plane) {
            const bool chroma = f.format.is_chroma_plane(plane);
            const double shift_x = chroma ? std::pow(2.0, f.format.chroma_shift_x) : 1;
            const double shift_y = chroma ? std::pow(2.0, f.format.chroma_shift_y) : 1;
            double px = x / shift_x;
            double py = y / shift_y;
            // Sample 0 sits on luma sample 0, whose centre is at 1/2: move it to the plane's 1/2.
            if (f.color.siting != ChromaSiting::center) px += 0.5 - 0.5 / shift_x;
            if (f.color.siting == ChromaSiting::top_left) py += 0.5 - 0.5 / shift_y;
            px /= std::pow(2.0, f.level.x);
            py /= std::pow(2.0, f.level.y);
            unsure = unsure || filter.is_unsure(px) || filter.is_unsure(py);
            const double code = filtered(slot, layout, f.format, plane, px, py, filter);
            const Scale scale = scale_of(f.format, f.color.range, plane);
            return (code - scale.zero) / (scale.one - scale.zero);
        };
        Pixel out;
        out.a = 1;
        if (f.format.has_alpha) {
            const int plane = f.format.plane_count() - 1;
            out.a = filtered(slot, layout, f.format, plane, x / std::pow(2.0, f.level.x),
                             y / std::pow(2.0, f.level.y), filter) /
                    (std::pow(2.0, f.format.bit_depth) - 1);
            out.a = std::clamp(out.a, 0.0, 1.0);
        }
        switch (f.format.model) {
            case ColorModel::gray:
                out.r = out.g = out.b = component(0);
                break;
            case ColorModel::rgb:
                out.r = component(0);
                out.g = component(1);
                out.b = component(2);
                break;
            case ColorModel::yuv: {
                const auto [kr, kb] = weights_of(f.color.matrix);
                const double luma = component(0);
                out.r = luma + 2 * (1 - kr) * component(2);
                out.b = luma + 2 * (1 - kb) * component(1);
                out.g = (luma - kr * out.r - kb * out.b) / (1 - kr - kb);
                break;
            }
        }
        out.unsure = unsure;
        return out;
    }

    /// From what a frame or the project means to what the output means.
    Pixel shown(const Pixel& p, const ColorDescription& meant) const {
        if (is_same(meant, color_)) return p;
        return changed(p, [&](const reference::Straight& c) {
            return converted(c, encoding_of(meant), encoding_of(color_));
        });
    }

    Pixel solid(const Color& c) const {
        return shown(premultiplied(c), {.primaries = ColorPrimaries::bt709,
                                        .transfer = ColorTransfer::srgb});
    }

    const DrawList& list_;
    const ColorDescription& color_;  ///< of the output
    const reference::Transfer light_;
    const SlotBytes& slot_bytes_;
    std::vector<Image> canvases_;
    mutable std::map<std::pair<std::uint32_t, Level>, Image> levels_;
};

double output_component(Pixel p, const OutputFormat& output, int plane) {
    if (output.format.has_alpha) {
        if (plane == output.format.plane_count() - 1) return p.a;
        p = p.a > 1e-6 ? sum(p, 1 / p.a, {}, 0) : Pixel{};
    }
    if (output.format.model == ColorModel::rgb) return plane == 0 ? p.r : plane == 1 ? p.g : p.b;
    const auto [kr, kb] = weights_of(output.color.matrix);
    const double luma = kr * p.r + (1 - kr - kb) * p.g + kb * p.b;
    if (plane == 0) return luma;
    return plane == 1 ? (p.b - luma) / (2 * (1 - kb)) : (p.r - luma) / (2 * (1 - kr));
}

}  // namespace

std::vector<ReferencePlane> draw_reference(const DrawList& list, const OutputFormat& output,
                                           const SlotBytes& slot_bytes) {
    const Drawing drawing(list, output.color, slot_bytes);
    std::vector<ReferencePlane> planes;
    for (int p = 0; p < output.format.plane_count(); ++p) {
        const bool is_alpha = p >= output.format.color_plane_count();
        const bool chroma = output.format.is_chroma_plane(p);
        const int shift_x = chroma ? output.format.chroma_shift_x : 0;
        const int shift_y = chroma ? output.format.chroma_shift_y : 0;
        const double step_x = std::pow(2.0, shift_x);
        const double step_y = std::pow(2.0, shift_y);
        const bool left = output.color.siting != ChromaSiting::center;
        const bool top = output.color.siting == ChromaSiting::top_left;
        const ColorRange range = is_alpha ? ColorRange::full : output.color.range;
        const Scale scale = scale_of(output.format, range, p);
        ReferencePlane plane{reelpool::halved(output.width, shift_x),
                             reelpool::halved(output.height, shift_y),
                             {},
                             {}};
        for (std::uint32_t l = 0; l < plane.height; ++l)
            for (std::uint32_t k = 0; k < plane.width; ++k) {
                const double x = left ? k * step_x + 0.5 : (k + 0.5) * step_x;
                const double y = top ? l * step_y + 0.5 : (l + 0.5) * step_y;
                const Pixel pixel = drawing.main_at(x, y);
                // Where there is next to nothing, its straight colour may be anything.
                const bool is_faint = output.format.has_alpha && !is_alpha && pixel.a < 0.02;
                plane.unsure.push_back(pixel.unsure || is_faint);
                plane.codes.push_back(scale.zero + (scale.one - scale.zero) *
                                                       output_component(pixel, output, p));
            }
        planes.push_back(std::move(plane));
    }
    return planes;
}

int rounded(double code, int bit_depth) {
    return static_cast<int>(std::clamp(std::floor(code + 0.5), 0.0, std::pow(2.0, bit_depth) - 1));
}

}  // namespace reelpool::testing
