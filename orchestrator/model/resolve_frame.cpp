#include <algorithm>
#include <cmath>
#include <map>

#include "ipc/frame/canvas_layout.hpp"
#include "orchestrator/model/edge_rules.hpp"
#include "orchestrator/model/effects.hpp"
#include "orchestrator/model/masks.hpp"
#include "orchestrator/model/resolved_project.hpp"
#include "orchestrator/model/transition.hpp"
#include "orchestrator/model/visibility.hpp"

namespace reelpool::model {
namespace {

/// Groups that belong together: of the output, or of one canvas.
struct Sheet {
    std::vector<DrawGroup> groups;
    std::vector<std::vector<std::uint64_t>> appearances;  ///< by group, of all its layers
};

/// A comp being drawn: where, when, and how its parents move it.
struct CompView {
    Sheet& sheet;  ///< what it is drawn on
    std::uint32_t comp = 0;
    Time time;
    Matrix to_output = {};
    Rect visible;                  ///< pixels outside of it show nothing of the comp
    bool scale_moves = false;      ///< a parent's scale has anim keys
    std::uint64_t appearance = 0;  ///< of the clip that shows it
};

/// The appearance of a clip in a comp that appears so.
std::uint64_t appearance_of(std::uint64_t comp, std::uint64_t track, std::uint64_t clip) {
    // The finaliser of MurmurHash3, after each part.
    std::uint64_t mixed = comp;
    for (const std::uint64_t part : {track + 1, clip + 1}) {
        mixed = (mixed ^ part) * 0x9e3779b97f4a7c15ULL;
        mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdULL;
        mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53ULL;
        mixed ^= mixed >> 33;
    }
    return mixed;
}

struct GroupResult {
    std::uint32_t group = 0;
    bool is_opaque = false;  ///< all over the view's visible part
};

/// A clip that is active and not invisible by itself, or invisible but in the way of others.
struct ActiveLayer {
    const ResolvedClip* clip = nullptr;
    std::uint32_t track = 0;     ///< in the file's list
    bool shows_nothing = false;  ///< a stencil's: nothing below it shows either
    bool leaves = false;         ///< the transition of the next one leads from it
    double progress = -1;        ///< of its own transition; else below 0
    Time local = 0;
    Time source_time = 0;
    double opacity = 1;
    Matrix to_comp = {};
    Matrix to_output = {};
    std::uint64_t appearance = 0;
};

class FrameResolver {
  public:
    FrameResolver(const ResolvedProject& project, ResolvedFrame& frame)
        : project_(project), list_(frame.list), appearances_(frame.appearances) {}

    void run(const Time& time) {
        const Comp& main = project_.project.comps[project_.project.main];
        const OutputGeometry& output = project_.output;
        Sheet sheet;
        const CompView view{.sheet = sheet,
                            .comp = project_.project.main,
                            .time = time,
                            .to_output = {.xx = double(output.width) / main.width,
                                          .yy = double(output.height) / main.height},
                            .visible = {0, 0, double(output.width), double(output.height)}};
        const bool is_drawn =
            main.is_rasterized ? show_rasterized(view) : draw_comp(view).has_value();
        if (!is_drawn) add_group(sheet, {.layers = {}, .comp = project_.project.main}, {});
        list_.groups = std::move(sheet.groups);
        for (std::size_t i = 0; i < canvases_.size(); ++i) {
            list_.canvases[i].levels = with_ways(canvases_[i].levels);
            add_appearances(list_.canvases[i].groups, canvases_[i].appearances);
        }
        add_appearances(list_.groups, sheet.appearances);
    }

