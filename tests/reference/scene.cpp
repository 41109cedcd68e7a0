#include "scene.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "edge_rules.hpp"
#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

constexpr int deepest_nesting = 500;

/// Clockwise on a picture whose y points down; right angles are exact.
Affine rotation_by(double degrees) {
    const double quarter = degrees / 90;
    if (quarter == std::floor(quarter)) {
        const double turns = quarter - 4 * std::floor(quarter / 4);
        if (turns == 0) return {1, 0, 0, 1, 0, 0};
        if (turns == 1) return {0, -1, 1, 0, 0, 0};
        if (turns == 2) return {-1, 0, 0, -1, 0, 0};
        return {0, 1, -1, 0, 0, 0};
    }
    const double angle = degrees * std::numbers::pi / 180;
    return {std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle), 0, 0};
}

/// The base scale of `fit` per axis.
Point fit_scale(Fit fit, double width, double height, double source_width, double source_height) {
    const double x = width / source_width;
    const double y = height / source_height;
    switch (fit) {
        case Fit::contain:
            return {std::min(x, y), std::min(x, y)};
        case Fit::cover:
            return {std::max(x, y), std::max(x, y)};
        case Fit::fill:
            return {x, y};
        case Fit::none:
            return {1, 1};
    }
    return {1, 1};
}

/// Source pixels (crop's origin not yet removed) to comp pixels.
Affine clip_matrix(const Comp& comp, const Clip& clip, const Rect& shown, const Rational& u) {
    const Fit otherwise =
        std::holds_alternative<MediaSource>(clip.source) ? Fit::contain : Fit::none;
    const Point f = fit_scale(clip.fit.value_or(otherwise), comp.width, comp.height, shown.width(),
                              shown.height());
    const Point position = clip.position ? Point{clip.position->x.at(u), clip.position->y.at(u)}
                                         : Point{comp.width / 2.0, comp.height / 2.0};
    const Affine turn = rotation_by(clip.rotation.at(u));
    const Affine scale{clip.scale.x.at(u) * f.x, 0, 0, clip.scale.y.at(u) * f.y, 0, 0};
    const Affine to_anchor{1,
                           0,
                           0,
                           1,
                           -(shown.left + clip.anchor.x.at(u) * shown.width()),
                           -(shown.top + clip.anchor.y.at(u) * shown.height())};
    Affine matrix = turn.after(scale).after(to_anchor);
    matrix.e += position.x;
    matrix.f += position.y;
    return matrix;
}

double clip_opacity(const Track& track, const Clip& clip, const Rational& u,
                    const Rational& duration) {
    double opacity = clip.opacity.at(u) * track.opacity;
    if (clip.fade_in > 0) opacity *= std::min(1.0, to_double(u / clip.fade_in));
    if (clip.fade_out > 0) opacity *= std::min(1.0, to_double((duration - u) / clip.fade_out));
    return std::clamp(opacity, 0.0, 1.0);
}

/// Where positions may lie in a picture of that size: half a level sample inside cropped sides.
Rect allowed_positions(const Affine& to_coded, double width, double height, const Rect& shown,
                       Level level) {
    constexpr double far = std::numeric_limits<double>::infinity();
    const Point a = to_coded({shown.left, shown.top});
    const Point b = to_coded({shown.right, shown.bottom});
    const Rect coded{std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.x, b.x),
                     std::max(a.y, b.y)};
    const double half_x = 0.5 * std::ldexp(1.0, level.across);
    const double half_y = 0.5 * std::ldexp(1.0, level.down);
    constexpr double nothing = 1e-9;
    Rect allowed{-far, -far, far, far};
    if (coded.left > nothing) allowed.left = coded.left + half_x;
    if (coded.top > nothing) allowed.top = coded.top + half_y;
    if (coded.right < width - nothing) allowed.right = coded.right - half_x;
    if (coded.bottom < height - nothing) allowed.bottom = coded.bottom - half_y;
    if (allowed.left > allowed.right) allowed.left = allowed.right = (coded.left + coded.right) / 2;
    if (allowed.top > allowed.bottom) allowed.top = allowed.bottom = (coded.top + coded.bottom) / 2;
    return allowed;
}

