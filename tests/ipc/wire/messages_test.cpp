#include "ipc/wire/messages.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <variant>

#include "tests/ipc/wire/random_messages.hpp"

namespace reelpool::wire {
namespace {

using test::Random;

/// Encodes and decodes; a message whose decoding fails gives the error instead.
template <class Message, class Decoder>
void check_round_trip(const Message& message, Decoder decoder) {
    const Bytes bytes = encode(message);
    REQUIRE(bytes.size() % 8 == 0);
    const auto decoded = decoder(std::span(bytes));
    if (!decoded) FAIL(to_string(decoded.error()));
    REQUIRE(*decoded == message);
}

template <class Make, class Decoder>
void check_all_kinds(std::uint64_t seed, std::size_t kinds, Make make, Decoder decoder) {
    Random random(seed);
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (int i = 0; i < 300; ++i) {
            const auto message = make(random, kind);
            REQUIRE(message.index() == kind);
            check_round_trip(message, decoder);
        }
    }
}

TEST_CASE("every kind of message survives its trip") {
    check_all_kinds(1, std::variant_size_v<ToZygote>, test::random_to_zygote, decode_to_zygote);
    check_all_kinds(2, std::variant_size_v<FromZygote>, test::random_from_zygote,
                    decode_from_zygote);
    check_all_kinds(3, std::variant_size_v<ToWorker>, test::random_to_worker, decode_to_worker);
    check_all_kinds(4, std::variant_size_v<FromWorker>, test::random_from_worker,
                    decode_from_worker);
    check_all_kinds(5, std::variant_size_v<ToCompositor>, test::random_to_compositor,
                    decode_to_compositor);
    check_all_kinds(6, std::variant_size_v<FromCompositor>, test::random_from_compositor,
                    decode_from_compositor);
}

MediaOpened long_film(std::uint32_t frames, std::uint32_t keyframe_distance) {
    Random random(7);
    auto opened = std::get<MediaOpened>(test::random_from_worker(random, 0));
    while (!opened.info.has_pictures)
        opened = std::get<MediaOpened>(test::random_from_worker(random, 0));
    opened.table = {};
    opened.table.time_base = Rational(1, 90000);
    for (std::uint32_t i = 0; i < frames; ++i) {
        opened.table.pts.push_back(std::int64_t{i} * 3003 + 126000);
        if (i % keyframe_distance == 0) opened.table.keyframes.push_back(i);
    }
    opened.table.end_pts = std::int64_t{frames} * 3003 + 126000;
    return opened;
}

TEST_CASE("frame tables of a million frames fit the limits") {
    check_round_trip(FromWorker(long_film(1000000, 250)), decode_from_worker);
    check_round_trip(FromWorker(long_film(1000000, 1)), decode_from_worker);
}

TEST_CASE("large lists of every kind fit the limits") {
    Decode decode{.cursor = CursorId{1}, .seek_to = 0, .steps = {}};
    for (std::uint32_t i = 0; i < 20000; ++i) {
        DecodeStep& step = decode.steps.emplace_back();
        step.frame = FrameIndex{i};
        for (std::uint8_t g = 0; g < 3; ++g)
            step.grants.push_back({.level = {g, g},
                                   .segment = SegmentId{g},
                                   .offset_bytes = i,
                                   .slot_bytes = 4096,
                                   .generation = Generation{i}});
    }
    check_round_trip(ToWorker(decode), decode_to_worker);

    SlotsReady ready;
    ready.slots.resize(65536);
    for (std::uint32_t i = 0; i < ready.slots.size(); ++i) ready.slots[i].frame = FrameIndex{i};
    check_round_trip(FromWorker(ready), decode_from_worker);

    Random random(8);
    DrawList list;
    while (list.groups.size() < 1000) {
        DrawList more = std::get<Draw>(test::random_to_compositor(random, 4)).list;
        // Groups of several lists together know no canvases.
        for_each_layer(more, [](DrawLayer& layer) {
            if (layer.kind == LayerKind::canvas) layer = {};
        });
        list.groups.insert(list.groups.end(), more.groups.begin(), more.groups.end());
    }
    list.groups[0].layers.resize(5);
    DrawGroup& last = list.groups.back();
    while (last.layers.size() < 20000)
        last.layers.insert(last.layers.end(), list.groups[0].layers.begin(),
                           list.groups[0].layers.end());
    check_round_trip(ToCompositor(Draw{list}), decode_to_compositor);

    FramesDone done;
    for (std::uint32_t i = 0; i < 100000; ++i) done.frames.push_back(OutputIndex{i});
    check_round_trip(FromCompositor(done), decode_from_compositor);
}

/// What arrives of a text; a '@' is made a zero byte on the way.
std::string decoded_text(const std::string& text) {
    const WorkerFailed failed{{.code = ErrorCode::decode,
                               .component = Component::worker,
                               .subject = text,
                               .what = {},
                               .cause = {},
                               .hint = {}},
                              no_seek};
    Bytes bytes = encode(FromWorker(failed));
    std::replace(bytes.begin(), bytes.end(), std::byte{'@'}, std::byte{0});
    const auto decoded = decode_from_worker(bytes);
    REQUIRE(decoded);
    return std::get<WorkerFailed>(*decoded).error.subject;
}

TEST_CASE("text for people is cut, and freed of what terminals and JSON choke on") {
    CHECK(decoded_text("a\x1b[31mb\tc\x7f\r\nd") == "a [31mb c  \nd");
    CHECK(decoded_text("a@b") == "a b");
    CHECK(decoded_text("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x9e") ==
          "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\x9e");
    CHECK(decoded_text("\xc2\x9b"
                       "31m") == " 31m");  // a control sequence in one character
    CHECK(decoded_text("\xff\xfe"
                       "a") == "??a");        // no UTF-8 at all
    CHECK(decoded_text("a\xc3") == "a?");     // cut short
    CHECK(decoded_text("\xc0\xaf") == "??");  // longer than necessary
    CHECK(decoded_text("\xe0\x80\xaf") == "???");
    CHECK(decoded_text("\xed\xa0\x80") == "???");       // half of a surrogate pair
    CHECK(decoded_text("\xf4\x90\x80\x80") == "????");  // beyond Unicode
    CHECK(decoded_text(std::string(5000, 'x')) == std::string(4096, 'x'));
    std::string euros;
    for (int i = 0; i < 2000; ++i) euros += "\xe2\x82\xac";
    CHECK(decoded_text(euros) == euros.substr(0, 4095));  // 1365 whole characters
}

TEST_CASE("a group may only be drawn after it was defined") {
    const auto refused = [](std::size_t groups, std::size_t owner, std::uint32_t target) {
        DrawList list;
        list.groups.resize(groups);
        DrawLayer layer;
        layer.kind = LayerKind::group;
        layer.group = target;
        list.groups[owner].layers.push_back(layer);
        return !decode_to_compositor(encode(ToCompositor(Draw{list}))).has_value();
    };
    CHECK_FALSE(refused(3, 2, 0));
    CHECK_FALSE(refused(3, 2, 1));
    CHECK_FALSE(refused(3, 1, 0));
    CHECK(refused(3, 2, 2));  // itself
    CHECK(refused(3, 1, 2));  // a later one
    CHECK(refused(3, 0, 0));
    CHECK(refused(1, 0, 0));
    CHECK(refused(3, 2, 3));
    CHECK(refused(3, 2, 0xffffffff));  // + 1 wraps in 32 bits
    CHECK_FALSE(decode_to_compositor(encode(ToCompositor(Draw{DrawList{}}))).has_value());
}

/// Changes a valid message of a kind and says whether its decoding is then refused.
template <class Kind, class Change>
bool draw_refused(Change change) {
    Random random(9);
    for (;;) {
        DrawList list = std::get<Draw>(test::random_to_compositor(random, 4)).list;
        for (DrawGroup& group : list.groups) {
            for (DrawLayer& layer : group.layers) {
                if (layer.kind != Kind::value) continue;
                change(layer);
                return !decode_to_compositor(encode(ToCompositor(Draw{list}))).has_value();
            }
        }
    }
}
using FrameLayer = std::integral_constant<LayerKind, LayerKind::frame>;
using SolidLayer = std::integral_constant<LayerKind, LayerKind::solid>;

/// A canvas at two levels that shows a canvas before it, and a main comp that shows both.
DrawList list_with_canvases() {
    const auto showing = [](std::uint32_t canvas, Level level) {
        DrawLayer layer;
        layer.kind = LayerKind::canvas;
        layer.canvas = canvas;
        layer.level = level;
        return layer;
    };
    DrawList list;
    list.canvases.resize(2);
    list.canvases[0] = {.width = 40, .height = 30, .groups = {DrawGroup{}}};
    list.canvases[1] = {.width = 64,
                        .height = 16384,
                        .has_alpha = false,
                        .levels = {{0, 0}, {1, 1}, {2, 1}},
                        .groups = {{.layers = {showing(0, {})}}}};
    list.groups = {{.layers = {showing(1, {2, 1}), showing(0, {}), showing(1, {})}}};
    return list;
}

TEST_CASE("canvases may only be shown after they were drawn, at the levels that they have") {
    const auto refused = [](auto change) {
        DrawList list = list_with_canvases();
        change(list);
        return !decode_to_compositor(encode(ToCompositor(Draw{list}))).has_value();
    };
    check_round_trip(ToCompositor(Draw{list_with_canvases()}), decode_to_compositor);
    CHECK(refused([](DrawList& l) { l.canvases[1].groups[0].layers[0].canvas = 1; }));  // itself
    CHECK(refused([](DrawList& l) { l.canvases[0].groups = l.groups; }));  // later ones
    CHECK(refused([](DrawList& l) { l.groups[0].layers[0].canvas = 2; }));
    CHECK(refused([](DrawList& l) { l.groups[0].layers[0].canvas = 0xffffffff; }));
    CHECK(refused([](DrawList& l) { l.groups[0].layers[0].level = {1, 0}; }));
    CHECK(refused([](DrawList& l) { l.groups[0].layers[0].level = {16, 0}; }));
    CHECK(refused([](DrawList& l) { l.groups[0].layers[1].level = {1, 1}; }));
    CHECK(refused([](DrawList& l) { l.groups[0].layers[1].sampling = static_cast<Sampling>(4); }));
    CHECK(refused([](DrawList& l) { l.canvases[0].groups.clear(); }));
    CHECK(refused([](DrawList& l) { l.canvases[0].width = 0; }));
    CHECK(refused([](DrawList& l) { l.canvases[0].height = 16385; }));
    CHECK(refused([](DrawList& l) { l.canvases[0].levels.clear(); }));
    CHECK(refused([](DrawList& l) { l.canvases[0].levels = {{1, 1}}; }));
    CHECK(refused([](DrawList& l) { l.canvases[1].levels = {{0, 0}, {2, 1}}; }));
    CHECK(refused([](DrawList& l) { l.canvases[1].levels = {{0, 0}, {2, 1}, {1, 1}}; }));
    CHECK(refused([](DrawList& l) { l.canvases[0].levels = {{0, 0}, {0, 0}}; }));
    CHECK(refused([](DrawList& l) { l.canvases[1].levels.push_back({16, 1}); }));
    // A canvas's groups are its own.
    CHECK(refused([](DrawList& l) {
        l.canvases[1].groups[0].layers[0].kind = LayerKind::group;
        l.canvases[1].groups[0].layers[0].group = 0;
    }));
}

TEST_CASE("draw lists with numbers out of range are refused") {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK_FALSE(draw_refused<FrameLayer>([](DrawLayer&) {}));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.opacity = nan; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.opacity = 1.0001; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.opacity = -0.1; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.matrix.tx = infinity; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.rect.bottom = nan; }));
    CHECK(draw_refused<SolidLayer>([](DrawLayer& l) { l.solid.g = -infinity; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.frame.width = 0; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.frame.height = max_picture_side + 1; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.frame.level = {16, 0}; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.frame.format.bit_depth = 20; }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.edges[2] = static_cast<EdgeRule>(3); }));
    CHECK(draw_refused<FrameLayer>([](DrawLayer& l) { l.sampling = static_cast<Sampling>(4); }));
}

