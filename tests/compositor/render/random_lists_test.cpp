#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ipc/frame/canvas_layout.hpp"
#include "tests/compositor/render/compare.hpp"
#include "tests/sanitized.hpp"

namespace reelpool::testing {
namespace {

constexpr std::uint32_t width = 290;
constexpr std::uint32_t height = 74;

/// Random draw lists of every feature, always the same ones for a seed.
class RandomLists {
  public:
    RandomLists(std::uint32_t seed, std::vector<FrameSource> frames)
        : random_(seed), frames_(std::move(frames)) {}

    DrawList next(int depth, int canvases = 0) {
        DrawList list;
        for (int i = 0; i < canvases; ++i) add_canvas(list, depth / 2);
        add_group(list, list.groups, depth, true);
        return list;
    }

    /// As next(), and every layer but the lowest of each group has a blend mode, in turn.
    DrawList next_blended(int depth, int canvases) {
        DrawList list = next(depth, canvases);
        for (DrawCanvas& canvas : list.canvases) blend(canvas.groups);
        blend(list.groups);
        return list;
    }

    /// As next(), with the nearest samples and Catmull-Rom, too.
    DrawList next_sampled(int depth, int canvases) {
        samples_otherwise_ = true;
        DrawList list = next(depth, canvases);
        samples_otherwise_ = false;
        return list;
    }

    /// As next(), with masks.
    DrawList next_masked(int depth, int canvases) {
        DrawList list = next(depth, canvases);
        for_each_layer(list, [this](DrawLayer& layer) {
            if (chance(0.5)) add_masks(layer);
        });
        return list;
    }

    /// As next_mixed() or, in linear light, next_linear(), with effects and adjustments; some of them
    /// with masks.
    DrawList next_changed(int depth, int canvases, bool is_linear) {
        DrawList list =
            is_linear ? next_linear(depth, canvases) : next_mixed(depth, canvases);
        const auto change = [this](std::vector<DrawGroup>& groups) {
            for (DrawGroup& group : groups) {
                for (DrawLayer& layer : group.layers) {
                    const bool is_part = layer.kind == LayerKind::group &&
                                         groups[layer.group].light == Light::linear_part;
                    if (layer.kind != LayerKind::mix && !is_part && chance(0.5))
                        add_effects(layer);
                    if (layer.kind != LayerKind::mix && chance(0.2)) add_masks(layer);
                }
                if (chance(0.5)) group.layers.push_back(adjustment());
            }
        };
        for (DrawCanvas& canvas : list.canvases) change(canvas.groups);
        change(list.groups);
        return list;
    }

    /// As next_mixed(), with groups in linear light.
    DrawList next_linear(int depth, int canvases) {
        DrawList list = next_mixed(depth, canvases);
        const auto choose = [this](std::vector<DrawGroup>& groups) {
            for (DrawGroup& group : groups)
                group.light = static_cast<Light>(static_cast<int>(between(0, 2.999)));
            if (groups.back().light == Light::linear_part) groups.back().light = Light::linear;
        };
        for (DrawCanvas& canvas : list.canvases) choose(canvas.groups);
        choose(list.groups);
        return list;
    }

    /// As next(), with mixes of groups.
    DrawList next_mixed(int depth, int canvases) {
        DrawList list = next(depth, canvases);
        for (DrawCanvas& canvas : list.canvases) mix(canvas.groups);
        mix(list.groups);
        return list;
    }

  private:
    double between(double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(random_);
    }
    bool chance(double share) { return between(0, 1) < share; }
    double opacity() { return chance(0.4) ? 1 : between(0, 1); }
    Color color() {
        return {between(0, 1), between(0, 1), between(0, 1), chance(0.5) ? 1 : between(0, 1)};
    }

    /// Adds to the groups mixes of the two before them.
    void mix(std::vector<DrawGroup>& groups) {
        for (std::uint32_t g = 2; g < groups.size(); ++g) {
            DrawLayer layer;
            layer.kind = LayerKind::mix;
            layer.matrix = chance(0.5) ? Matrix{} : matrix();
            layer.rect = {0, 0, width, height};
            layer.edges.fill(EdgeRule::none);
            layer.group = g - 1;
            layer.mix = {static_cast<MixKind>(mix_ % 6), g - 2, between(0, 1),
                         chance(0.5) ? 0 : between(0, 1)};
            layer.blend = mix_ % 3 == 2 ? BlendMode::screen : BlendMode::normal;
            ++mix_;
            groups[g].layers.push_back(layer);
        }
    }