  private:
    /// Appends the comp's group after the groups inside it; nothing when it shows nothing.
    std::optional<GroupResult> draw_comp(const CompView& view) {
        const Comp& comp = project_.project.comps[view.comp];
        const std::vector<ActiveLayer> active = active_layers(view);
        const auto rules = rules_of(active, project_.comps[view.comp].canvas);
        DrawGroup group{.background = comp.background, .layers = {}, .comp = view.comp};
        if (comp.is_linear) group.light = Light::linear;
        bool is_opaque_group = comp.background.a >= 1;
        bool is_cut_out = false;
        std::vector<std::uint64_t> appearances;
        // Top to bottom: what lies under an opaque layer is not even looked at.
        for (std::size_t i = active.size(); i-- > 0;) {
            bool hides_all_below = false;
            const BlendMode blend = active[i].clip->clip->blend;
            std::optional<DrawLayer> layer;
            if (active[i].progress >= 0) {
                const bool is_pair = i > 0 && active[i - 1].leaves;
                const Side coming{&active[i], rules[i]};
                const Side leaving{is_pair ? &active[i - 1] : nullptr, rules[is_pair ? i - 1 : i]};
                layer = draw_transition(view, leaving, coming, hides_all_below, blend);
                if (is_pair) --i;
            } else {
                layer = draw_layer(view, active[i], rules[i], hides_all_below, blend);
            }
            if (layer) {
                is_cut_out |= is_stencil(blend) || is_silhouette(blend);
                group.layers.push_back(std::move(*layer));
                appearances.push_back(active[i].appearance);
            } else if (is_stencil(blend)) {
                group.background = {0, 0, 0, 0};
                is_cut_out = true;
                break;
            }
            if (hides_all_below) {
                is_opaque_group = true;
                break;
            }
        }
        is_opaque_group = is_opaque_group && !is_cut_out;
        if (group.background.a <= 0) {
            // Adjustments of nothing.
            while (!group.layers.empty() && group.layers.back().kind == LayerKind::adjustment) {
                group.layers.pop_back();
                appearances.pop_back();
            }
            if (group.layers.empty()) return std::nullopt;
        }
        std::reverse(group.layers.begin(), group.layers.end());
        std::reverse(appearances.begin(), appearances.end());
        add_group(view.sheet, std::move(group), std::move(appearances));
        return GroupResult{.group = static_cast<std::uint32_t>(view.sheet.groups.size() - 1),
                           .is_opaque = is_opaque_group};
    }

    static void add_group(Sheet& sheet, DrawGroup group, std::vector<std::uint64_t> appearances) {
        sheet.groups.push_back(std::move(group));
        sheet.appearances.push_back(std::move(appearances));
    }

    void add_appearances(const std::vector<DrawGroup>& groups,
                         const std::vector<std::vector<std::uint64_t>>& by_group) {
        for (std::size_t g = 0; g < groups.size(); ++g)
            for (std::size_t i = 0; i < groups[g].layers.size(); ++i)
                if (groups[g].layers[i].kind == LayerKind::frame)
                    appearances_.push_back(by_group[g][i]);
    }

    /// The main comp as a picture of itself.
    bool show_rasterized(const CompView& view) {
        const auto canvas = draw_canvas(view.comp, view.time, view.appearance);
        if (!canvas) return false;
        DrawLayer layer;
        layer.matrix = view.to_output;
        layer.rect = {0, 0, double(list_.canvases[*canvas].width),
                      double(list_.canvases[*canvas].height)};
        layer.edges.fill(EdgeRule::none);
        show_canvas(*canvas, layer);
        add_group(view.sheet, {.layers = {layer}, .comp = view.comp}, {view.appearance});
        return true;
    }

    /// The comp at this time on its own canvas: drawn when it is first asked for, the same one from
    /// then on. Nothing when it shows nothing. `appearance` is of the clip that asks first.
    std::optional<std::uint32_t> draw_canvas(std::uint32_t comp_index, const Time& time,
                                             std::uint64_t appearance) {
        const auto known = canvas_at_.find({comp_index, time});
        if (known != canvas_at_.end()) return known->second;
        const Comp& comp = project_.project.comps[comp_index];
        Sheet sheet;
        const auto drawn = draw_comp({.sheet = sheet,
                                      .comp = comp_index,
                                      .time = time,
                                      .visible = {0, 0, double(comp.width), double(comp.height)},
                                      .appearance = appearance});
        std::optional<std::uint32_t> index;
        if (drawn) {
            index = static_cast<std::uint32_t>(list_.canvases.size());
            DrawCanvas canvas;
            canvas.width = comp.width;
            canvas.height = comp.height;
            canvas.has_alpha = !drawn->is_opaque;
            canvas.groups = std::move(sheet.groups);
            list_.canvases.push_back(std::move(canvas));
            canvases_.push_back({{}, std::move(sheet.appearances)});
        }
        canvas_at_.emplace(std::pair(comp_index, time), index);
        return index;
    }