Picture picture_of(const Clip& clip, const MediaFacts& facts, FrameName frame, const Rect& shown,
                   const View& view, bool is_full) {
    const Affine from_coded = view.to_output.after(facts.coded_to_upright);
    const double cx = from_coded.column0_length();
    const double cy = from_coded.column1_length();
    Picture picture;
    picture.frame = std::move(frame);
    picture.facts = &facts;
    picture.to_coded = from_coded.inverse();
    picture.sampling = clip.sampling;
    if (picture.sampling == Sampling::automatic) {
        picture.sampling = view.scale_moves ? Sampling::smooth : Sampling::bilinear;
    }
    // Some effects see the full picture.
    if (is_full && picture.sampling == Sampling::smooth) picture.sampling = Sampling::bilinear;
    if (picture.sampling != Sampling::nearest && !is_full) picture.level = level_for(cx, cy);
    picture.half_width_x = std::max(1.0, 1 / std::ldexp(cx, picture.level.across));
    picture.half_width_y = std::max(1.0, 1 / std::ldexp(cy, picture.level.down));
    picture.inside = allowed_positions(facts.coded_to_upright.inverse(), facts.width, facts.height,
                                       shown, picture.level);
    return picture;
}

/// Whether the track is the matte of some clip.
bool is_matte(const Comp& comp, const Track& track) {
    for (const Track& other : comp.tracks)
        for (const Clip& clip : other.clips)
            if (!clip.disabled && clip.matte && clip.matte->track == track.id) return true;
    return false;
}

Point at(const AnimatedPoint& point, const Rational& u) {
    return {point.x.at(u), point.y.at(u)};
}

std::vector<MaskOutline> masks_of(const Clip& clip, double width, double height,
                                  const Rational& u) {
    std::vector<MaskOutline> outlines;
    for (const Mask& mask : clip.masks) {
        MaskOutline outline;
        if (mask.mode == "subtract") outline.mode = MaskOutline::Mode::subtract;
        if (mask.mode == "intersect") outline.mode = MaskOutline::Mode::intersect;
        outline.inverted = mask.invert;
        outline.feather = std::max(0.0, mask.feather.at(u));
        outline.expansion = mask.expansion.at(u);
        outline.opacity = std::clamp(mask.opacity.at(u), 0.0, 1.0);
        const Point centre = mask.center ? at(*mask.center, u) : Point{width / 2, height / 2};
        const Point size = mask.size ? at(*mask.size, u) : Point{width, height};
        if (mask.shape == "ellipse") {
            add_ellipse(outline.corners, centre, size.x, size.y);
        } else if (mask.shape == "rect") {
            for (const Point way : {Point{-1, -1}, Point{1, -1}, Point{1, 1}, Point{-1, 1}})
                outline.corners.push_back(
                    {centre.x + way.x * size.x / 2, centre.y + way.y * size.y / 2});
        } else {
            for (std::size_t i = 0; i < mask.vertices.size(); ++i) {
                const MaskVertex& a = mask.vertices[i];
                const MaskVertex& b = mask.vertices[(i + 1) % mask.vertices.size()];
                const Point from = at(a.point, u);
                const Point to = at(b.point, u);
                const Point out = at(a.out, u);
                const Point in = at(b.in, u);
                add_curve(outline.corners, from, {from.x + out.x, from.y + out.y},
                          {to.x + in.x, to.y + in.y}, to);
            }
        }
        outlines.push_back(std::move(outline));
    }
    return outlines;
}

/// How far a slide or push has moved a side, in comp pixels.
Point moved_by_transition(const Comp& comp, const Clip& clip, const Rational& time, bool leaves) {
    const std::string& type = clip.transition->type;
    const bool pushes = type.rfind("push-", 0) == 0;
    if (!pushes && (leaves || type.rfind("slide-", 0) != 0)) return {0, 0};
    const double p = to_double((time - clip.start) / clip.transition->duration);
    const std::string way = type.substr(type.find('-') + 1);
    const double x = way == "left" ? 1 : way == "right" ? -1 : 0;
    const double y = way == "up" ? 1 : way == "down" ? -1 : 0;
    const double share = leaves ? -p : 1 - p;
    return {x * share * comp.width, y * share * comp.height};
}

}  // namespace

Rational source_time(const Clip& clip, const Rational& comp_fps, const Rational& duration,
                     const Rational& u) {
    if (clip.remap) return clip.remap->time_at(u);
    Rational local = u;
    if (clip.reverse) {
        const Integer k0 = ceil_of(clip.start * comp_fps);
        const Integer k1 = ceil_of((clip.start + duration) * comp_fps);
        local = Rational(k0 + k1 - 1) / comp_fps - 2 * clip.start - u;
        if (local < 0) local = 0;
    }
    return clip.in + clip.speed.integral_to(local);
}

const Comp& SceneBuilder::comp_named(const std::string& id, const std::string& place) const {
    const auto found = project_->comps.find(id);
    if (found == project_->comps.end()) throw ReferenceError(place, "there is no comp " + id);
    return found->second;
}