    DrawLayer adjustment() {
        DrawLayer layer;
        layer.kind = LayerKind::adjustment;
        layer.matrix = chance(0.5) ? Matrix{} : matrix();
        layer.rect = {0, 0, width, height};
        layer.opacity = opacity();
        add_effects(layer);
        if (chance(0.4)) add_masks(layer);
        return layer;
    }

    /// One to six, in turn. Where a step of one effect or the slope of a power is steep, rounding
    /// counts for more than the tolerance, so values are kept away from there.
    void add_effects(DrawLayer& layer) {
        for (int count = 1 + static_cast<int>(between(0, 5.999)); count > 0; --count) {
            PictureEffect effect;
            do {
                effect.kind = effect_++ % static_cast<std::uint32_t>(picture_effect_types().size());
            } while (effect.type().nature == EffectNature::curves ||
                     effect.type().nature == EffectNature::lut);
            for (const PictureEffectParameter& parameter : effect.type().parameters) {
                const double reach = parameter.name == "kelvin"  ? 3000
                                     : parameter.name == "angle" ? 180
                                                                 : 0.6;
                for (std::uint8_t n = 0; n < parameter.numbers; ++n) {
                    const double value = parameter.otherwise + between(-reach, reach);
                    effect.values.push_back(std::clamp(
                        parameter.is_whole ? std::round(between(2, 6)) : value, parameter.low,
                        parameter.high));
                }
            }
            layer.effects.push_back(std::move(effect));
        }
    }

    void add_masks(DrawLayer& layer) {
        layer.mask_matrix = matrix();
        for (int count = 1 + static_cast<int>(between(0, 2.5)); count > 0; --count) {
            Mask mask;
            mask.shape = static_cast<MaskShape>(mask_++ % 3);
            mask.mode = static_cast<MaskMode>(static_cast<int>(between(0, 2.999)));
            mask.is_inverted = chance(0.3);
            mask.feather = chance(0.5) ? 0 : between(0, 30);
            mask.expansion = chance(0.5) ? 0 : between(-8, 12);
            mask.opacity = opacity();
            mask.center = {between(40, 110), between(15, 45)};
            mask.size = {between(0, 120), between(10, 60)};
            const int vertices = 2 + static_cast<int>(between(0, 5));
            for (int i = 0; i < vertices; ++i) {
                const auto handle = [this] {
                    return MaskPoint{between(-40, 40), between(-30, 30)};
                };
                const bool is_corner = chance(0.4);
                mask.vertices.push_back({{between(0, 150), between(0, 60)},
                                         is_corner ? MaskPoint{} : handle(),
                                         is_corner ? MaskPoint{} : handle()});
            }
            layer.masks.push_back(std::move(mask));
        }
    }

    void blend(std::vector<DrawGroup>& groups) {
        for (DrawGroup& group : groups) {
            for (std::size_t i = 1; i < group.layers.size(); ++i) {
                DrawLayer& layer = group.layers[i];
                layer.blend = static_cast<BlendMode>(mode_);
                layer.dissolve = {mode_, static_cast<std::uint32_t>(random_())};
                // Those in between cut out everything below: seldom.
                mode_ = mode_ < 24 || chance(0.2) ? (mode_ + 1) % 29 : 0;
            }
        }
    }

    /// A canvas of random size that shows those before it.
    void add_canvas(DrawList& list, int depth) {
        DrawCanvas canvas;
        canvas.width = static_cast<std::uint32_t>(between(1, 160));
        canvas.height = static_cast<std::uint32_t>(between(1, 60));
        canvas.levels = with_ways({level(), level()});
        add_group(list, canvas.groups, depth, true);
        if (chance(0.3)) {
            canvas.has_alpha = false;
            canvas.groups.back().background = {between(0, 1), between(0, 1), between(0, 1), 1};
        }
        list.canvases.push_back(std::move(canvas));
    }

    Level level() {
        const auto halvings = [this] { return static_cast<std::uint8_t>(between(0, 3.99)); };
        return chance(0.5) ? Level{} : Level{halvings(), halvings()};
    }

    DrawLayer canvas(const DrawList& list) {
        const auto index =
            std::uniform_int_distribution<std::size_t>(0, list.canvases.size() - 1)(random_);
        const DrawCanvas& shown = list.canvases[index];
        const Level level = shown.levels[std::uniform_int_distribution<std::size_t>(
            0, shown.levels.size() - 1)(random_)];
        const Matrix to_level{.xx = std::ldexp(1.0, -level.x), .yy = std::ldexp(1.0, -level.y)};
        DrawLayer layer = canvas_layer(list, static_cast<std::uint32_t>(index), matrix() * to_level,
                                       opacity(), level);
        if (chance(0.3))
            layer.matrix =
                Matrix{.tx = std::round(between(-40, 80)), .ty = std::round(between(-20, 30))} *
                to_level;
        layer.sampling = sampling(layer.level);
        if (chance(0.3)) {
            layer.rect.left = between(0, shown.width * 0.4);
            layer.rect.bottom = between(shown.height * 0.6, shown.height);
        }
        edges(layer);
        return layer;
    }