    /// Some effects see the full picture, and there is no smooth way from it to a small one.
    static void set_sampling(DrawLayer& layer, Sampling sampling) {
        const bool is_full = sampling == Sampling::smooth && need_full_level(layer.effects);
        layer.sampling = is_full ? Sampling::bilinear : sampling;
    }
    static Level level_of(const DrawLayer& layer) {
        return need_full_level(layer.effects) ? Level{}
                                              : level_for(layer.matrix, layer.sampling);
    }

    /// Makes `layer`, placed already, show a canvas.
    void show_canvas(std::uint32_t canvas, DrawLayer& layer) {
        layer.kind = LayerKind::canvas;
        layer.canvas = canvas;
        layer.level = level_of(layer);
        canvases_[canvas].levels.push_back(layer.level);
    }

    std::vector<ActiveLayer> active_layers(const CompView& view) const {
        const ResolvedComp& comp = project_.comps[view.comp];
        std::vector<ActiveLayer> active;
        for (const ResolvedTrack& track : comp.tracks)
            if (!track.track->is_matte) add_track(view, track, active);
        return active;
    }

    /// Adds the one layer of a track, or both of its transition.
    void add_track(const CompView& view, const ResolvedTrack& track,
                   std::vector<ActiveLayer>& active) const {
        const ResolvedClip* clip = track.clip_at(view.time);
        if (clip == nullptr) return;
        const auto& transition = clip->clip->transition;
        const bool is_alone = !transition || !(view.time < clip->start + transition->duration);
        if (is_alone) {
            add_active(view, track, {.clip = clip}, {0, 0}, active);
            return;
        }
        const ResolvedClip* before = track.clip_before(*clip, view.time);
        const Rational passed = (view.time - clip->start) / transition->duration;
        const double progress = std::clamp(passed.to_double(), 0.0, 1.0);
        const Offsets offsets = offsets_of(transition->kind, progress);
        if (before != nullptr)
            add_active(view, track, {.clip = before, .leaves = true}, offsets.leaving, active);
        add_active(view, track, {.clip = clip, .progress = progress}, offsets.coming, active);
    }

    /// Adds a layer, moved by shares of the comp's size, unless it is nowhere and not needed.
    void add_active(const CompView& view, const ResolvedTrack& track, ActiveLayer layer,
                    const Value& moved, std::vector<ActiveLayer>& active) const {
        const Extent& canvas = project_.comps[view.comp].canvas;
        layer.track = track.index;
        layer.appearance =
            appearance_of(view.appearance, track.index,
                          static_cast<std::uint64_t>(layer.clip - track.clips.data()));
        layer.shows_nothing = !place(view, track, layer);
        const bool is_needed =
            layer.leaves || layer.progress >= 0 || is_stencil(layer.clip->clip->blend);
        if (layer.shows_nothing && !is_needed) return;
        if (moved != Value{0, 0}) {
            layer.to_comp = Matrix{.tx = moved[0] * canvas.width, .ty = moved[1] * canvas.height} *
                            layer.to_comp;
            layer.to_output = view.to_output * layer.to_comp;
        }
        active.push_back(std::move(layer));
    }