std::optional<Rational> SceneBuilder::own_duration(const Clip& clip) {
    if (clip.duration) return clip.duration;
    if (clip.remap || clip.speed.animated()) return std::nullopt;
    const Rational speed = clip.speed.time_at(0);
    if (speed <= 0) return std::nullopt;
    std::optional<Rational> source;
    if (const auto* media = std::get_if<MediaSource>(&clip.source)) {
        source = library_->facts(media->id).duration();
    } else if (const auto* comp = std::get_if<CompSource>(&clip.source)) {
        source = comp_duration(comp_named(comp->id, clip.place));
    }
    if (!source) return std::nullopt;
    return Rational((*source - clip.in) / speed);
}

Rational SceneBuilder::comp_duration(const Comp& comp) {
    if (comp.duration) return *comp.duration;
    if (++depth_ > deepest_nesting) throw ReferenceError("comps." + comp.id, "contains itself");
    std::optional<Rational> latest;
    for (const Track& track : comp.tracks) {
        for (const Clip& clip : track.clips) {
            if (clip.disabled) continue;
            if (const auto duration = own_duration(clip)) {
                const Rational end = clip.start + *duration;
                if (!latest || end > *latest) latest = end;
            }
        }
    }
    --depth_;
    if (!latest) throw ReferenceError("comps." + comp.id, "has no duration");
    return *latest;
}

Rational SceneBuilder::clip_duration(const Comp& comp, const Clip& clip) {
    if (const auto own = own_duration(clip)) return *own;
    return comp_duration(comp) - clip.start;
}

std::pair<double, double> SceneBuilder::source_size(const Comp& comp, const Clip& clip) {
    if (const auto* media = std::get_if<MediaSource>(&clip.source)) {
        const MediaFacts& facts = library_->facts(media->id);
        return {facts.upright_width, facts.upright_height};
    }
    if (const auto* nested = std::get_if<CompSource>(&clip.source)) {
        const Comp& inner = comp_named(nested->id, clip.place);
        return {inner.width, inner.height};
    }
    if (std::holds_alternative<Adjustment>(clip.source))
        return {double(comp.width), double(comp.height)};
    const auto& solid = std::get<SolidSource>(clip.source);
    return solid.size.value_or(std::pair<double, double>(comp.width, comp.height));
}

Group SceneBuilder::main_at(const Rational& time, int width, int height) {
    const Comp& main = comp_named(project_->main, "main");
    const Affine to_output{width / double(main.width), 0, 0, height / double(main.height), 0, 0};
    const View view{.to_output = to_output, .scale_moves = false};
    if (!main.rasterized) return comp_at(main, time, view);
    Layer whole;
    whole.to_output = to_output;
    whole.to_source = to_output.inverse();
    whole.rect = {0, 0, double(main.width), double(main.height)};
    whole.edges.fill(EdgeRule::canvas);
    whole.source = raster_of(main, time, whole.rect, Sampling::automatic, view);
    Group group;
    group.layers.push_back(std::move(whole));
    return group;
}

Raster SceneBuilder::raster_of(const Comp& comp, const Rational& time, const Rect& shown,
                               Sampling sampling, const View& view) {
    Raster raster;
    // Nothing of where and how it is shown reaches its inside.
    raster.canvas =
        std::make_shared<Group>(comp_at(comp, time, {.to_output = Affine{}, .scale_moves = false}));
    raster.width = comp.width;
    raster.height = comp.height;
    raster.to_canvas = view.to_output.inverse();
    raster.sampling = sampling;
    if (sampling == Sampling::automatic) {
        raster.sampling = view.scale_moves ? Sampling::smooth : Sampling::bilinear;
    }
    const double cx = view.to_output.column0_length();
    const double cy = view.to_output.column1_length();
    if (raster.sampling != Sampling::nearest) raster.level = level_for(cx, cy);
    raster.half_width_x = std::max(1.0, 1 / std::ldexp(cx, raster.level.across));
    raster.half_width_y = std::max(1.0, 1 / std::ldexp(cy, raster.level.down));
    raster.inside = allowed_positions(Affine{}, comp.width, comp.height, shown, raster.level);
    return raster;
}

