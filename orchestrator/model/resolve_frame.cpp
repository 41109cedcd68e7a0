#include <algorithm>
#include <cmath>
#include <map>

#include "ipc/frame/canvas_layout.hpp"
#include "orchestrator/model/edge_rules.hpp"
#include "orchestrator/model/resolved_project.hpp"
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
        const auto rules = edge_rules(outlines(active), project_.comps[view.comp].canvas);
        DrawGroup group{.background = comp.background, .layers = {}, .comp = view.comp};
        bool is_opaque_group = comp.background.a >= 1;
        bool is_cut_out = false;
        std::vector<std::uint64_t> appearances;
        // Top to bottom: what lies under an opaque layer is not even looked at.
        for (std::size_t i = active.size(); i-- > 0;) {
            bool hides_all_below = false;
            auto layer = draw_layer(view, active[i], rules[i], hides_all_below);
            const BlendMode blend = active[i].clip->clip->blend;
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
        if (group.layers.empty() && group.background.a <= 0) return std::nullopt;
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

    /// Makes `layer`, placed already, show a canvas.
    void show_canvas(std::uint32_t canvas, DrawLayer& layer) {
        layer.kind = LayerKind::canvas;
        layer.canvas = canvas;
        layer.level = level_for(layer.matrix);
        canvases_[canvas].levels.push_back(layer.level);
    }

    std::vector<ActiveLayer> active_layers(const CompView& view) const {
        const ResolvedComp& comp = project_.comps[view.comp];
        std::vector<ActiveLayer> active;
        for (const ResolvedTrack& track : comp.tracks) {
            const ResolvedClip* clip = track.clip_at(view.time);
            if (clip == nullptr) continue;
            ActiveLayer layer{.clip = clip, .track = track.index};
            layer.appearance = appearance_of(view.appearance, track.index,
                                             static_cast<std::uint64_t>(clip - track.clips.data()));
            layer.shows_nothing = !place(view, track, layer);
            if (!layer.shows_nothing || is_stencil(clip->clip->blend))
                active.push_back(std::move(layer));
        }
        return active;
    }

    /// Fills in when and where; false where that is nowhere.
    bool place(const CompView& view, const ResolvedTrack& track, ActiveLayer& layer) const {
        const ResolvedClip* clip = layer.clip;
        Time local = view.time - clip->start;
        if (!local.is_valid()) local = Time(0);
        layer.opacity = std::clamp(clip->opacity(local) * track.track->opacity, 0.0, 1.0);
        if (!(layer.opacity > 0)) return false;
        layer.to_comp = clip->matrix(local, project_.comps[view.comp].canvas);
        layer.to_output = view.to_output * layer.to_comp;
        if (is_singular(layer.to_output, clip->rect)) return false;
        if (clip->clip->kind != SourceKind::solid) layer.source_time = clip->source_time(local);
        return clip->clip->kind != SourceKind::comp || is_inside(layer);
    }

    /// Whether a nested comp has a picture at this time.
    bool is_inside(const ActiveLayer& layer) const {
        return layer.source_time >= Time(0) &&
               layer.source_time < project_.comps[layer.clip->clip->source].duration;
    }

    static std::vector<LayerOutline> outlines(const std::vector<ActiveLayer>& active) {
        std::vector<LayerOutline> outlines;
        // A point has no edge that could coincide with another's.
        for (const ActiveLayer& layer : active)
            outlines.push_back(layer.shows_nothing
                                   ? LayerOutline{}
                                   : LayerOutline{corners_of(layer.clip->rect, layer.to_comp)});
        return outlines;
    }

    std::optional<DrawLayer> draw_layer(const CompView& view, const ActiveLayer& active,
                                        const std::array<EdgeRule, 4>& edges,
                                        bool& hides_all_below) {
        if (active.shows_nothing) return std::nullopt;
        DrawLayer layer;
        layer.opacity = active.opacity;
        layer.blend = active.clip->clip->blend;
        if (layer.blend == BlendMode::dissolve) layer.dissolve = {active.track, frame_number(view)};
        layer.matrix = active.to_output;
        layer.rect = active.clip->rect;
        layer.edges = edges;
        // Edges without coverage of their own reach to the canvas: at most its tolerance further.
        const Matrix& m = view.to_output;
        const double tolerance = (std::hypot(m.xx, m.yx) + std::hypot(m.xy, m.yy)) * (2.0 / 1024);
        const Rect bounds = grown(bounds_of(corners_of(layer.rect, layer.matrix)), 2 + tolerance);
        const Rect visible = intersection(bounds, view.visible);
        if (is_empty(visible)) return std::nullopt;
        bool group_is_opaque = false;
        if (!fill_source(view, active, visible, layer, group_is_opaque)) return std::nullopt;
        hides_all_below = hides_below(layer.blend) && is_opaque(layer, group_is_opaque) &&
                          covers(layer, view.visible);
        return layer;
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
            case SourceKind::media: {
                const ResolvedMedium& medium = *project_.media[clip.source];
                layer.kind = LayerKind::frame;
                layer.frame = medium.source;
                layer.frame.frame = medium.frame_at(active.source_time);
                layer.frame.level = level_for(active.to_output);
                layer.sampling = sampling;
                return true;
            }
            case SourceKind::comp: {
                if (project_.project.comps[clip.source].is_rasterized) {
                    const auto canvas =
                        draw_canvas(clip.source, active.source_time, active.appearance);
                    if (!canvas) return false;
                    show_canvas(*canvas, layer);
                    layer.sampling = sampling;
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