template <class Change>
bool opened_refused(Change change) {
    Random random(10);
    auto message = std::get<MediaOpened>(test::random_from_worker(random, 0));
    while (!message.info.has_pictures || !message.info.sound)
        message = std::get<MediaOpened>(test::random_from_worker(random, 0));
    change(message);
    return !decode_from_worker(encode(FromWorker(message))).has_value();
}

TEST_CASE("what a worker says about its file is checked") {
    CHECK_FALSE(opened_refused([](MediaOpened&) {}));
    CHECK(opened_refused([](MediaOpened& m) { m.info.width = 0; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.height = 16385; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sample_aspect = Rational(0); }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sample_aspect = Rational(-1); }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sample_aspect = Rational(1LL << 40); }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.orientation.quarter_turns_clockwise = 4; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.format.chroma_shift_x = 3; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.color.range = static_cast<ColorRange>(3); }));
    CHECK(opened_refused([](MediaOpened& m) { m.table.pts.clear(); }));
    CHECK(opened_refused([](MediaOpened& m) { m.table.keyframes = {1}; }));
    CHECK(opened_refused([](MediaOpened& m) { m.table.time_base = Rational(0); }));
    CHECK(opened_refused([](MediaOpened& m) { m.table.time_base = Rational(1LL << 40); }));
    CHECK(opened_refused([](MediaOpened& m) { m.table.end_pts = m.table.pts.back(); }));
    CHECK(opened_refused([](MediaOpened& m) { m.entry.resize(max_table_entry_bytes + 1); }));
    CHECK(opened_refused([](MediaOpened& m) { m.sandbox.mode = static_cast<SandboxMode>(3); }));
    CHECK(opened_refused([](MediaOpened& m) { m.sandbox.add(static_cast<SandboxPiece>(6)); }));
    CHECK(opened_refused([](MediaOpened& m) { m.sandbox.gaps.resize(33); }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.has_pictures = false; }));
    CHECK(opened_refused([](MediaOpened& m) { m.table = {}; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.has_sound = false; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sound->rate_hz = 999; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sound->channels = 65; }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sound->channels = 0; }));
    CHECK(opened_refused([](MediaOpened& m) {
        m.info.sound->channels = 2;
        m.info.sound->layout_mask = 7;
    }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sound->duration = Rational(-1); }));
    CHECK(opened_refused([](MediaOpened& m) { m.info.sound->first_sample = 1LL << 40; }));
    const auto sound_only = [](auto change) {
        MediaOpened m;
        m.info.has_pictures = false;
        m.info.has_sound = true;
        m.info.sound.emplace();
        m.info.sound->rate_hz = 48000;
        m.info.sound->channels = 2;
        change(m);
        return decode_from_worker(encode(FromWorker(m))).has_value();
    };
    CHECK(sound_only([](MediaOpened&) {}));
    CHECK_FALSE(sound_only([](MediaOpened& m) { m.info.width = 16; }));
    CHECK_FALSE(sound_only([](MediaOpened& m) { m.info.sound.reset(); }));
    CHECK_FALSE(sound_only([](MediaOpened& m) { m.table.keyframes = {0}; }));
}