/// The matte's track by itself, as a comp without a background.
void SceneBuilder::add_matte(const Comp& comp, const Clip& clip, const Rational& time,
                             const View& view, Layer& layer) {
    Comp alone = comp;
    alone.background = {};
    alone.duration = comp_duration(comp);
    std::set<std::string> needed{clip.matte->track};
    std::size_t known = 0;
    while (known != needed.size()) {
        known = needed.size();
        for (const Track& track : comp.tracks)
            for (const Clip& each : track.clips)
                if (needed.contains(track.id) && each.matte) needed.insert(each.matte->track);
    }
    std::erase_if(alone.tracks, [&](const Track& track) { return !needed.contains(track.id); });
    for (Track& track : alone.tracks)
        for (Clip& each : track.clips)
            if (track.id == clip.matte->track) each.blend = Blend::normal;
    layer.matte = std::make_shared<Group>(comp_at(alone, time, view));
    layer.matte->stays_linear = true;
    layer.matte_luma = clip.matte->luma;
    layer.matte_inverted = clip.matte->invert;
}

Group SceneBuilder::comp_at(const Comp& comp, const Rational& time, const View& view) {
    if (++depth_ > deepest_nesting) throw ReferenceError("comps." + comp.id, "contains itself");
    Group group;
    group.linear = comp.linear;
    const Colour& c = comp.background;
    group.background = {c.r * c.a, c.g * c.a, c.b * c.a, c.a};
    struct Shown {
        Layer layer;
        Affine to_comp;
        const Clip* leads_on = nullptr;  ///< the clip whose transition it is the leaving side of
    };
    std::vector<Shown> shown;
    const auto add = [&](const Track& track, const Clip& clip, const Clip* next, Point moved) {
        Affine to_comp;
        auto layer = clip_at(comp, track, clip, time, view, moved, to_comp);
        if (!layer) return false;
        layer->blend = clip.blend;
        layer->track = static_cast<std::uint32_t>(&track - comp.tracks.data());
        layer->frame = static_cast<std::uint32_t>(floor_of(time * comp.fps));
        if (clip.matte) add_matte(comp, clip, time, view, *layer);
        shown.push_back({std::move(*layer), to_comp, next});
        return true;
    };
    // The layers of this comp, bottom to top: indices into `shown`; of transitions, their clip.
    struct Place {
        std::vector<std::size_t> sides;
        const Clip* transition = nullptr;
        const Clip* last = nullptr;
        std::uint32_t track = 0;
    };
    std::vector<Place> places;
    for (const Track& track : comp.tracks) {
        if (track.hidden || is_matte(comp, track)) continue;
        std::vector<const Clip*> active;
        for (const Clip& clip : track.clips)
            if (is_active(comp, clip, time)) active.push_back(&clip);
        std::stable_sort(active.begin(), active.end(),
                         [](const Clip* a, const Clip* b) { return a->start < b->start; });
        if (active.empty()) continue;
        const Clip* last = active.back();
        Place place{.sides = {}, .last = last};
        place.track = static_cast<std::uint32_t>(&track - comp.tracks.data());
        if (last->transition && time < last->start + last->transition->duration)
            place.transition = last;
        for (const Clip* clip : active) {
            const Point moved = place.transition != nullptr
                                    ? moved_by_transition(comp, *last, time, clip != last)
                                    : Point{0, 0};
            if (add(track, *clip, clip == last ? nullptr : last, moved))
                place.sides.push_back(shown.size() - 1);
        }
        places.push_back(std::move(place));
    }
    std::vector<PlacedLayer> placed;
    for (Shown& each : shown) placed.push_back({.layer = &each.layer, .to_comp = each.to_comp});
    apply_edge_rules(placed, comp.width, comp.height);
    for (Place& place : places) {
        const bool is_nothing = place.sides.empty();
        if (place.transition != nullptr && !(is_nothing && place.last->transition->type != "dip")) {
            Mix mix;
            mix.type = place.transition->transition->type;
            mix.progress = to_double((time - place.transition->start) /
                                     place.transition->transition->duration);
            mix.softness = place.transition->transition->softness;
            const Colour& dip = place.transition->transition->colour;
            mix.colour = {dip.r * dip.a, dip.g * dip.a, dip.b * dip.a, dip.a};
            mix.width = comp.width;
            mix.height = comp.height;
            mix.to_comp = view.to_output.inverse();
            Layer both;
            both.blend = place.last->blend;
            both.track = place.track;
            both.frame = static_cast<std::uint32_t>(floor_of(time * comp.fps));
            for (const std::size_t side : place.sides) {
                auto layer = std::make_shared<Layer>(std::move(shown[side].layer));
                (shown[side].leads_on != nullptr ? mix.leaving : mix.coming) = std::move(layer);
            }
            both.source = std::move(mix);
            group.layers.push_back(std::move(both));
        } else if (is_nothing && is_stencil(place.last->blend)) {
            // A stencil that shows nothing leaves nothing of what lies below.
            group.background = {};
            group.layers.clear();
        } else if (!is_nothing) {
            group.layers.push_back(std::move(shown[place.sides.back()].layer));
        }
    }
    --depth_;
    return group;
}