    /// Adds the groups below it first; returns its index.
    std::uint32_t add_group(DrawList& list, std::vector<DrawGroup>& groups, int depth,
                            bool is_root) {
        DrawGroup group;
        const int count = is_root ? 3 : 2;
        for (int i = 0; i < count; ++i) {
            if (depth > 0 && i == count - 1) {
                const std::uint32_t inner = add_group(list, groups, depth - 1, false);
                DrawLayer layer =
                    group_layer(inner, width, height, chance(0.4) ? Matrix{} : matrix(), opacity());
                edges(layer);
                group.layers.push_back(layer);
            } else if (!list.canvases.empty() && chance(0.5)) {
                group.layers.push_back(canvas(list));
            } else if (chance(0.2)) {
                DrawLayer layer =
                    solid_layer(color(), between(20, 300), between(10, 90), matrix(), opacity());
                edges(layer);
                group.layers.push_back(layer);
            } else {
                group.layers.push_back(frame());
            }
        }
        if (chance(0.4)) group.background = color();
        groups.push_back(std::move(group));
        return static_cast<std::uint32_t>(groups.size() - 1);
    }

    Matrix matrix() {
        const double scale = between(0.55, 2.5);
        const double other = chance(0.5) ? scale : between(0.55, 2.5);
        const double mirrored = chance(0.2) ? -1 : 1;
        return placed(scale * mirrored, other, chance(0.4) ? between(-180, 180) : 0,
                      between(20, width - 20), between(5, height - 5), between(0, 150),
                      between(0, 60));
    }

    DrawLayer frame() {
        const FrameSource& source =
            frames_[std::uniform_int_distribution<std::size_t>(0, frames_.size() - 1)(random_)];
        DrawLayer layer = frame_layer(source, {}, opacity());
        const Matrix level{.xx = std::ldexp(1.0, -source.level.x),
                           .yy = std::ldexp(1.0, -source.level.y)};
        if (chance(0.3)) {
            layer.matrix =
                Matrix{.tx = std::round(between(-40, 80)), .ty = std::round(between(-20, 30))} *
                level;
        } else {
            layer.matrix = matrix() * level;
        }
        layer.sampling = sampling(source.level);
        if (chance(0.3)) {
            layer.rect.left = between(0, source.width * 0.4);
            layer.rect.bottom = between(source.height * 0.6, source.height);
        }
        edges(layer);
        return layer;
    }

    Sampling sampling(Level level) {
        if (chance(0.3)) return Sampling::smooth;
        if (!samples_otherwise_ || chance(0.4)) return Sampling::bilinear;
        return level == Level{} && chance(0.5) ? Sampling::nearest : Sampling::bicubic;
    }

    void edges(DrawLayer& layer) {
        for (EdgeRule& rule : layer.edges) {
            if (chance(0.1)) rule = EdgeRule::none;
            if (chance(0.1)) rule = EdgeRule::seam;
        }
    }