    /// Fills in when and where; false where that is nowhere.
    bool place(const CompView& view, const ResolvedTrack& track, ActiveLayer& layer) const {
        const ResolvedClip* clip = layer.clip;
        Time local = view.time - clip->start;
        if (!local.is_valid()) local = Time(0);
        layer.opacity = std::clamp(clip->opacity(local) * track.track->opacity, 0.0, 1.0);
        if (!(layer.opacity > 0)) return false;
        layer.local = local;
        layer.to_comp = clip->matrix(local, project_.comps[view.comp].canvas);
        layer.to_output = view.to_output * layer.to_comp;
        if (is_singular(layer.to_output, clip->rect)) return false;
        if (clip->clip->kind == SourceKind::media || clip->clip->kind == SourceKind::comp)
            layer.source_time = clip->source_time(local);
        return clip->clip->kind != SourceKind::comp || is_inside(layer);
    }

    /// Whether a nested comp has a picture at this time.
    bool is_inside(const ActiveLayer& layer) const {
        return layer.source_time >= Time(0) &&
               layer.source_time < project_.comps[layer.clip->clip->source].duration;
    }

    static bool is_adjustment(const ActiveLayer& layer) {
        return layer.clip->clip->kind == SourceKind::adjustment;
    }

    /// Adjustments show nothing that could lie beside another layer; of their edges only those on
    /// the canvas's have no coverage of their own.
    static std::vector<std::array<EdgeRule, 4>> rules_of(const std::vector<ActiveLayer>& active,
                                                         const Extent& canvas) {
        auto rules = edge_rules(outlines(active), canvas);
        for (std::size_t i = 0; i < active.size(); ++i)
            if (is_adjustment(active[i]) && !active[i].shows_nothing)
                rules[i] = edge_rules({{corners_of(active[i].clip->rect, active[i].to_comp)}},
                                      canvas)
                               .front();
        return rules;
    }

    static std::vector<LayerOutline> outlines(const std::vector<ActiveLayer>& active) {
        std::vector<LayerOutline> outlines;
        // A point has no edge that could coincide with another's.
        for (const ActiveLayer& layer : active)
            outlines.push_back(layer.shows_nothing || is_adjustment(layer)
                                   ? LayerOutline{}
                                   : LayerOutline{corners_of(layer.clip->rect, layer.to_comp),
                                                  !layer.clip->clip->masks.empty() ||
                                                      layer.clip->clip->matte.has_value()});
        return outlines;
    }

    std::optional<DrawLayer> draw_layer(const CompView& view, const ActiveLayer& active,
                                        const std::array<EdgeRule, 4>& edges, bool& hides_all_below,
                                        BlendMode blend) {
        if (active.shows_nothing) return std::nullopt;
        if (active.clip->clip->matte) return draw_matted(view, active, edges, blend);
        return draw_bare(view, active, edges, hides_all_below, blend);
    }

    /// What the rest of the list holds, to go back to.
    struct Mark {
        std::size_t groups = 0;
        std::size_t canvases = 0;
    };
    Mark mark(const Sheet& sheet) const { return {sheet.groups.size(), canvases_.size()}; }

    /// Takes back what was drawn since then.
    void go_back(Sheet& sheet, const Mark& to) {
        sheet.groups.resize(to.groups);
        sheet.appearances.resize(to.groups);
        list_.canvases.resize(to.canvases);
        canvases_.resize(to.canvases);
        std::erase_if(canvas_at_, [&to](const auto& known) {
            return known.second && *known.second >= to.canvases;
        });
    }

