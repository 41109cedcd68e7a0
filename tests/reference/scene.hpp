#pragma once

#include <array>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "affine.hpp"
#include "colour.hpp"
#include "levels.hpp"
#include "mask.hpp"
#include "media_library.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// What an edge of a layer does to its coverage.
enum class EdgeRule {
    own,           ///< its own antialiased edge
    canvas,        ///< none: it lies on or beyond its comp's canvas edge, which has it
    under_another  ///< it continues under the antialiased edge of the upper layer that begins there
};

/// The order of a rectangle's edges wherever four of something stand for them.
enum Side { left_side, top_side, right_side, bottom_side };

struct Group;

/// A frame of a medium, ready to be sampled in output pixels.
struct Picture {
    FrameName frame;
    const MediaFacts* facts = nullptr;  ///< owned by the library
    Affine to_coded;                    ///< output pixels to coded pixels
    Level level;
    Sampling sampling = Sampling::bilinear;
    double half_width_x = 1;  ///< of the smooth filter, in samples of the level
    double half_width_y = 1;
    Rect inside;  ///< positions are clamped to it on cropped sides; else infinite
    std::shared_ptr<const PlanarFrame> planes;  ///< of the level; empty until bound
};

struct RasterImage;

/// A rasterized comp at one time: drawn on its own canvas, then shown as a picture.
struct Raster {
    std::shared_ptr<Group> canvas;  ///< in the canvas's own pixels
    int width = 0;                  ///< of the canvas
    int height = 0;
    Affine to_canvas;  ///< pixels of what shows it to canvas pixels
    Level level;
    Sampling sampling = Sampling::bilinear;
    double half_width_x = 1;  ///< of the smooth filter, in samples of the level
    double half_width_y = 1;
    Rect inside;  ///< positions are clamped to it on cropped sides; else infinite
    std::shared_ptr<const RasterImage> image;  ///< of the level; empty until drawn
};

/// How a comp is looked at.
struct View {
    Affine to_output;  ///< comp pixels to output pixels
    /// Whether a scale around it has anim keys: what it shows is then sampled smoothly by default.
    bool scale_moves = false;
};

struct Layer;

/// Two sides of a transition, each as a layer of its own transparent group, or not there.
struct Mix {
    std::string type;
    double progress = 0;
    double softness = 0;
    Rgba colour;  ///< of a dip, premultiplied
    std::shared_ptr<Layer> leaving;
    std::shared_ptr<Layer> coming;
    double width = 0;  ///< of the comp
    double height = 0;
    Affine to_comp;    ///< output pixels to comp pixels
};

/// One clip at one time, placed on the output's pixel grid.
struct Layer {
    Affine to_output;  ///< upright source pixels to output pixels
    Affine to_source;  ///< its inverse
    Rect rect;         ///< the shown part, in source pixels
    std::array<EdgeRule, 4> edges{EdgeRule::own, EdgeRule::own, EdgeRule::own, EdgeRule::own};
    double opacity = 1;
    Blend blend = Blend::normal;
    std::uint32_t track = 0;  ///< of dissolve: its number in the comp, and the comp's own frame
    std::uint32_t frame = 0;
    std::vector<MaskOutline> masks;  ///< in upright source pixels
    std::shared_ptr<Group> matte;    ///< in the light of the comp
    bool matte_luma = false;
    bool matte_inverted = false;
    std::vector<Effect> effects;
    /// A solid, a medium, a comp, a rasterized comp, a transition (which reaches everywhere), what
    /// changes those below.
    std::variant<Rgba, Picture, std::shared_ptr<Group>, Raster, Mix, Adjustment> source;
};

/// A comp at one time: its layers from the bottom to the top.
struct Group {
    bool linear = false;      ///< composited in linear light
    bool stays_linear = false;  ///< and left so
    Rgba background;
    std::vector<Layer> layers;
};

/// Calls `visit` for all layers of a group, those in its transitions too, but not those in nested
/// comps.
template <class Visit>
void for_each_layer(const Group& group, const Visit& visit) {
    const auto visit_whole = [&visit](const Layer& layer) {
        visit(layer);
        if (layer.matte) for_each_layer(std::as_const(*layer.matte), visit);
    };
    for (const Layer& layer : group.layers) {
        if (const auto* mix = std::get_if<Mix>(&layer.source)) {
            if (mix->leaving) visit_whole(*mix->leaving);
            if (mix->coming) visit_whole(*mix->coming);
        } else {
            visit_whole(layer);
        }
    }
}
template <class Visit>
void for_each_layer(Group& group, const Visit& visit) {
    for_each_layer(std::as_const(group),
                   [&visit](const Layer& layer) { visit(const_cast<Layer&>(layer)); });
}

/// Turns projects into layer trees.
class SceneBuilder {
  public:
    SceneBuilder(const Project& project, MediaLibrary& library)
        : project_(&project), library_(&library) {}

    /// The duration of a comp: given, or its latest clip end.
    [[nodiscard]] Rational comp_duration(const Comp& comp);
    /// The main comp at a time on an output of the given size, without pictures bound.
    [[nodiscard]] Group main_at(const Rational& time, int width, int height);

  private:
    [[nodiscard]] const Comp& comp_named(const std::string& id, const std::string& place) const;
    [[nodiscard]] std::optional<Rational> own_duration(const Clip& clip);
    [[nodiscard]] Rational clip_duration(const Comp& comp, const Clip& clip);
    [[nodiscard]] Group comp_at(const Comp& comp, const Rational& time, const View& view);
    void add_matte(const Comp& comp, const Clip& clip, const Rational& time, const View& view,
                   Layer& layer);
    [[nodiscard]] Raster raster_of(const Comp& comp, const Rational& time, const Rect& shown,
                                   Sampling sampling, const View& view);
    [[nodiscard]] std::optional<Layer> clip_at(const Comp& comp, const Track& track,
                                               const Clip& clip, const Rational& time,
                                               const View& view, Point moved, Affine& to_comp);
    [[nodiscard]] bool is_active(const Comp& comp, const Clip& clip, const Rational& time);
    [[nodiscard]] std::pair<double, double> source_size(const Comp& comp, const Clip& clip);

    const Project* project_;
    MediaLibrary* library_;
    int depth_ = 0;  ///< comps inside each other at this moment; cycles end in an error
};

/// The source time of a clip at local time u: in, speed, remap and reverse.
[[nodiscard]] Rational source_time(const Clip& clip, const Rational& comp_fps,
                                   const Rational& duration, const Rational& u);

/// The frames that a group needs.
void collect_frames(const Group& group, std::set<FrameName>& names);

/// Gives every picture of a group the planes of its level.
void bind_pictures(
    Group& group, MediaLibrary& library,
    std::map<std::pair<FrameName, Level>, std::shared_ptr<const PlanarFrame>>& cache);

}  // namespace reelpool::reference