    std::mt19937 random_;
    std::vector<FrameSource> frames_;
    std::uint32_t mode_ = 1;
    std::uint32_t mix_ = 0;
    std::uint32_t mask_ = 0;
    std::uint32_t effect_ = 0;
    bool samples_otherwise_ = false;
};

std::vector<FrameSource> add_frames(Footage& footage) {
    const auto color = [](ColorMatrix matrix, ColorRange range, ChromaSiting siting) {
        return with(bt709_limited, matrix, range, siting);
    };
    const PixelFormat yuv420p10{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1};
    const PixelFormat yuv422p12{.bit_depth = 12, .chroma_shift_x = 1};
    const PixelFormat yuv411p{.chroma_shift_x = 2};
    const PixelFormat yuva420p{.chroma_shift_x = 1, .chroma_shift_y = 1, .has_alpha = true};
    const PixelFormat gray{.model = ColorModel::gray};
    const PixelFormat gray_alpha{.model = ColorModel::gray, .bit_depth = 16, .has_alpha = true};
    const PixelFormat rgba{.model = ColorModel::rgb, .has_alpha = true};
    const PixelFormat rgb12{.model = ColorModel::rgb, .bit_depth = 12};
    using Mx = ColorMatrix;
    using Rg = ColorRange;
    using St = ChromaSiting;
    return {footage.add(yuv420p, bt709_limited, width, height),
            footage.add(yuv420p, bt709_limited, 160, 66),
            footage.add(yuv420p, bt709_limited, 301, 121, {1, 1}),
            footage.add(yuv420p, color(Mx::bt709, Rg::full, St::center), 90, 51),
            footage.add(yuv420p, color(Mx::smpte170m, Rg::limited, St::top_left), 128, 64),
            footage.add(yuv420p10, bt709_limited, 150, 70),
            footage.add(yuv422p, color(Mx::bt2020_ncl, Rg::limited, St::left), 140, 60),
            footage.add(yuv422p12, bt709_limited, 211, 60, {1, 0}),
            footage.add(yuv444p, color(Mx::bt470bg, Rg::full, St::left), 77, 45),
            footage.add(yuv411p, bt709_limited, 130, 50),
            footage.add(yuva420p, bt709_limited, 150, 80),
            footage.add(gray, bt709_limited, 60, 40),
            footage.add(gray_alpha, color(Mx::bt709, Rg::full, St::left), 64, 50),
            footage.add(rgba, srgb_full, 120, 70),
            footage.add(rgb12, srgb_full, 100, 50)};
}

struct Case {
    std::string name;
    OutputFormat output;
    int tolerance;
};

/// Half so many lists, four times as many in the long run; a third in a sanitizer build: their
/// pipelines are compiled by a driver that allocates more than anything of ours.
int lists_of(int count) {
    if (std::getenv("REELPOOL_LONG") != nullptr) return 4 * count;
    return test::is_sanitized() ? (count + 2) / 3 : (count + 1) / 2;
}

/// The first is tried with the most lists. A sanitizer looks for other faults than wrong pictures,
/// and does without those in between.
std::vector<Case> cases() {
    const PixelFormat yuv422p10{.bit_depth = 10, .chroma_shift_x = 1};
    const PixelFormat rgb16{.model = ColorModel::rgb, .bit_depth = 16};
    std::vector<Case> all{
        {"yuv420p", {width, height, yuv420p, bt709_limited}, 1},
        {"yuv422p10", {width, height, yuv422p10, bt709_limited}, 1},
        {"yuv444p", {width, height, yuv444p, bt709_limited}, 1},
        {"yuv420p 601 full centred",
         {width, height, yuv420p,
          with(bt709_limited, ColorMatrix::smpte170m, ColorRange::full, ChromaSiting::center)},
         1},
        {"planar rgb", {width, height, planar_rgb, srgb_full}, 1},
        {"planar rgb 16 bit", {width, height, rgb16, srgb_full}, 40}};
    if (test::is_sanitized()) all.erase(all.begin() + 1, all.end() - 1);
    return all;
}

}  // namespace

TEST_CASE("random draw lists match the double precision reference") {
    int rounds = 3;
    for (const Case& each : cases()) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(2024, frames);
        const int count = lists_of(7 * std::exchange(rounds, 1));
        for (int i = 0; i < count; ++i) {
            const Difference difference = stage.draw_and_compare(lists.next(i % 7));
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists with canvases match the double precision reference") {
    int most = 6;
    for (const Case& each : cases()) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(4711, frames);
        std::uint64_t drawn = 0;
        const int count = lists_of(std::exchange(most, 3));
        for (int i = 0; i < count; ++i) {
            const DrawList list = lists.next(i % 4, 1 + i % 3);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
            drawn += list.canvases.size();
            CHECK(stage.renderer().counters().comps_rasterized == drawn);
        }
    }
}

TEST_CASE("random draw lists with mixes match the double precision reference") {
    const std::vector<Case> all = cases();
    for (const Case& each : {all.front(), all.back()}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(5, frames);
        for (int i = 0; i < lists_of(8); ++i) {
            const DrawList list = lists.next_mixed(2 + i % 3, i % 4 == 3 ? 1 : 0);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists of every sampling match the double precision reference") {
    const std::vector<Case> all = cases();
    for (const Case& each : {all.front(), all[1], all.back()}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(8, frames);
        for (int i = 0; i < lists_of(6); ++i) {
            const DrawList list = lists.next_sampled(i % 3, i % 3 == 2 ? 1 : 0);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists with straight alpha match the double precision reference") {
    PixelFormat yuva420p10{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1};
    yuva420p10.has_alpha = true;
    const PixelFormat rgba{.model = ColorModel::rgb, .has_alpha = true};
    for (const OutputFormat& output : {OutputFormat{width, height, yuva420p10, bt709_limited},
                                       OutputFormat{width, height, rgba, srgb_full}}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(output, footage);
        RandomLists lists(3, frames);
        for (int i = 0; i < lists_of(6); ++i) {
            DrawList list = i % 3 == 1 ? lists.next_masked(1, 0) : lists.next_mixed(i % 3, i / 5);
            if (i % 2 == 0) list.groups.back().background = {0, 0, 0, 0};
            const Difference difference = stage.draw_and_compare(list);
            INFO(to_text(output.format), ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= 1);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists with masks match the double precision reference") {
    const std::vector<Case> all = cases();
    for (const Case& each : {all.front(), all.back()}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(77, frames);
        for (int i = 0; i < lists_of(6); ++i) {
            const DrawList list = lists.next_masked(i % 3, i % 3 == 2 ? 1 : 0);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists in linear light match the double precision reference") {
    const std::vector<Case> all = cases();
    for (const Case& each : {all.front(), all[4]}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(12, frames);
        for (int i = 0; i < lists_of(6); ++i) {
            const DrawList list = lists.next_linear(1 + i % 3, i % 3 == 2 ? 1 : 0);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists with effects match the double precision reference") {
    const std::vector<Case> all = cases();
    for (const Case& each : {all.front(), all.back()}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(21, frames);
        // Nearly every chain of effects is a pipeline of its own.
        for (int i = 0; i < 3; ++i) {
            const DrawList list = lists.next_changed(i, i == 2 ? 1 : 0, i == 1);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= 2 * each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

TEST_CASE("random draw lists with blend modes match the double precision reference") {
    const std::vector<Case> all = cases();
    for (const Case& each : {all.front(), all[1], all.back()}) {
        Footage footage(SegmentId{7});
        const std::vector<FrameSource> frames = add_frames(footage);
        Stage stage(each.output, footage);
        RandomLists lists(31, frames);
        for (int i = 0; i < lists_of(8); ++i) {
            const DrawList list = lists.next_blended(i % 3 + 1, i % 4 == 3 ? 1 : 0);
            const Difference difference = stage.draw_and_compare(list);
            INFO(each.name, ", list ", i, ", ", difference.where);
            CHECK(difference.largest <= each.tolerance);
            CHECK(difference.worst_psnr >= 60);
        }
    }
}

namespace {

/// Draws the same random lists, with canvases too, on both stages.
void check_same_pictures(Stage& one, Stage& other, const std::vector<FrameSource>& frames,
                         const OutputFormat& output) {
    RandomLists lists(99, frames);
    for (int i = 0; i < lists_of(7); ++i) {
        const DrawList list = i == 3   ? lists.next_masked(2, 0)
                              : i == 5 ? lists.next_sampled(2, 0)
                                       : lists.next(i, i % 3);
        const compositor::Picture a = one.draw(list);
        const compositor::Picture b = other.draw(list);
        int differing = 0;
        for (std::uint32_t y = 0; y < output.height; ++y)
            for (std::uint32_t x = 0; x < output.width; ++x)
                differing +=
                    sample_of(a, output.format, 0, x, y) != sample_of(b, output.format, 0, x, y);
        CHECK(differing == 0);
    }
}

}  // namespace

TEST_CASE("staged slots give the same pictures as slots read in place") {
    const OutputFormat output{width, height, yuv420p, bt709_limited};
    Footage footage(SegmentId{7});
    const std::vector<FrameSource> frames = add_frames(footage);
    Stage in_place(output, footage);
    Stage staged(output, footage, wire::FrameAccess::staging);
    CHECK(staged.renderer().device().strategy == "staging");
    check_same_pictures(in_place, staged, frames, output);
    const bool is_cpu = in_place.renderer().device().kind == "cpu";
    CHECK((in_place.renderer().counters().layers_staged == 0) == is_cpu);
    CHECK((in_place.renderer().counters().layers_imported > 0) == is_cpu);
    CHECK(staged.renderer().counters().layers_imported == 0);
    CHECK(staged.renderer().counters().layers_staged > 0);
}

TEST_CASE("few pipelines give the same pictures as one for each set of kinds") {
    const OutputFormat output{width, height, yuv420p, bt709_limited};
    Footage footage(SegmentId{7});
    const std::vector<FrameSource> frames = add_frames(footage);
    const auto access = wire::FrameAccess::automatic;
    Stage exact(output, footage, access, compositor::Variants::exact);
    Stage families(output, footage, access, compositor::Variants::families);
    check_same_pictures(exact, families, frames, output);
}

}  // namespace reelpool::testing