bool SceneBuilder::is_active(const Comp& comp, const Clip& clip, const Rational& time) {
    return !clip.disabled && time >= clip.start && time < clip.start + clip_duration(comp, clip);
}

std::optional<Layer> SceneBuilder::clip_at(const Comp& comp, const Track& track, const Clip& clip,
                                           const Rational& time, const View& view, Point moved,
                                           Affine& to_comp) {
    if (!is_active(comp, clip, time)) return std::nullopt;
    const Rational duration = clip_duration(comp, clip);
    const Rational u = time - clip.start;
    Layer layer;
    layer.opacity = clip_opacity(track, clip, u, duration);
    if (layer.opacity <= 0) return std::nullopt;

    const auto [width, height] = source_size(comp, clip);
    layer.rect = {clip.crop.left, clip.crop.top, width - clip.crop.right,
                  height - clip.crop.bottom};
    if (layer.rect.width() <= 0 || layer.rect.height() <= 0) return std::nullopt;
    to_comp = clip_matrix(comp, clip, layer.rect, u);
    to_comp.e += moved.x;
    to_comp.f += moved.y;
    layer.to_output = view.to_output.after(to_comp);
    const double det = layer.to_output.determinant();
    if (det == 0 || !std::isfinite(det)) return std::nullopt;
    layer.to_source = layer.to_output.inverse();

    layer.masks = masks_of(clip, width, height, u);
    for (const auto* list : {&clip.effects, &track.effects}) {
        for (const ClipEffect& from : *list) {
            Effect& effect = layer.effects.emplace_back();
            effect.name = from.name;
            for (const Curve& value : from.values) effect.values.push_back(value.at(u));
        }
    }
    const View inside{
        .to_output = layer.to_output,
        .scale_moves = view.scale_moves || clip.scale.x.animated() || clip.scale.y.animated()};
    const Rational source = source_time(clip, comp.fps, duration, u);
    if (const auto* solid = std::get_if<SolidSource>(&clip.source)) {
        const Colour& c = solid->colour;
        layer.source = Rgba{c.r * c.a, c.g * c.a, c.b * c.a, c.a};
    } else if (std::holds_alternative<Adjustment>(clip.source)) {
        layer.source = Adjustment{};
    } else if (const auto* media = std::get_if<MediaSource>(&clip.source)) {
        const MediaFacts& facts = library_->facts(media->id);
        layer.source =
            picture_of(clip, facts, {media->id, facts.frame_at(source)}, layer.rect, inside,
                       std::any_of(layer.effects.begin(), layer.effects.end(),
                                   [](const Effect& effect) {
                                       return effect.name == "threshold" ||
                                              effect.name == "posterize";
                                   }));
    } else {
        const Comp& inner = comp_named(std::get<CompSource>(clip.source).id, clip.place);
        if (source < 0 || source >= comp_duration(inner)) return std::nullopt;
        if (inner.rasterized) {
            layer.source = raster_of(inner, source, layer.rect, clip.sampling, inside);
        } else {
            layer.source = std::make_shared<Group>(comp_at(inner, source, inside));
        }
    }
    return layer;
}

void collect_frames(const Group& group, std::set<FrameName>& names) {
    for_each_layer(group, [&](const Layer& layer) {
        if (const auto* picture = std::get_if<Picture>(&layer.source)) {
            names.insert(picture->frame);
        } else if (const auto* inner = std::get_if<std::shared_ptr<Group>>(&layer.source)) {
            collect_frames(**inner, names);
        } else if (const auto* raster = std::get_if<Raster>(&layer.source)) {
            collect_frames(*raster->canvas, names);
        }
    });
}

void bind_pictures(
    Group& group, MediaLibrary& library,
    std::map<std::pair<FrameName, Level>, std::shared_ptr<const PlanarFrame>>& cache) {
    for_each_layer(group, [&](Layer& layer) {
        if (auto* picture = std::get_if<Picture>(&layer.source)) {
            auto& planes = cache[{picture->frame, picture->level}];
            if (!planes) {
                const auto whole = library.frame(picture->frame);
                planes = picture->level == Level{}
                             ? whole
                             : std::make_shared<const PlanarFrame>(halved(*whole, picture->level));
            }
            picture->planes = planes;
        } else if (auto* inner = std::get_if<std::shared_ptr<Group>>(&layer.source)) {
            bind_pictures(**inner, library, cache);
        } else if (auto* raster = std::get_if<Raster>(&layer.source)) {
            bind_pictures(*raster->canvas, library, cache);
        }
    });
}

}  // namespace reelpool::reference