    /// A group of the layer and its matte, which cuts it out as a stencil or silhouette does.
    std::optional<DrawLayer> draw_matted(const CompView& view, const ActiveLayer& active,
                                         const std::array<EdgeRule, 4>& edges, BlendMode blend) {
        const Matte& matte = *active.clip->clip->matte;
        const std::vector<ActiveLayer> mattes = mattes_of(view, active);
        const bool is_empty = std::all_of(mattes.begin(), mattes.end(), [](const ActiveLayer& one) {
            return one.shows_nothing && one.progress < 0;
        });
        bool hides_all_below = false;
        if (is_empty) {
            if (!matte.is_inverted) return std::nullopt;
            return draw_bare(view, active, edges, hides_all_below, blend);
        }
        const Mark before = mark(view.sheet);
        auto shown = draw_bare(view, active, edges, hides_all_below, BlendMode::normal);
        if (!shown) return std::nullopt;
        const BlendMode cuts = matte.is_inverted ? (matte.uses_luma ? BlendMode::silhouette_luma
                                                                    : BlendMode::silhouette_alpha)
                                                 : (matte.uses_luma ? BlendMode::stencil_luma
                                                                    : BlendMode::stencil_alpha);
        auto cut = draw_matte(view, active, mattes, cuts);
        if (!cut && !matte.is_inverted) {
            go_back(view.sheet, before);
            return std::nullopt;
        }
        if (!cut) {
            shown->blend = blend;
            if (blend == BlendMode::dissolve)
                shown->dissolve = {active.track, frame_number(view)};
            return shown;
        }
        DrawnSide both;
        both.layers = {std::move(*shown), std::move(*cut)};
        both.appearances = {active.appearance, mattes.back().appearance};
        DrawLayer layer;
        layer.kind = LayerKind::group;
        layer.group = add_side(view, std::move(both));
        layer.blend = blend;
        if (blend == BlendMode::dissolve) layer.dissolve = {active.track, frame_number(view)};
        layer.matrix = view.to_output;
        const Extent& canvas = project_.comps[view.comp].canvas;
        layer.rect = {0, 0, canvas.width, canvas.height};
        layer.edges.fill(EdgeRule::none);
        return layer;
    }

    /// What is active on the track that is the layer's matte; its appearance is one of the layer's.
    std::vector<ActiveLayer> mattes_of(const CompView& view, const ActiveLayer& active) const {
        std::vector<ActiveLayer> mattes;
        CompView of_layer = view;
        of_layer.appearance = active.appearance;
        for (const ResolvedTrack& track : project_.comps[view.comp].tracks)
            if (track.index == active.clip->clip->matte->track_index)
                add_track(of_layer, track, mattes);
        return mattes;
    }

    std::optional<DrawLayer> draw_matte(const CompView& view, const ActiveLayer& active,
                                        const std::vector<ActiveLayer>& mattes, BlendMode cuts) {
        CompView of_layer = view;
        of_layer.appearance = active.appearance;
        const auto rules = rules_of(mattes, project_.comps[view.comp].canvas);
        const std::size_t last = mattes.size() - 1;
        bool hides_all_below = false;
        if (mattes[last].progress < 0)
            return draw_layer(of_layer, mattes[last], rules[last], hides_all_below, cuts);
        const bool is_pair = last > 0;
        return draw_transition(of_layer, {is_pair ? &mattes[last - 1] : nullptr, rules[0]},
                               {&mattes[last], rules[last]}, hides_all_below, cuts);
    }

    /// The layer without its matte.
    std::optional<DrawLayer> draw_bare(const CompView& view, const ActiveLayer& active,
                                       const std::array<EdgeRule, 4>& edges, bool& hides_all_below,
                                       BlendMode blend) {
        DrawLayer layer;
        layer.opacity = active.opacity;
        layer.blend = blend;
        if (blend == BlendMode::dissolve) layer.dissolve = {active.track, frame_number(view)};
        layer.matrix = active.to_output;
        layer.rect = active.clip->rect;
        layer.edges = edges;
        // Edges without coverage of their own reach to the canvas: at most its tolerance further.
        const Matrix& m = view.to_output;
        const double tolerance = (std::hypot(m.xx, m.yx) + std::hypot(m.xy, m.yy)) * (2.0 / 1024);
        const Rect bounds = grown(bounds_of(corners_of(layer.rect, layer.matrix)), 2 + tolerance);
        Rect visible = intersection(bounds, view.visible);
        if (!active.clip->clip->masks.empty()) {
            layer.masks = masks_at(*active.clip->clip, active.clip->shape, active.local);
            layer.mask_matrix = mask_matrix(active.clip->shape, layer.matrix);
            if (const auto shown = shown_by(layer.masks, layer.mask_matrix))
                visible = intersection(visible, grown(*shown, 1));
        }
        if (is_empty(visible)) return std::nullopt;
        layer.effects = effects_at(*active.clip->clip,
                                   project_.project.comps[view.comp].tracks[active.track],
                                   active.local);
        bool group_is_opaque = false;
        if (!fill_source(view, active, visible, layer, group_is_opaque)) return std::nullopt;
        hides_all_below = hides_below(layer.blend) && is_opaque(layer, group_is_opaque) &&
                          covers(layer, view.visible);
        return layer;
    }

