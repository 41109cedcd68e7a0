// Prints what one composited frame costs: CPU ms over all threads (the number to trust), wall ms,
// ms inside submit(), and the CPU ms of the first two frames together. Where there is one, the last
// column is the limit that CPU ms shall keep on an idle two-core machine without a GPU.
//   composite_bench [--frames N] [--scene PART_OF_NAME] [--staging]
// Scenes are synthetic 1080p pictures; each is drawn in 5 rounds of N frames after two
// warm-up frames; the round that cost least is shown, for others share the machine.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "compositor/render/renderer.hpp"
#include "ipc/frame/canvas_layout.hpp"
#include "ipc/frame/slot_layout.hpp"
#include "ipc/shm/segment.hpp"

namespace {

using namespace reelpool;
using compositor::Renderer;

constexpr std::uint32_t width = 1920;
constexpr std::uint32_t height = 1080;
constexpr ColorDescription bt709{.matrix = ColorMatrix::bt709,
                                 .primaries = ColorPrimaries::bt709,
                                 .transfer = ColorTransfer::bt709,
                                 .range = ColorRange::limited,
                                 .siting = ChromaSiting::left};
constexpr ColorDescription bt601{.matrix = ColorMatrix::smpte170m,
                                 .primaries = ColorPrimaries::bt709,
                                 .transfer = ColorTransfer::bt709,
                                 .range = ColorRange::limited,
                                 .siting = ChromaSiting::left};
/// Each scene is drawn in rounds; the best one counts, as others share the machine.
constexpr int rounds = 5;
constexpr PixelFormat yuva420p{.chroma_shift_x = 1, .chroma_shift_y = 1, .has_alpha = true};
constexpr PixelFormat yuv420p10{.bit_depth = 10, .chroma_shift_x = 1, .chroma_shift_y = 1};

template <class T>
T must(Result<T> result) {
    if (result) return std::move(result).value();
    std::fprintf(stderr, "composite_bench: %s\n", to_string(result.error()).c_str());
    std::exit(6);
}

/// CPU time of all threads of this process, in ms.
double cpu_ms() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double wall_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

/// Four slots with made-up pictures, in one segment.
struct Footage {
    UniqueFd fd;
    std::uint64_t bytes = 0;
    std::vector<FrameSource> frames;
};

Footage make_footage(const PixelFormat& format, const ColorDescription& color, Level level = {}) {
    const SlotLayout layout = must(slot_layout(format, width, height, level));
    Footage footage;
    footage.bytes = std::uint64_t{layout.bytes} * 4;
    const UniqueFd segment = must(create_segment("bench", footage.bytes));
    const Mapping mapping = must(Mapping::map(segment, footage.bytes, Access::read_write));
    for (std::uint64_t i = 0; i < footage.bytes; ++i) {
        const bool high_byte = format.bit_depth > 8 && i % 2 == 1;
        const std::uint64_t value = high_byte ? i / 512 % 4 : 16 + (i * 7 + i / 1920 * 13) % 219;
        mapping.data()[i] = static_cast<std::byte>(value);
    }
    for (std::uint32_t i = 0; i < 4; ++i)
        footage.frames.push_back({.media = MediaId{i},
                                  .frame = {},
                                  .level = level,
                                  .format = format,
                                  .width = width,
                                  .height = height,
                                  .color = color,
                                  .slot = {SegmentId{1}, i * layout.bytes}});
    footage.fd = must(reopen_read_only(segment));
    return footage;
}

DrawLayer layer_of(const FrameSource& frame, double opacity, const Matrix& matrix) {
    DrawLayer layer;
    layer.kind = LayerKind::frame;
    layer.frame = frame;
    layer.opacity = opacity;
    layer.matrix = matrix;
    layer.rect = {0, 0, width, height};
    return layer;
}

Matrix placed(double scale, double degrees, double x, double y) {
    const double angle = degrees * std::numbers::pi / 180;
    const double c = degrees == 0 ? 1 : std::cos(angle);
    const double s = degrees == 0 ? 0 : std::sin(angle);
    const Matrix place{
        .xx = c * scale, .xy = -s * scale, .yx = s * scale, .yy = c * scale, .tx = x, .ty = y};
    return place * Matrix{.tx = -0.5 * width, .ty = -0.5 * height};
}

/// Identity, scaled by 0.5, scaled by 0.7 and turned; the bottom one opaque, the rest 0.8.
std::vector<DrawLayer> mix(const Footage& footage, int count) {
    std::vector<DrawLayer> layers;
    for (int i = 0; i < count; ++i) {
        const FrameSource& frame = footage.frames[static_cast<std::size_t>(i) % 4];
        const double opacity = i == 0 ? 1 : 0.8;
        const double x = 960 + 37.3 * (i % 5 - 2);
        const double y = 540 + 23.7 * (i % 4 - 1);
        if (i % 3 == 0)
            layers.push_back(layer_of(frame, opacity, {}));
        else if (i % 3 == 1)
            layers.push_back(layer_of(frame, opacity, placed(0.5, 0, x, y)));
        else
            layers.push_back(layer_of(frame, opacity, placed(0.7, 15.0 + i, x, y)));
    }
    return layers;
}

std::vector<DrawLayer> one_and_three_scaled(const Footage& footage) {
    return {layer_of(footage.frames[0], 1, {}),
            layer_of(footage.frames[1], 0.8, placed(0.5, 0, 500.3, 300.7)),
            layer_of(footage.frames[2], 0.8, placed(0.5, 0, 1400.6, 320.2)),
            layer_of(footage.frames[3], 0.8, placed(0.5, 0, 960.5, 760.1))};
}

/// Ten views at a quarter of the size over the canvas, the upper ones translucent, beside and over
/// each other; off the pixel grid by `shift`.
std::vector<DrawLayer> ten_views(const Footage& quarter, double shift) {
    std::vector<DrawLayer> layers;
    for (int i = 0; i < 10; ++i) {
        const double x = 240 + 480 * (i % 4) + shift;
        const double y = 135 + 270.0 * (i / 4) + shift;
        layers.push_back(layer_of(quarter.frames[static_cast<std::size_t>(i) % 4],
                                  i % 2 == 0 ? 1 : 0.8, placed(0.25, 0, x, y)));
    }
    return layers;
}

struct Scene {
    std::string name;
    const Footage* footage = nullptr;
    DrawList list;
    double limit_ms = 0;                           ///< 0: none
    std::function<void(DrawList&, int)> change{};  ///< from frame to frame
};

DrawList flat(std::vector<DrawLayer> layers) {
    DrawList list;
    list.groups.resize(1);
    list.groups[0].layers = std::move(layers);
    return list;
}

DrawList grouped(std::vector<DrawLayer> below, std::vector<DrawLayer> inside, double opacity) {
    DrawLayer group;
    group.kind = LayerKind::group;
    group.opacity = opacity;
    group.rect = {0, 0, width, height};
    below.push_back(group);
    DrawList list;
    list.groups.resize(2);
    list.groups[0].layers = std::move(inside);
    list.groups[1].layers = std::move(below);
    return list;
}

/// Comps in comps, each of which shows a layer over the one inside it; as many flattened layers.
DrawList nested(const std::vector<DrawLayer>& layers) {
    DrawList list;
    for (const DrawLayer& layer : layers) {
        DrawGroup& group = list.groups.emplace_back();
        if (list.groups.size() > 1) {
            DrawLayer inside;
            inside.kind = LayerKind::group;
            inside.group = static_cast<std::uint32_t>(list.groups.size() - 2);
            inside.rect = {0, 0, width, height};
            inside.edges.fill(EdgeRule::none);
            group.layers.push_back(inside);
        }
        group.layers.push_back(layer);
    }
    return list;
}

/// Ten views at a fifth to a half of the size, over a whole picture.
std::vector<DrawLayer> ten_layers(const Footage& footage) {
    std::vector<DrawLayer> layers{layer_of(footage.frames[0], 1, {})};
    for (int i = 1; i < 10; ++i)
        layers.push_back(layer_of(
            footage.frames[static_cast<std::size_t>(i) % 4], i % 2 == 0 ? 1 : 0.8,
            placed(0.5 + 0.03 * i, i % 3 == 0 ? 7.0 * i : 0, 300 + 150.3 * i, 250 + 60.7 * i)));
    return layers;
}

Mask ellipse(double feather) {
    Mask mask;
    mask.shape = MaskShape::ellipse;
    mask.feather = feather;
    mask.center = {960, 540};
    mask.size = {1500, 900};
    return mask;
}

/// A layer in an ellipse over another.
DrawList masked(const Footage& footage, double feather) {
    DrawLayer above = layer_of(footage.frames[1], 1, {});
    above.masks = {ellipse(feather)};
    DrawList list;
    list.groups.resize(1);
    list.groups[0].layers = {layer_of(footage.frames[0], 1, {}), above};
    return list;
}

void move_mask(DrawList& list, int frame) {
    list.groups[0].layers[1].masks[0].center.x = 950 + 0.37 * frame;
}

/// The layers on a canvas of the output's size, which is shown at these places.
DrawList rasterized(std::vector<DrawLayer> inside, std::vector<Level> levels,
                    const std::vector<Matrix>& places) {
    DrawList list;
    list.canvases.resize(1);
    list.canvases[0].width = width;
    list.canvases[0].height = height;
    list.canvases[0].has_alpha = false;
    list.canvases[0].groups.resize(1);
    list.canvases[0].groups[0].layers = std::move(inside);
    list.canvases[0].levels = std::move(levels);
    list.groups.resize(1);
    for (const Matrix& place : places) {
        DrawLayer layer;
        layer.kind = LayerKind::canvas;
        layer.level = list.canvases[0].levels.back();
        layer.matrix = place;
        layer.rect = {0, 0, width, height};
        list.groups[0].layers.push_back(layer);
    }
    return list;
}

std::vector<Scene> plain_scenes(const Footage& yuv) {
    const auto whole = [&yuv](std::size_t i, double opacity) {
        return layer_of(yuv.frames[i], opacity, {});
    };
    const DrawLayer turned = layer_of(yuv.frames[0], 1, placed(1.2, 10, 960, 540));
    DrawLayer smooth = layer_of(yuv.frames[0], 1, placed(0.6, 0, 960, 540));
    smooth.sampling = Sampling::smooth;
    std::vector<Scene> scenes;
    scenes.push_back({"pass-through", &yuv, flat({whole(0, 1)})});
    scenes.push_back({"1 identity over 1 identity, 0.8", &yuv, flat({whole(0, 1), whole(1, 0.8)})});
    scenes.push_back(
        {"4 identity", &yuv, flat({whole(0, 1), whole(1, 0.8), whole(2, 0.8), whole(3, 0.8)})});
    scenes.push_back({"1 identity at 0.8", &yuv, flat({whole(0, 0.8)})});
    scenes.push_back({"1 identity, moved by a tile", &yuv,
                      flat({layer_of(yuv.frames[0], 1, {.tx = 128})}), 0.5});
    for (const auto& [count, limit] : {std::pair{1, 0.0}, std::pair{2, 0.0}, std::pair{4, 18.0},
                                       std::pair{8, 0.0}, std::pair{16, 70.0}})
        scenes.push_back({"mix N=" + std::to_string(count), &yuv, flat(mix(yuv, count)), limit});
    scenes.push_back({"mix N=4 in 3 comps in one another", &yuv, nested(mix(yuv, 4))});
    scenes.push_back({"10 layers", &yuv, flat(ten_layers(yuv))});
    scenes.push_back({"10 layers, ten comps deep", &yuv, nested(ten_layers(yuv))});
    scenes.push_back({"1 full + 3 scaled 0.8", &yuv, flat(one_and_three_scaled(yuv))});
    scenes.push_back({"1 rotated full frame", &yuv, flat({turned})});
    scenes.push_back({"1 smooth, scaled 0.6", &yuv, flat({smooth})});
    scenes.push_back({"group 0.8 of 1 full + 3 scaled", &yuv,
                      grouped({whole(3, 1)}, one_and_three_scaled(yuv), 0.8)});
    scenes.push_back(
        {"group 0.8 of 2 rotated", &yuv,
         grouped({whole(3, 1)}, {turned, layer_of(yuv.frames[1], 0.8, placed(0.7, 15, 960, 540))},
                 0.8)});
    DrawLayer bicubic = smooth;
    bicubic.sampling = Sampling::bicubic;
    scenes.push_back({"1 bicubic, scaled 0.6", &yuv, flat({bicubic})});
    scenes.push_back({"1 in an ellipse", &yuv, masked(yuv, 0)});
    scenes.push_back({"1 in an ellipse that moves", &yuv, masked(yuv, 0), 0, move_mask});
    scenes.push_back({"1 in an ellipse, feather 200", &yuv, masked(yuv, 200)});
    scenes.push_back({"1 in an ellipse, 200, that moves", &yuv, masked(yuv, 200), 0, move_mask});
    DrawLayer matte = layer_of(yuv.frames[2], 1, placed(0.5, 0, 960, 540));
    matte.blend = BlendMode::stencil_luma;
    scenes.push_back(
        {"1 with a luma matte", &yuv, grouped({whole(0, 1)}, {whole(1, 1), matte}, 1)});
    DrawList in_light = flat({whole(0, 1), whole(1, 0.8)});
    in_light.groups[0].light = Light::linear;
    scenes.push_back({"1 identity at 0.8, linear light", &yuv, in_light});
    scenes.push_back({"canvas of 1, whole", &yuv, rasterized({whole(0, 1)}, {{0, 0}}, {{}})});
    scenes.push_back(
        {"canvas of 1 in 5 places, halved", &yuv,
         rasterized({whole(0, 1)}, {{0, 0}, {1, 1}},
                    {placed(0.5, 0, 500, 300), placed(0.4, 9, 1400, 320), placed(0.3, 0, 960, 760),
                     placed(0.3, 0, 300, 800), placed(0.3, 0, 1500, 800)})});
    return scenes;
}

constexpr std::uint32_t bench_lut_size = 33;
constexpr EffectTablePlace bench_lut{.first = 0, .dimensions = 3, .size = bench_lut_size};
constexpr EffectTablePlace bench_curves{
    .first = 2 + bench_lut_size * bench_lut_size * bench_lut_size, .dimensions = 1, .size = 1025};

/// A table for each kind that needs one; what is in them costs nothing.
void load_bench_tables(Renderer& renderer) {
    constexpr std::uint64_t page = 4096;
    const std::uint64_t bytes = (bench_curves.end() * table_entry_bytes + page - 1) / page * page;
    const UniqueFd segment = must(create_segment("bench-tables", bytes));
    const Mapping mapping = must(Mapping::map(segment, bytes, Access::read_write));
    const auto put = [&mapping](const EffectTablePlace& table) {
        auto* const floats = reinterpret_cast<float*>(mapping.data()) + std::size_t{4} * table.first;
        for (std::size_t c = 0; c < 3; ++c) floats[4 + c] = static_cast<float>(table.size - 1);
        for (std::uint64_t i = 2; i < table.end() - table.first; ++i)
            for (std::size_t c = 0; c < 3; ++c)
                floats[4 * i + c] = static_cast<float>(i * (7 + c) % 97) / 96;
    };
    put(bench_lut);
    put(bench_curves);
    must(renderer.load_tables(bytes, must(reopen_read_only(segment))));
}

/// With parameters that change something.
PictureEffect bench_effect(std::uint32_t kind) {
    PictureEffect effect{.kind = kind, .values = {}};
    for (const PictureEffectParameter& parameter : effect.type().parameters) {
        const double value = parameter.otherwise != parameter.neutral
                                 ? parameter.otherwise
                                 : parameter.otherwise * 0.7 + 0.05 * parameter.high;
        effect.values.insert(effect.values.end(), parameter.numbers, value);
    }
    if (effect.type().nature == EffectNature::lut) effect.table = bench_lut;
    if (effect.type().nature == EffectNature::curves) effect.table = bench_curves;
    return effect;
}

/// One full frame with each effect, with several, and below an adjustment.
std::vector<Scene> effect_scenes(const Footage& yuv) {
    std::vector<Scene> scenes;
    const auto whole = [&yuv](std::vector<PictureEffect> effects) {
        DrawLayer layer = layer_of(yuv.frames[0], 1, {});
        layer.effects = std::move(effects);
        return layer;
    };
    std::vector<PictureEffect> all;
    const auto count = static_cast<std::uint32_t>(picture_effect_types().size());
    for (std::uint32_t kind = 0; kind < count; ++kind) {
        all.push_back(bench_effect(kind));
        scenes.push_back({"effect: " + std::string(all.back().type().name), &yuv,
                          flat({whole({all.back()})})});
    }
    scenes.push_back({"effects: first 4", &yuv, flat({whole({all.begin(), all.begin() + 4})})});
    scenes.push_back({"effects: first 8", &yuv, flat({whole({all.begin(), all.begin() + 8})})});
    DrawLayer adjustment = whole({all.front()});
    adjustment.kind = LayerKind::adjustment;
    scenes.push_back({"adjustment of mix N=4", &yuv, [&] {
                          std::vector<DrawLayer> layers = mix(yuv, 4);
                          layers.push_back(adjustment);
                          return flat(std::move(layers));
                      }()});
    return scenes;
}

std::vector<Scene> small_scenes(const Footage& quarter, const Footage& sd_quarter) {
    return {{"10 views at a quarter", &quarter, flat(ten_views(quarter, 0)), 8},
            {"10 views at a quarter, off grid", &quarter, flat(ten_views(quarter, 0.3)), 8},
            {"matrix: 10 views at a quarter", &sd_quarter, flat(ten_views(sd_quarter, 0)), 10},
            {"matrix: 10 views, off grid", &sd_quarter, flat(ten_views(sd_quarter, 0.3)), 10}};
}

std::vector<Scene> other_scenes(const Footage& sd, const Footage& alpha, const Footage& deep) {
    const DrawLayer below = layer_of(alpha.frames[0], 1, {});
    const DrawLayer above = layer_of(alpha.frames[1], 1, {});
    std::vector<Scene> scenes;
    scenes.push_back({"matrix: mix N=1", &sd, flat(mix(sd, 1))});
    scenes.push_back({"matrix: mix N=4", &sd, flat(mix(sd, 4)), 26});
    scenes.push_back({"matrix: mix N=16", &sd, flat(mix(sd, 16)), 100});
    scenes.push_back({"matrix: 1 full + 3 scaled 0.8", &sd, flat(one_and_three_scaled(sd))});
    scenes.push_back({"alpha over alpha", &alpha, flat({below, above})});
    scenes.push_back({"isolated: group 0.8 of 2 alpha", &alpha, grouped({}, {below, above}, 0.8)});
    scenes.push_back({"10 bit in: mix N=1", &deep, flat(mix(deep, 1))});
    scenes.push_back({"10 bit in: mix N=4", &deep, flat(mix(deep, 4))});
    DrawLayer hdr = layer_of(deep.frames[0], 1, {});
    hdr.frame.color.matrix = ColorMatrix::bt2020_ncl;
    hdr.frame.color.primaries = ColorPrimaries::bt2020;
    hdr.frame.color.transfer = ColorTransfer::pq;
    scenes.push_back({"10 bit in: 1 identity, PQ to SDR", &deep, flat({hdr})});
    return scenes;
}

struct Options {
    int frames = 12;
    std::string only;
    wire::FrameAccess access = wire::FrameAccess::automatic;
};

/// ms per frame.
struct Cost {
    double cpu = 0;
    double wall = 0;
    double submit = 0;
};

Cost draw_round(Renderer& renderer, const Scene& scene, int frames, std::size_t in_flight) {
    DrawList list = scene.list;
    const double start = wall_ms();
    const double cpu = cpu_ms();
    double submitting = 0;
    std::deque<compositor::Submission> flying;
    for (int i = 0; i < frames; ++i) {
        if (scene.change) scene.change(list, i);
        const double before = wall_ms();
        flying.push_back(must(renderer.submit(list)));
        submitting += wall_ms() - before;
        if (flying.size() < in_flight) continue;
        must(renderer.finish(std::move(flying.front())));
        flying.pop_front();
    }
    for (compositor::Submission& submission : flying) must(renderer.finish(std::move(submission)));
    return {(cpu_ms() - cpu) / frames, (wall_ms() - start) / frames, submitting / frames};
}

void run(const Scene& scene, const Options& options) {
    compositor::RendererOptions wanted;
    wanted.access = options.access;
    wanted.output = {.width = width, .height = height, .format = yuv420p, .color = bt709};
    wanted.canvas_bytes = must(canvas_bytes(scene.list));
    const auto renderer = must(Renderer::create(wanted));
    must(renderer->map_segment({.segment = SegmentId{1}, .bytes = scene.footage->bytes},
                               UniqueFd(::dup(scene.footage->fd.get()))));
    load_bench_tables(*renderer);
    const double first = cpu_ms();
    for (int i = 0; i < 2; ++i) must(renderer->finish(must(renderer->submit(scene.list))));
    const double warm = cpu_ms() - first;

    Cost best;
    for (int round = 0; round < rounds; ++round) {
        const Cost cost = draw_round(*renderer, scene, options.frames, wanted.frames_in_flight);
        if (round == 0 || cost.cpu < best.cpu) best = cost;
    }
    std::printf("%-34s %8.2f %8.2f %8.2f %9.0f", scene.name.c_str(), best.cpu, best.wall,
                best.submit, warm);
    if (scene.limit_ms > 0) std::printf(" %7.1f", scene.limit_ms);
    std::printf("\n");
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--frames" && i + 1 < argc)
            options.frames = std::max(1, std::atoi(argv[++i]));
        if (argument == "--scene" && i + 1 < argc) options.only = argv[++i];
        if (argument == "--staging") options.access = wire::FrameAccess::staging;
    }
    const Footage yuv = make_footage(yuv420p, bt709);
    const Footage sd = make_footage(yuv420p, bt601);
    const Footage alpha = make_footage(yuva420p, bt709);
    const Footage deep = make_footage(yuv420p10, bt709);
    std::printf("%-34s %8s %8s %8s %9s %7s\n", "1080p, yuv420p out", "CPU ms", "wall ms", "submit",
                "first two", "limit");
    const Footage quarter = make_footage(yuv420p, bt709, {2, 2});
    const Footage sd_quarter = make_footage(yuv420p, bt601, {2, 2});
    for (const auto& scenes :
         {plain_scenes(yuv), effect_scenes(yuv), small_scenes(quarter, sd_quarter), other_scenes(sd, alpha, deep)})
        for (const Scene& scene : scenes)
            if (scene.name.find(options.only) != std::string::npos) run(scene, options);
    return 0;
}