TEST_CASE("other promises of the protocol are checked") {
    const Decode unordered{
        .cursor = CursorId{1}, .seek_to = 0, .steps = {{FrameIndex{4}, {}}, {FrameIndex{4}, {}}}};
    CHECK_FALSE(decode_to_worker(encode(ToWorker(unordered))).has_value());
    const auto sound_refused = [](std::uint32_t block, SoundStart start, std::uint32_t from) {
        DecodeSound order;
        order.block = block;
        order.start = start;
        order.start_block = from;
        return !decode_to_worker(encode(ToWorker(order))).has_value();
    };
    CHECK_FALSE(sound_refused(4, SoundStart::at_block, 4));
    CHECK(sound_refused(4, SoundStart::at_block, 5));
    CHECK(sound_refused(4, SoundStart::go_on, 1));
    CHECK(sound_refused(4, static_cast<SoundStart>(3), 0));
    CHECK(sound_refused(max_sound_blocks, SoundStart::go_on, 0));
    CHECK_FALSE(decode_to_worker(encode(ToWorker(OpenSound{0}))).has_value());
    SoundReady hollow;
    hollow.missing_samples = sound_block_samples + 1;
    CHECK_FALSE(decode_from_worker(encode(FromWorker(hollow))).has_value());
    SlotsReady deep;
    deep.slots.emplace_back().level = {0, 16};
    CHECK_FALSE(decode_from_worker(encode(FromWorker(deep))).has_value());
    SlotsReady many;
    many.slots.resize(65537);
    CHECK_FALSE(decode_from_worker(encode(FromWorker(many))).has_value());
    Random random(11);
    const auto settings_refused = [&](auto change) {
        auto configure = std::get<Configure>(test::random_to_compositor(random, 1));
        change(configure);
        return !decode_to_compositor(encode(ToCompositor(configure))).has_value();
    };
    CHECK_FALSE(settings_refused([](Configure&) {}));
    CHECK(settings_refused([](Configure& c) { c.output.format.width = 0; }));
    CHECK(settings_refused([](Configure& c) { c.output.frame_rate = Rational(0); }));
    CHECK(settings_refused([](Configure& c) { c.output.frame_rate = Rational(-25); }));
    CHECK(settings_refused([](Configure& c) { c.output.codec = static_cast<Codec>(255); }));
    CHECK(settings_refused([](Configure& c) { c.access = static_cast<FrameAccess>(3); }));
}

TEST_CASE("an unknown error code becomes an internal error, many notes are cut") {
    const WorkerFailed failed{{.code = static_cast<ErrorCode>(99),
                               .component = Component::worker,
                               .subject = {},
                               .what = "x",
                               .cause = {},
                               .hint = {}},
                              3};
    const auto decoded = decode_from_worker(encode(FromWorker(failed)));
    REQUIRE(decoded);
    CHECK(std::get<WorkerFailed>(*decoded).error.code == ErrorCode::internal);
    MediaOpened opened;
    opened.info.width = opened.info.height = 8;
    opened.table.pts = {0};
    opened.table.end_pts = 1;
    opened.table.keyframes = {0};
    opened.info.notes.assign(1000, "note");
    const auto cut = decode_from_worker(encode(FromWorker(opened)));
    REQUIRE(cut);
    CHECK(std::get<MediaOpened>(*cut).info.notes.size() == 64);
}

}  // namespace
}  // namespace reelpool::wire