    /// One of the two that a transition shows; of none it leads from nothing.
    struct Side {
        const ActiveLayer* layer = nullptr;
        std::array<EdgeRule, 4> edges{};
    };

    /// One layer for both sides, or nothing.
    std::optional<DrawLayer> draw_transition(const CompView& view, const Side& leaving,
                                             const Side& coming, bool& hides_all_below,
                                             BlendMode blend) {
        const ActiveLayer& named = *coming.layer;
        const Transition& transition = *named.clip->clip->transition;
        const Extent& canvas = project_.comps[view.comp].canvas;
        const bool dips = transition.kind == TransitionKind::dip;
        const bool goes = !dips || named.progress < 0.5;
        const std::optional<MixKind> mix = mix_of(transition.kind);
        // What has no weight anywhere is not even decoded. What slides in may reach into the comp
        // from the very start.
        const bool comes = (named.progress > 0 || !mix) && !(dips && goes);
        DrawnSide first = goes ? draw_side(view, leaving) : DrawnSide{};
        DrawnSide second = comes ? draw_side(view, coming) : DrawnSide{};
        if (dips) (goes ? second : first).background = transition.color;

        DrawLayer layer;
        layer.matrix = view.to_output;
        layer.rect = {0, 0, canvas.width, canvas.height};
        layer.edges.fill(EdgeRule::none);
        layer.blend = blend;
        if (layer.blend == BlendMode::dissolve) layer.dissolve = {named.track, frame_number(view)};
        if (!mix) {
            // One slides over the other.
            for (DrawLayer& each : second.layers) first.layers.push_back(std::move(each));
            first.appearances.insert(first.appearances.end(), second.appearances.begin(),
                                     second.appearances.end());
            if (first.layers.empty()) return std::nullopt;
            hides_all_below = (first.is_opaque || second.is_opaque) && hides_below(layer.blend);
            layer.kind = LayerKind::group;
            layer.group = add_side(view, std::move(first));
            return layer;
        }
        if (first.is_empty() && second.is_empty()) return std::nullopt;
        layer.kind = LayerKind::mix;
        layer.mix = {*mix, 0, named.progress, transition.softness};
        if (dips) layer.mix.progress = named.progress * 2 - (goes ? 0 : 1);
        hides_all_below = first.hides() && (second.hides() || layer.mix.progress <= 0) &&
                          hides_below(layer.blend);
        layer.group = add_side(view, std::move(first));
        layer.mix.second = add_side(view, std::move(second));
        return layer;
    }

    /// What becomes a group of its own.
    struct DrawnSide {
        std::vector<DrawLayer> layers;  ///< at most one, before sides are joined
        std::vector<std::uint64_t> appearances;
        Color background{0, 0, 0, 0};
        bool is_opaque = false;  ///< its layer, all over the view's visible part

        [[nodiscard]] bool is_empty() const { return layers.empty() && background.a <= 0; }
        [[nodiscard]] bool hides() const { return is_opaque || background.a >= 1; }
    };

    /// A side as it would be without the transition, with normal blending.
    DrawnSide draw_side(const CompView& view, const Side& side) {
        DrawnSide drawn;
        if (side.layer == nullptr) return drawn;
        bool hides_all_below = false;
        auto layer = draw_layer(view, *side.layer, side.edges, hides_all_below, BlendMode::normal);
        if (!layer) return drawn;
        drawn.layers.push_back(std::move(*layer));
        drawn.appearances.push_back(side.layer->appearance);
        drawn.is_opaque = hides_all_below;
        return drawn;
    }

