#include "tests/ipc/wire/random_messages.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "ipc/frame/canvas_layout.hpp"

namespace reelpool::test {
namespace {

using namespace reelpool::wire;

std::uint32_t u32(Random& random) {
    return random.one_in(4) ? static_cast<std::uint32_t>(random.below(10))
                            : random.any<std::uint32_t>();
}

double number(Random& random) {
    const double value = std::ldexp(static_cast<double>(random.between(-1000000, 1000000)),
                                    static_cast<int>(random.between(-30, 30)));
    return random.one_in(5) ? 0.0 : value;
}

std::string text(Random& random) {
    constexpr std::array<std::string_view, 12> pieces{"a",
                                                      "Z",
                                                      "7",
                                                      " ",
                                                      "/",
                                                      "\n",
                                                      "\"",
                                                      "%04d",
                                                      "\xc3\xa9",
                                                      "\xe2\x82\xac",
                                                      "\xf0\x9f\x8e\x9e",
                                                      "\xed\x9f\xbf"};
    std::string out;
    const std::uint64_t length = random.below(random.one_in(10) ? 800 : 20);
    for (std::uint64_t i = 0; i < length; ++i) out += pieces[random.below(pieces.size())];
    return out;
}

Rational positive_fraction(Random& random) {
    return {random.between(1, 2147483647), random.between(1, 2147483647)};
}

Level level(Random& random) {
    return {static_cast<std::uint8_t>(random.below(16)),
            static_cast<std::uint8_t>(random.below(16))};
}

PixelFormat pixel_format(Random& random) {
    PixelFormat format;
    format.model = static_cast<ColorModel>(random.below(3));
    format.bit_depth = static_cast<std::uint8_t>(random.between(8, 16));
    format.has_alpha = random.one_in(2);
    if (format.model == ColorModel::yuv) {
        format.chroma_shift_x = static_cast<std::uint8_t>(random.below(3));
        format.chroma_shift_y = static_cast<std::uint8_t>(random.below(3));
    }
    return format;
}

ColorDescription color(Random& random) {
    return {.matrix = static_cast<ColorMatrix>(random.any<std::uint8_t>()),
            .primaries = static_cast<ColorPrimaries>(random.any<std::uint8_t>()),
            .transfer = static_cast<ColorTransfer>(random.any<std::uint8_t>()),
            .range = static_cast<ColorRange>(random.below(3)),
            .siting = static_cast<ChromaSiting>(random.below(4))};
}

std::uint32_t side(Random& random) {
    return static_cast<std::uint32_t>(random.between(1, max_picture_side));
}

Error error(Random& random) {
    constexpr std::array codes{ErrorCode::internal, ErrorCode::usage,  ErrorCode::project,
                               ErrorCode::media,    ErrorCode::decode, ErrorCode::render,
                               ErrorCode::output,   ErrorCode::limit,  ErrorCode::retryable,
                               ErrorCode::cancelled};
    return {.code = codes[random.below(codes.size())],
            .component = static_cast<Component>(random.below(9)),
            .subject = text(random),
            .what = text(random),
            .cause = text(random),
            .hint = text(random)};
}

SoundInfo sound_info(Random& random) {
    SoundInfo info{
        .codec = text(random),
        .rate_hz = static_cast<std::uint32_t>(random.between(min_sound_rate_hz, max_sound_rate_hz)),
        .channels = static_cast<std::uint32_t>(random.between(1, max_sound_channels)),
        .layout_mask = 0,
        .first_sample = Rational(random.between(-1'000'000, 1'000'000), random.between(1, 192'000)),
        .duration = positive_fraction(random) / 4};
    if (random.one_in(2))
        while (static_cast<std::uint32_t>(std::popcount(info.layout_mask)) != info.channels)
            info.layout_mask |= std::uint64_t{1} << random.below(64);
    return info;
}

/// A medium of sound alone.
MediaInfo sound_only(Random& random) {
    MediaInfo info;
    info.container = text(random);
    info.codec = text(random);
    info.has_pictures = false;
    info.has_sound = true;
    info.sound = sound_info(random);
    return info;
}

MediaInfo media_info(Random& random) {
    MediaInfo info{.container = text(random),
                   .codec = text(random),
                   .format = pixel_format(random),
                   .width = side(random),
                   .height = side(random),
                   .sample_aspect = positive_fraction(random),
                   .orientation = {static_cast<std::uint8_t>(random.below(4)), random.one_in(2)},
                   .tagged = color(random),
                   .color = color(random),
                   .is_still = random.one_in(2),
                   .is_interlaced = random.one_in(2),
                   .is_top_field_first = random.one_in(2),
                   .has_sound = random.one_in(2),
                   .sound = {},
                   .streams = {},
                   .notes = {}};
    for (std::uint64_t i = random.below(4); i > 0; --i)
        info.streams.push_back({.index = u32(random),
                                .kind = text(random),
                                .codec = text(random),
                                .facts = text(random),
                                .is_shown = random.one_in(2)});
    for (std::uint64_t i = random.below(5); i > 0; --i) info.notes.push_back(text(random));
    if (info.has_sound && random.one_in(2)) info.sound = sound_info(random);
    return info;
}

FrameTable frame_table(Random& random) {
    FrameTable table;
    table.time_base = positive_fraction(random);
    std::int64_t pts = random.between(-(std::int64_t{1} << 60), std::int64_t{1} << 60);
    const std::uint64_t count = 1 + random.below(random.one_in(5) ? 300 : 6);
    for (std::uint64_t i = 0; i < count; ++i) {
        table.pts.push_back(pts);
        if (i == 0 || random.one_in(7)) table.keyframes.push_back(static_cast<std::uint32_t>(i));
        pts += random.between(1, 1 << 20);
    }
    table.end_pts = pts;
    return table;
}

FrameSource frame_source(Random& random) {
    return {.media = MediaId{u32(random)},
            .frame = FrameIndex{u32(random)},
            .level = level(random),
            .format = pixel_format(random),
            .width = side(random),
            .height = side(random),
            .color = color(random),
            .slot = {SegmentId{u32(random)}, u32(random)}};
}

Color rgba(Random& random) {
    return {number(random), number(random), number(random), number(random)};
}

Mask mask(Random& random) {
    Mask mask;
    mask.shape = static_cast<MaskShape>(random.below(3));
    mask.mode = static_cast<MaskMode>(random.below(3));
    mask.is_inverted = random.one_in(2);
    mask.feather = std::abs(number(random));
    mask.expansion = number(random);
    mask.opacity = static_cast<double>(random.below(1001)) / 1000;
    const auto point = [&random] { return MaskPoint{number(random), number(random)}; };
    mask.center = point();
    mask.size = {std::abs(number(random)), std::abs(number(random))};
    for (std::uint64_t i = 2 + random.below(5); i > 0; --i)
        mask.vertices.push_back({point(), point(), point()});
    return mask;
}

PictureEffect effect(Random& random) {
    PictureEffect effect;
    effect.kind = static_cast<std::uint32_t>(random.below(picture_effect_types().size()));
    for (const PictureEffectParameter& parameter : effect.type().parameters) {
        for (std::uint8_t n = 0; n < parameter.numbers; ++n) {
            const double share = static_cast<double>(random.below(1001)) / 1000;
            effect.values.push_back(parameter.low * (1 - share) + parameter.high * share);
        }
    }
    const bool is_curves = effect.type().nature == EffectNature::curves;
    if (is_curves || effect.type().nature == EffectNature::lut)
        effect.table = {.first = static_cast<std::uint32_t>(random.bits()),
                        .dimensions = is_curves || random.one_in(2) ? 1U : 3U,
                        .size = static_cast<std::uint32_t>(2 + random.below(128)),
                        .checksum = random.bits()};
    return effect;
}

/// A layer of group number `owner`, which may show the canvases before it.
DrawLayer layer(Random& random, std::uint32_t owner, const std::vector<DrawCanvas>& canvases) {
    DrawLayer layer;
    layer.kind = static_cast<LayerKind>(random.below(6));
    const bool has_group = layer.kind == LayerKind::group || layer.kind == LayerKind::mix;
    if (has_group && owner == 0) layer.kind = LayerKind::solid;
    if (layer.kind == LayerKind::canvas && canvases.empty()) layer.kind = LayerKind::frame;
    switch (layer.kind) {
        case LayerKind::frame:
            layer.frame = frame_source(random);
            break;
        case LayerKind::solid:
            layer.solid = rgba(random);
            break;
        case LayerKind::group:
            layer.group = static_cast<std::uint32_t>(random.below(owner));
            break;
        case LayerKind::mix:
            layer.group = static_cast<std::uint32_t>(random.below(owner));
            layer.mix = {static_cast<MixKind>(random.below(6)),
                         static_cast<std::uint32_t>(random.below(owner)),
                         static_cast<double>(random.below(1001)) / 1000,
                         static_cast<double>(random.below(1001)) / 1000};
            break;
        case LayerKind::adjustment:
            break;
        case LayerKind::canvas: {
            layer.canvas = static_cast<std::uint32_t>(random.below(canvases.size()));
            const std::vector<Level>& levels = canvases[layer.canvas].levels;
            layer.level = levels[random.below(levels.size())];
            break;
        }
    }
    layer.sampling = static_cast<Sampling>(random.below(4));
    layer.opacity = static_cast<double>(random.below(1001)) / 1000;
    layer.blend = static_cast<BlendMode>(random.below(29));
    layer.dissolve = {static_cast<std::uint32_t>(random.bits()),
                      static_cast<std::uint32_t>(random.bits())};
    layer.matrix = {number(random), number(random), number(random),
                    number(random), number(random), number(random)};
    layer.rect = {number(random), number(random), number(random), number(random)};
    for (EdgeRule& edge : layer.edges) edge = static_cast<EdgeRule>(random.below(3));
    if (layer.kind == LayerKind::mix) return layer;
    for (std::uint64_t i = random.below(4); i > 1; --i) layer.effects.push_back(effect(random));
    if (!random.one_in(3)) return layer;
    layer.mask_matrix = {number(random), number(random), number(random),
                         number(random), number(random), number(random)};
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) layer.masks.push_back(mask(random));
    return layer;
}

std::vector<DrawGroup> draw_groups(Random& random, const std::vector<DrawCanvas>& canvases) {
    std::vector<DrawGroup> groups(1 + random.below(5));
    for (std::uint32_t g = 0; g < groups.size(); ++g) {
        groups[g].background = rgba(random);
        groups[g].comp = u32(random);
        groups[g].light = static_cast<Light>(random.below(3));
        for (std::uint64_t i = random.below(6); i > 0; --i)
            groups[g].layers.push_back(layer(random, g, canvases));
    }
    return groups;
}

DrawList draw_list(Random& random) {
    DrawList list;
    list.output = OutputIndex{u32(random)};
    for (std::uint64_t i = random.below(4); i > 0; --i) {
        DrawCanvas canvas{.width = side(random), .height = side(random), .groups = {}};
        canvas.has_alpha = random.below(2) == 0;
        canvas.levels = with_ways({level(random), level(random)});
        canvas.groups = draw_groups(random, list.canvases);
        list.canvases.push_back(std::move(canvas));
    }
    list.groups = draw_groups(random, list.canvases);
    return list;
}

OutputSettings output_settings(Random& random) {
    OutputSettings settings;
    settings.part_path = text(random);
    settings.png_pattern = text(random);
    settings.journal_path = text(random);
    settings.codec = static_cast<Codec>(random.below(static_cast<unsigned>(Codec::webp) + 1));
    settings.container =
        static_cast<Container>(random.below(static_cast<unsigned>(Container::ogg) + 1));
    settings.format = {.width = side(random),
                       .height = side(random),
                       .format = pixel_format(random),
                       .color = color(random),
                       .dither = random.one_in(2) ? Dither::ordered : Dither::none};
    settings.frame_rate = positive_fraction(random);
    settings.frame_count = u32(random);
    settings.preset = text(random);
    settings.crf = random.any<std::int32_t>();
    settings.bitrate = random.bits();
    settings.encoder_threads = u32(random);
    settings.keyframe_interval = u32(random);
    for (std::uint64_t i = random.below(4); i > 0; --i)
        settings.metadata.emplace_back(text(random), text(random));
    if (random.one_in(2))
        settings.mastering_display = {.green = {u32(random), u32(random)},
                                      .blue = {u32(random), u32(random)},
                                      .red = {u32(random), u32(random)},
                                      .white = {u32(random), u32(random)},
                                      .max_luminance = u32(random),
                                      .min_luminance = u32(random)};
    if (random.one_in(2)) settings.content_light = {u32(random), u32(random)};
    if (random.one_in(2))
        settings.sound = SoundSettings{.codec = static_cast<SoundCodec>(random.below(9)),
                                       .rate_hz = u32(random),
                                       .layout = static_cast<SoundLayout>(random.below(8)),
                                       .bitrate = random.bits(),
                                       .samples = random.bits()};
    return settings;
}

Decode decode(Random& random) {
    Decode message{.cursor = CursorId{u32(random)},
                   .seek_to = random.one_in(2) ? no_seek : u32(random),
                   .steps = {}};
    std::uint32_t frame = static_cast<std::uint32_t>(random.below(1000));
    for (std::uint64_t s = random.below(random.one_in(5) ? 60 : 4); s > 0; --s) {
        DecodeStep& step = message.steps.emplace_back();
        step.frame = FrameIndex{frame};
        frame += static_cast<std::uint32_t>(random.between(1, 1 << 20));
        for (std::uint64_t g = random.below(4); g > 0; --g)
            step.grants.push_back({.level = level(random),
                                   .segment = SegmentId{u32(random)},
                                   .offset_bytes = u32(random),
                                   .slot_bytes = u32(random),
                                   .generation = Generation{u32(random)},
                                   .may_be_direct = random.one_in(2)});
    }
    return message;
}

DecodeSound decode_sound(Random& random) {
    DecodeSound message{.block = static_cast<std::uint32_t>(random.below(max_sound_blocks)),
                        .start = static_cast<SoundStart>(random.below(3)),
                        .start_block = 0,
                        .segment = SegmentId{u32(random)},
                        .offset_bytes = u32(random),
                        .generation = Generation{u32(random)}};
    if (message.start == SoundStart::at_block)
        message.start_block = static_cast<std::uint32_t>(random.below(message.block + 1));
    return message;
}

SlotsReady slots_ready(Random& random) {
    SlotsReady message;
    message.cursor = CursorId{u32(random)};
    for (std::uint64_t i = random.below(random.one_in(5) ? 60 : 4); i > 0; --i)
        message.slots.push_back({.segment = SegmentId{u32(random)},
                                 .offset_bytes = u32(random),
                                 .generation = Generation{u32(random)},
                                 .frame = FrameIndex{u32(random)},
                                 .level = level(random),
                                 .is_concealed = random.one_in(2),
                                 .is_held = random.one_in(2)});
    for (std::uint64_t i = random.below(4); i > 0; --i)
        message.released.push_back({.segment = SegmentId{u32(random)},
                                    .offset_bytes = u32(random),
                                    .generation = Generation{u32(random)}});
    message.steps_done = u32(random);
    message.counters = {.frames_decoded = random.bits(),
                        .frames_copied = random.bits(),
                        .frames_direct = random.bits(),
                        .frames_converted = random.bits(),
                        .seeks = random.bits(),
                        .seek_corrections = random.bits(),
                        .bytes_read = random.bits(),
                        .cpu_us = random.bits(),
                        .copy_us = random.bits(),
                        .sound_blocks = random.bits(),
                        .sound_seeks = random.bits()};
    return message;
}

Device device(Random& random) {
    return {.name = text(random),
            .kind = text(random),
            .driver = text(random),
            .strategy = text(random),
            .refusal = text(random)};
}

CompositorCounters compositor_counters(Random& random) {
    return {.layers_imported = random.bits(),
            .layers_staged = random.bits(),
            .frames_passed_through = random.bits(),
            .frames_repeated = random.bits(),
            .comps_rasterized = random.bits(),
            .composite_us = random.bits(),
            .encode_us = random.bits(),
            .cpu_us = random.bits(),
            .draw_us = random.bits(),
            .start_us = random.bits(),
            .transfer_us = random.bits(),
            .bytes_written = random.bits()};
}

SandboxLevel sandbox(Random& random) {
    SandboxLevel level{.mode = static_cast<SandboxMode>(random.below(3)), .pieces = {}, .gaps = {}};
    for (std::uint64_t i = random.below(7); i > 0; --i)
        level.add(static_cast<SandboxPiece>(random.below(6)));
    for (std::uint64_t i = random.below(4); i > 0; --i)
        level.gaps.push_back({.piece = static_cast<SandboxPiece>(random.below(6)),
                              .reason = text(random),
                              .is_relaxed = random.one_in(2)});
    return level;
}

FramesDone frames_done(Random& random) {
    FramesDone message;
    for (std::uint64_t i = random.below(random.one_in(5) ? 60 : 4); i > 0; --i)
        message.frames.push_back(OutputIndex{u32(random)});
    message.frames_encoded = u32(random);
    message.counters = compositor_counters(random);
    message.composite_us = random.bits();
    return message;
}

SoundVoice sound_voice(Random& random, std::uint64_t first, std::uint32_t samples) {
    SoundVoice voice{.key = random.bits(),
                     .media = MediaId{u32(random)},
                     .channels = static_cast<std::uint32_t>(random.between(1, 64)),
                     .runs = {},
                     .routes = {},
                     .points = {},
                     .gains = {}};
    for (std::uint32_t at = 0; at < samples;) {
        const auto count = static_cast<std::uint32_t>(random.between(1, samples - at));
        voice.runs.push_back({.first = first + at,
                              .count = count,
                              .position = random.between(-100'000, 1'000'000'000),
                              .fraction = double(random.below(1000)) / 1000,
                              .step = double(random.between(1, 1600)) / 100,
                              .pitch = -double(random.between(1, 1600)) / 100});
        at += count;
    }
    for (std::uint64_t i = random.between(1, 4); i > 0; --i)
        voice.routes.push_back({static_cast<std::uint8_t>(random.below(voice.channels)),
                                static_cast<std::uint8_t>(random.below(8))});
    voice.points = {first, first + samples};
    for (std::size_t i = 0; i < 2 * voice.routes.size(); ++i)
        voice.gains.push_back(double(random.below(2000)) / 1000);
    return voice;
}

SoundBus sound_bus(Random& random, const SoundMix& mix, std::uint32_t index) {
    SoundBus bus{.key = random.bits(),
                 .parent = index > 0 && random.one_in(2) ? index - 1 : main_bus,
                 .layout_mask = 1 + random.below(255),
                 .first = mix.first,
                 .count = mix.samples,
                 .effects = {},
                 .routes = {{0, 0}},
                 .points = {mix.first},
                 .gains = {double(random.below(2000)) / 1000}};
    for (std::uint64_t i = random.below(3); i > 0; --i) {
        SoundEffect effect{static_cast<SoundEffectKind>(random.below(10)), {}, index};
        // Turned down by the bus before it, which must not wait for this one then.
        if (effect.kind == SoundEffectKind::duck && index == 0)
            effect.kind = SoundEffectKind::volume;
        if (effect.kind == SoundEffectKind::duck) {
            effect.key = index - 1;
            bus.parent = main_bus;
        }
        for (const SoundEffectParameter& parameter : effect.type().parameters)
            effect.values.push_back(parameter.otherwise);
        bus.effects.push_back(std::move(effect));
    }
    return bus;
}

SoundMix sound_mix(Random& random) {
    SoundMix mix{.chunk = u32(random),
                 .first = random.below(std::uint64_t{1} << 40),
                 .samples = static_cast<std::uint32_t>(random.between(1, sound_chunk_samples)),
                 .voices = {},
                 .slots = {}};
    for (std::uint64_t i = random.below(4); i > 0; --i)
        mix.voices.push_back(sound_voice(random, mix.first, mix.samples));
    for (std::uint64_t i = random.below(4); i > 0; --i)
        mix.buses.push_back(sound_bus(random, mix, static_cast<std::uint32_t>(mix.buses.size())));
    if (!mix.voices.empty() && !mix.buses.empty()) {
        mix.voices[0].bus = 0;
        for (SoundRoute& route : mix.voices[0].routes) route.to = 0;
    }
    for (std::uint64_t i = random.below(4); i > 0; --i)
        mix.slots.push_back({.media = MediaId{u32(random)},
                             .block = u32(random),
                             .segment = SegmentId{u32(random)},
                             .offset_bytes = u32(random),
                             .generation = Generation{u32(random)}});
    return mix;
}

OutputFinished output_finished(Random& random) {
    OutputFinished done{random.bits(), u32(random), compositor_counters(random)};
    if (random.one_in(2)) return done;
    done.sound = SoundResult{.encoder = text(random),
                             .mixed_lufs = -double(random.below(70)),
                             .integrated_lufs = -double(random.below(70)),
                             .range_lu = double(random.below(20)),
                             .true_peak_db = -double(random.below(20)),
                             .gain_db = double(random.below(20)),
                             .clipped_samples = random.bits(),
                             .worst_peak_db = double(random.below(20)),
                             .worst_sample = random.bits(),
                             .mix_us = random.bits(),
                             .encode_us = random.bits()};
    return done;
}

}  // namespace

ToZygote random_to_zygote(Random& random, std::size_t kind) {
    static_assert(std::variant_size_v<ToZygote> == 2);
    if (kind == 0) return ForkWorker{WorkerId{u32(random)}};
    return ReapWorker{WorkerId{u32(random)}};
}

FromZygote random_from_zygote(Random& random, std::size_t kind) {
    static_assert(std::variant_size_v<FromZygote> == 2);
    if (kind == 0) return WorkerForked{WorkerId{u32(random)}, random.any<std::int32_t>()};
    return WorkerExited{WorkerId{u32(random)}, random.any<std::int32_t>()};
}

ToWorker random_to_worker(Random& random, std::size_t kind) {
    static_assert(std::variant_size_v<ToWorker> == 10);
    switch (kind) {
        case 0:
            return OpenMedia{
                .is_sequence = random.one_in(2),
                .alpha = static_cast<AlphaMode>(random.below(2)),
                .matrix_override = static_cast<ColorMatrix>(random.any<std::uint8_t>()),
                .range_override = static_cast<ColorRange>(random.below(3)),
                .max_side_px = u32(random),
                .max_frames = u32(random),
                .unit = static_cast<FrameUnit>(random.below(2)),
                .table_entry = static_cast<TableEntry>(random.below(3))};
        case 1:
            return AddSegment{SegmentId{u32(random)}, random.bits()};
        case 2:
            return DropSegment{SegmentId{u32(random)}};
        case 3:
            return OpenCursor{CursorId{u32(random)}, u32(random)};
        case 4:
            return CloseCursor{CursorId{u32(random)}};
        case 6:
            return AskProgress{random.bits()};
        case 7:
            return OpenSound{
                static_cast<std::uint32_t>(random.between(min_sound_rate_hz, max_sound_rate_hz))};
        case 8:
            return CloseSound{};
        case 9:
            return decode_sound(random);
        default:
            return decode(random);
    }
}

FromWorker random_from_worker(Random& random, std::size_t kind) {
    static_assert(std::variant_size_v<FromWorker> == 6);
    if (kind == 0 && random.one_in(4))
        return MediaOpened{.info = sound_only(random), .table = {}, .entry = {}};
    if (kind == 0)
        return MediaOpened{.info = media_info(random),
                           .table = frame_table(random),
                           .table_source = static_cast<TableSource>(random.below(3)),
                           .open_us = random.bits(),
                           .bytes_read = random.bits(),
                           .entry = Bytes(random.below(64), std::byte{0x5a}),
                           .sandbox = sandbox(random)};
    if (kind == 1) return slots_ready(random);
    if (kind == 3) return Progress{random.bits()};
    if (kind == 4)
        return SoundReady{
            .block = u32(random),
            .segment = SegmentId{u32(random)},
            .offset_bytes = u32(random),
            .generation = Generation{u32(random)},
            .missing_samples = static_cast<std::uint32_t>(random.below(sound_block_samples + 1)),
            .is_concealed = random.one_in(2),
            .counters = {.frames_decoded = random.bits(),
                         .cpu_us = random.bits(),
                         .sound_blocks = random.bits()}};
    if (kind == 5) return SoundFailed{u32(random), error(random)};
    return WorkerFailed{error(random), u32(random)};
}

ToCompositor random_to_compositor(Random& random, std::size_t kind) {
    static_assert(std::variant_size_v<ToCompositor> == 10);
    switch (kind) {
        case 0:
            return ListDevices{};
        case 1:
            return Configure{.output = output_settings(random),
                             .device = random.any<std::int32_t>(),
                             .access = static_cast<FrameAccess>(random.below(3)),
                             .frames_in_flight = u32(random),
                             .canvas_bytes = {random.bits(), random.bits()}};
        case 2:
            return MapSegment{SegmentId{u32(random)}, random.bits(), random.bits()};
        case 3:
            return UnmapSegment{SegmentId{u32(random)}};
        case 4:
            return Draw{draw_list(random)};
        case 6:
            return MapSound{SegmentId{u32(random)}, random.bits()};
        case 7:
            return UnmapSound{SegmentId{u32(random)}};
        case 8:
            return MixSound{sound_mix(random)};
        case 9:
            return LoadTables{random.bits()};
        default:
            return FinishOutput{};
    }
}

FromCompositor random_from_compositor(Random& random, std::size_t kind) {
    static_assert(std::variant_size_v<FromCompositor> == 7);
    switch (kind) {
        case 0: {
            Devices message;
            for (std::uint64_t i = random.below(4); i > 0; --i)
                message.devices.push_back(device(random));
            return message;
        }
        case 1:
            return CompositorReady{device(random), text(random), random.bits(), sandbox(random),
                                   text(random)};
        case 2:
            return frames_done(random);
        case 3:
            return output_finished(random);
        case 4:
            return CompositorFailed{error(random)};
        case 6:
            return SoundDone{u32(random)};
        default:
            return SegmentSealed{
                u32(random), u32(random), random.bits(), {random.bits(), random.bits()}};
    }
}

}  // namespace reelpool::test