    /// Of groups that are parts of a comp's own.
    Light part_light(const CompView& view) const {
        const bool is_linear = project_.project.comps[view.comp].is_linear;
        return is_linear ? Light::linear_part : Light::codes;
    }

    std::uint32_t add_side(const CompView& view, DrawnSide side) const {
        add_group(
            view.sheet,
            {.background = side.background,
             .light = part_light(view),
             .layers = std::move(side.layers),
             .comp = view.comp},
            std::move(side.appearances));
        return static_cast<std::uint32_t>(view.sheet.groups.size() - 1);
    }

    /// The comp's own frame at this time, modulo 2^32.
    std::uint32_t frame_number(const CompView& view) const {
        const Comp& comp = project_.project.comps[view.comp];
        const Rational frames = view.time * comp.fps;
        if (!frames.is_valid())
            return static_cast<std::uint32_t>(
                static_cast<std::int64_t>(view.time.to_double() * comp.fps.to_double()));
        return static_cast<std::uint32_t>(frames.to_integer(Rounding::floor));
    }

    /// False when the source shows nothing.
    bool fill_source(const CompView& view, const ActiveLayer& active, const Rect& visible,
                     DrawLayer& layer, bool& group_is_opaque) {
        const Clip& clip = *active.clip->clip;
        const bool scale_moves = view.scale_moves || clip.transform.scale.has_keys();
        const Sampling sampling =
            clip.sampling.value_or(scale_moves ? Sampling::smooth : Sampling::bilinear);
        switch (clip.kind) {
            case SourceKind::solid:
                layer.kind = LayerKind::solid;
                layer.solid = clip.solid;
                return clip.solid.a > 0;
            case SourceKind::adjustment:
                layer.kind = LayerKind::adjustment;
                return layer.blend == BlendMode::normal && !layer.effects.empty();
            case SourceKind::media: {
                const ResolvedMedium& medium = *project_.media[clip.source];
                layer.kind = LayerKind::frame;
                layer.frame = medium.source;
                layer.frame.frame = medium.frame_at(active.source_time);
                set_sampling(layer, sampling);
                layer.frame.level = level_of(layer);
                return true;
            }
            case SourceKind::comp: {
                if (project_.project.comps[clip.source].is_rasterized) {
                    const auto canvas =
                        draw_canvas(clip.source, active.source_time, active.appearance);
                    if (!canvas) return false;
                    set_sampling(layer, sampling);
                    show_canvas(*canvas, layer);
                    group_is_opaque = !list_.canvases[*canvas].has_alpha;
                    return true;
                }
                const auto inner = draw_comp({.sheet = view.sheet,
                                              .comp = clip.source,
                                              .time = active.source_time,
                                              .to_output = active.to_output,
                                              .visible = visible,
                                              .scale_moves = scale_moves,
                                              .appearance = active.appearance});
                if (!inner) return false;
                layer.kind = LayerKind::group;
                layer.group = inner->group;
                group_is_opaque = inner->is_opaque;
                return true;
            }
        }
        return false;
    }

    const ResolvedProject& project_;
    DrawList& list_;
    std::vector<std::uint64_t>& appearances_;
    /// What is known of a canvas besides what the list holds.
    struct CanvasUse {
        std::vector<Level> levels;                            ///< at which it is shown
        std::vector<std::vector<std::uint64_t>> appearances;  ///< as in Sheet
    };
    std::vector<CanvasUse> canvases_;  ///< as in the list
    std::map<std::pair<std::uint32_t, Time>, std::optional<std::uint32_t>> canvas_at_;
};

}  // namespace

ResolvedFrame resolve_frame(const ResolvedProject& project, OutputIndex index) {
    REELPOOL_CHECK(index.value < project.frame_count);
    ResolvedFrame frame;
    frame.list.output = index;
    FrameResolver(project, frame).run(project.output_time(index.value));
    return frame;
}

}  // namespace reelpool::model
