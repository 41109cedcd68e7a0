// The sound schedule, carried out in a simulated world: workers that decode, die and lie.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "orchestrator/plan/slot_table.hpp"
#include "orchestrator/plan/sound_runner.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using wire::SoundStart;

namespace {

constexpr std::uint32_t rate = 48000;

/// Blocks that a clip reads: chunk c of the timeline plays the source from `first_second` on.
struct Voice {
    MediaId media;
    std::uint32_t first_chunk = 0;
    std::uint32_t chunks = 0;
    double source_second = 0;
    double speed = 1;  ///< -1: reverse
};

SoundWants wants_of(std::uint32_t chunks, const std::vector<Voice>& voices,
                    std::uint32_t channels = 2) {
    SoundWants wants{.mix_hz = rate, .chunks = {}, .channels_of = {}};
    for (std::uint32_t c = 0; c < chunks; ++c) {
        std::set<SoundBlockRef> blocks;
        for (const Voice& voice : voices) {
            wants.channels_of[voice.media] = channels;
            if (c < voice.first_chunk || c >= voice.first_chunk + voice.chunks) continue;
            const double begin = voice.source_second + voice.speed * (c - voice.first_chunk);
            const double from = std::max(0.0, std::min(begin, begin + voice.speed));
            const double to = std::max(0.0, std::max(begin, begin + voice.speed));
            for (auto b = static_cast<std::uint32_t>(from * rate / sound_block_samples);
                 b * double{sound_block_samples} < to * rate; ++b)
                blocks.insert({voice.media, b});
        }
        wants.chunks.push_back({c, {blocks.begin(), blocks.end()}});
    }
    return wants;
}

/// What a worker made of a block: where its run began, which is all that it depends on.
struct Content {
    std::uint32_t block = 0;
    SoundStart start = SoundStart::go_on;
    std::uint32_t start_block = 0;
    bool is_silence = false;
    friend auto operator<=>(const Content&, const Content&) = default;
};

class World : public SoundWorld {
  public:
    struct Worker {
        bool is_running = false;
        bool is_open = false;
        std::optional<Content> stands;
        std::deque<wire::DecodeSound> orders;
    };

    bool is_ready(MediaId media) const override {
        const auto worker = workers.find(media);
        return worker != workers.end() && worker->second.is_running && !busy.contains(media);
    }
    bool has_worker(MediaId media) const override { return workers.contains(media); }
    void need(MediaId media) override {
        workers.try_emplace(media);
        held.insert(media);
        ++started;
    }
    void release(MediaId media) override {
        REQUIRE(held.erase(media) == 1);
        workers.erase(media);
    }
    void send(MediaId media, const wire::ToWorker& message) override {
        Worker& worker = workers.at(media);
        REQUIRE(worker.is_running);
        if (std::holds_alternative<wire::OpenSound>(message)) {
            REQUIRE_FALSE(worker.is_open);
            worker.is_open = true;
            worker.stands.reset();
        } else if (std::holds_alternative<wire::CloseSound>(message)) {
            REQUIRE(worker.is_open);
            REQUIRE(worker.orders.empty());
            worker.is_open = false;
        } else {
            REQUIRE(worker.is_open);
            worker.orders.push_back(std::get<wire::DecodeSound>(message));
        }
    }
    Status create(const CreateSoundSlot& slot) override {
        REQUIRE(slots.emplace(slot.slot, slot.media).second);
        bytes += slot.bytes;
        sizes[slot.slot] = slot.bytes;
        peak = std::max(peak, bytes);
        return ok();
    }
    void drop(const DropSoundSlot& slot) override {
        REQUIRE(slots.erase(slot.slot) == 1);
        bytes -= sizes.at(slot.slot);
        for (const auto& [chunk, reads] : mixing)
            for (const SoundSlot& read : reads) REQUIRE(read.segment != slot.slot);
    }
    Status silence(SoundSlotId slot) override {
        content[slot] = {.block = 0, .is_silence = true};
        return ok();
    }

    /// Does the first order of a medium, writes it, and says so.
    wire::SoundReady work(MediaId media) {
        Worker& worker = workers.at(media);
        const wire::DecodeSound order = worker.orders.front();
        worker.orders.pop_front();
        for (const auto& [chunk, reads] : mixing)
            for (const SoundSlot& read : reads) REQUIRE(read.segment != order.segment);
        REQUIRE(slots.at(order.segment) == media);
        Content made{order.block, order.start, order.start_block, false};
        if (order.start == SoundStart::go_on) {
            REQUIRE(worker.stands.has_value());
            REQUIRE(worker.stands->block < order.block);
            made.start = worker.stands->start;
            made.start_block = worker.stands->start_block;
        }
        worker.stands = made;
        content[order.segment] = made;
        ++decoded;
        wire::SoundReady ready;
        ready.block = order.block;
        ready.segment = order.segment;
        ready.generation = order.generation;
        return ready;
    }

    std::map<MediaId, Worker> workers;
    std::set<MediaId> held;
    std::set<MediaId> busy;  ///< pictures are being tried
    std::map<SoundSlotId, MediaId> slots;
    std::map<SoundSlotId, std::uint32_t> sizes;
    std::map<SoundSlotId, Content> content;
    std::map<std::uint32_t, std::vector<SoundSlot>> mixing;
    std::uint64_t bytes = 0;
    std::uint64_t peak = 0;
    std::uint32_t started = 0;
    std::uint32_t decoded = 0;
};

using Heard = std::vector<std::map<SoundBlockRef, Content>>;

/// What may go wrong on the way.
struct Faults {
    std::uint32_t seed = 0;  ///< of the order in which things happen; 0: the plainest
    std::uint32_t one_death_in = 0;
    std::optional<SoundBlockRef> poison{};  ///< the decoder dies whenever it comes to it
};

/// Runs a schedule to its end, and tells what every chunk was mixed from.
struct Run {
    World world;
    Heard heard;
    std::optional<SoundRunner::Poison> poison;
    SoundRunner runner;
    std::uint32_t deaths = 0;

    Run(const SoundWants& wants, SoundSchedule::Options options, SoundRunner::Options how = {})
        : runner(SoundSchedule(wants, options), world, how) {}

    void to_end(const Faults& faults = {}) {
        std::mt19937 random(faults.seed);
        const auto one_in = [&](std::uint32_t n) {
            return n > 0 && faults.seed > 0 && random() % n == 0;
        };
        std::uint32_t idle = 0;
        while (!(runner.is_all_taken() && world.mixing.empty()) && !poison) {
            REQUIRE(++idle < 200000);
            REQUIRE(runner.run().has_value());
            std::vector<MediaId> able;
            for (auto& [media, worker] : world.workers) {
                if (!worker.is_running && !one_in(3)) worker.is_running = true;
                if (!worker.orders.empty()) able.push_back(media);
            }
            if (!able.empty() && !one_in(3)) {
                const MediaId media = able[faults.seed > 0 ? random() % able.size() : 0];
                if (is_deadly(media, faults) || one_in(faults.one_death_in)) {
                    die(media);
                    continue;
                }
                REQUIRE(runner.on_ready(media, world.work(media)).has_value());
            }
            while (runner.is_front_ready() && !one_in(4)) {
                const std::uint32_t chunk = runner.front();
                REQUIRE(world.mixing.size() <= 3);
                hear(chunk, runner.take_front());
            }
            if (!world.mixing.empty() && !one_in(2)) {
                const std::uint32_t chunk = world.mixing.begin()->first;
                // It can be read until the very end.
                for (const SoundSlot& slot : world.mixing.begin()->second)
                    REQUIRE(world.content.at(slot.segment) ==
                            heard[chunk].at({slot.media, slot.block}));
                world.mixing.erase(world.mixing.begin());
                REQUIRE(runner.on_mixed(chunk).has_value());
            }
        }
        if (poison) return;
        REQUIRE(runner.run().has_value());
        CHECK(world.workers.empty());
        CHECK(world.slots.empty());
        CHECK(world.bytes == 0);
    }

    bool is_deadly(MediaId media, const Faults& faults) {
        if (!faults.poison || faults.poison->media != media) return false;
        const World::Worker& worker = world.workers.at(media);
        const wire::DecodeSound& order = worker.orders.front();
        std::uint32_t from = order.block;
        if (order.start == SoundStart::beginning) from = 0;
        if (order.start == SoundStart::at_block)
            from = order.start_block - std::min(order.start_block, 3U);
        if (order.start == SoundStart::go_on) from = worker.stands->block + 1;
        return from <= faults.poison->block && faults.poison->block <= order.block;
    }

    void die(MediaId media) {
        ++deaths;
        world.workers.erase(media);
        auto lost = runner.on_worker_lost(media, SoundRunner::Death::serving);
        REQUIRE(lost.has_value());
        poison = *lost;
    }

    void hear(std::uint32_t chunk, const std::vector<SoundSlot>& slots) {
        world.mixing[chunk] = slots;
        heard.resize(chunk + 1);
        for (const SoundSlot& slot : slots) {
            const Content& there = world.content.at(slot.segment);
            CHECK((there.is_silence || there.block == slot.block));
            heard[chunk].emplace(SoundBlockRef{slot.media, slot.block}, there);
        }
    }
};

void check_complete(const Heard& heard, const SoundWants& wants) {
    REQUIRE(heard.size() == wants.chunks.size());
    for (const SoundChunk& chunk : wants.chunks) {
        REQUIRE(heard[chunk.chunk].size() == chunk.blocks.size());
        for (const SoundBlockRef& ref : chunk.blocks) CHECK(heard[chunk.chunk].contains(ref));
    }
}

const SoundSchedule::Options usual{};

}  // namespace

TEST_CASE("a clip is decoded once, in one run, by one worker") {
    const SoundWants wants = wants_of(60, {{MediaId{0}, 0, 60, 0}});
    Run run(wants, usual);
    run.to_end();
    check_complete(run.heard, wants);
    CHECK(run.world.decoded == 60U * rate / sound_block_samples + 1);
    CHECK(run.world.started == 1);
    CHECK(run.runner.planned().runs == 1);
    // About two seconds ahead, and what is being mixed.
    CHECK(run.world.peak <= std::uint64_t{4 * 4 + 2} * sound_block_bytes(2));
    for (const auto& chunk : run.heard)
        for (const auto& [ref, content] : chunk) CHECK(content.start == SoundStart::beginning);
}

TEST_CASE("runs begin where clips begin, and every ten minutes") {
    const SoundWants wants =
        wants_of(1300, {{MediaId{0}, 0, 1250, 20}, {MediaId{0}, 1260, 40, 3000}});
    Run run(wants, usual);
    run.to_end();
    check_complete(run.heard, wants);
    CHECK(run.runner.planned().runs == 4);
    CHECK(run.world.started == 2);  // it was given back in between
    std::set<std::uint32_t> starts;
    for (const auto& chunk : run.heard)
        for (const auto& [ref, content] : chunk) starts.insert(content.start_block);
    CHECK(starts == std::set<std::uint32_t>{58, 58 + 1757, 58 + 2 * 1757, 8789});
}

TEST_CASE("what is heard again soon is kept, what is heard again late is decoded again") {
    const SoundWants soon = wants_of(30, {{MediaId{0}, 0, 3, 0}, {MediaId{0}, 10, 3, 0}});
    Run kept(soon, usual);
    kept.to_end();
    check_complete(kept.heard, soon);
    CHECK(kept.world.decoded == 9);
    const SoundWants late = wants_of(60, {{MediaId{0}, 0, 3, 0}, {MediaId{0}, 40, 3, 0}});
    Run again(late, usual);
    again.to_end();
    CHECK(again.world.decoded == 18);
}

TEST_CASE("memory stays below its cap, where a chunk does not need more") {
    std::vector<Voice> voices;
    for (std::uint32_t m = 0; m < 20; ++m)
        voices.push_back({MediaId{m}, 0, 40, 10.0 * m, m % 3 == 2 ? -1.0 : 1.0});
    for (Voice& voice : voices)
        if (voice.speed < 0) voice.source_second += 60;
    const SoundWants wants = wants_of(40, voices);
    SoundSchedule::Options tight = usual;
    tight.memory_bytes = std::uint64_t{16} << 20;
    Run run(wants, tight);
    run.to_end({.seed = 5});
    check_complete(run.heard, wants);
    CHECK(run.world.peak <= tight.memory_bytes);
    CHECK(run.runner.peak_bytes() == run.world.peak);
    // So little that not even one chunk fits: it goes on, with what a chunk needs.
    tight.memory_bytes = 1 << 20;
    Run starved(wants, tight);
    starved.to_end({.seed = 6});
    check_complete(starved.heard, wants);
    CHECK(starved.world.peak <= std::uint64_t{20 * 4} * sound_block_bytes(2));
}

TEST_CASE("what is heard does not depend on the order in which things happen, nor on deaths") {
    std::mt19937 random(9);
    for (std::uint32_t round = 0; round < 12; ++round) {
        CAPTURE(round);
        std::vector<Voice> voices;
        for (std::uint32_t v = 0; v < 8; ++v)
            voices.push_back({MediaId{static_cast<std::uint32_t>(random() % 4)},
                              static_cast<std::uint32_t>(random() % 30),
                              static_cast<std::uint32_t>(1 + random() % 20),
                              static_cast<double>(random() % 200),
                              random() % 4 == 0   ? -1.0
                              : random() % 4 == 0 ? 2.0
                                                  : 1.0});
        for (Voice& voice : voices)
            if (voice.speed < 0) voice.source_second += 40;
        const SoundWants wants = wants_of(50, voices, 1 + static_cast<std::uint32_t>(random() % 6));
        SoundSchedule::Options options = usual;
        options.memory_bytes = std::uint64_t{2 + random() % 20} << 20;
        Run plain(wants, options);
        plain.to_end();
        check_complete(plain.heard, wants);
        Run shuffled(wants, options);
        shuffled.to_end({.seed = round + 1});
        CHECK(shuffled.heard == plain.heard);
        CHECK(shuffled.world.decoded == plain.world.decoded);
        Run dying(wants, options);
        dying.to_end({.seed = round + 100, .one_death_in = 40});
        CHECK((dying.poison || dying.heard == plain.heard));
    }
}

TEST_CASE("two deaths at the same block end the run, or make it silence") {
    const SoundWants wants = wants_of(40, {{MediaId{0}, 0, 40, 20}, {MediaId{1}, 0, 40, 0}});
    const SoundBlockRef bad{MediaId{0}, 80};
    Run refusing(wants, usual);
    refusing.to_end({.seed = 3, .poison = bad});
    REQUIRE(refusing.poison.has_value());
    CHECK(refusing.poison->ref == bad);
    CHECK(refusing.poison->kind == SoundRunner::Poison::Kind::block);
    CHECK(refusing.deaths == 2);
    CHECK(refusing.runner.time_of(bad) == Time(80 * sound_block_samples, rate));

    Run silent(wants, usual, {.bad_block = SoundRunner::BadBlock::silence});
    silent.to_end({.seed = 4, .poison = bad});
    check_complete(silent.heard, wants);
    CHECK(silent.deaths == 2);
    // The block, and what a start behind it would decode it for.
    CHECK(silent.runner.losses().at(MediaId{0}).silenced ==
          std::set<std::uint32_t>{80, 81, 82, 83, 84});
    Run plain(wants, usual);
    plain.to_end();
    for (std::uint32_t c = 0; c < 40; ++c)
        for (const auto& [ref, content] : silent.heard[c]) {
            const bool is_bad = ref.media == bad.media && ref.block >= 80 && ref.block <= 84;
            CHECK(content.is_silence == is_bad);
            if (ref.media != bad.media || ref.block < 80) CHECK(content == plain.heard[c].at(ref));
        }
}

TEST_CASE("a sound cursor that fails is not asked again; deaths of others are nobody's fault") {
    const SoundWants wants = wants_of(4, {{MediaId{0}, 0, 4, 0}});
    World world;
    SoundRunner runner(SoundSchedule(wants), world, {});
    REQUIRE(runner.run().has_value());
    REQUIRE(world.held == std::set<MediaId>{MediaId{0}});
    CHECK(world.workers.at(MediaId{0}).orders.empty());
    world.busy.insert(MediaId{0});
    world.workers.at(MediaId{0}).is_running = true;
    REQUIRE(runner.run().has_value());
    CHECK(world.workers.at(MediaId{0}).orders.empty());
    world.busy.clear();
    for (int i = 0; i < 3; ++i) {
        world.workers.at(MediaId{0}).is_running = true;
        REQUIRE(runner.run().has_value());
        CHECK(world.workers.at(MediaId{0}).orders.size() >= 9);
        world.workers.clear();
        const auto lost = runner.on_worker_lost(MediaId{0}, SoundRunner::Death::blameless);
        REQUIRE(lost.has_value());
        CHECK_FALSE(lost->has_value());
        REQUIRE(runner.run().has_value());
    }
    world.workers.at(MediaId{0}).is_running = true;
    REQUIRE(runner.run().has_value());
    const auto failed = runner.on_failed(MediaId{0}, {.block = 0, .error = {}});
    REQUIRE(failed.has_value());
    REQUIRE(failed->has_value());
    CHECK((*failed)->ref == SoundBlockRef{MediaId{0}, 0});
}

TEST_CASE("workers that die at opening their file are tried twice") {
    const SoundWants wants = wants_of(4, {{MediaId{0}, 0, 4, 0}});
    World world;
    SoundRunner runner(SoundSchedule(wants), world, {});
    for (int i = 0; i < 2; ++i) {
        REQUIRE(runner.run().has_value());
        world.workers.clear();
        const auto lost = runner.on_worker_lost(MediaId{0}, SoundRunner::Death::opening);
        REQUIRE(lost.has_value());
        CHECK(lost->has_value() == (i == 1));
        if (*lost) CHECK((*lost)->kind == SoundRunner::Poison::Kind::opening);
    }
}

TEST_CASE("what a worker says of sound is believed only if it was asked for") {
    const auto lies = [](auto falsify) {
        const SoundWants wants = wants_of(4, {{MediaId{0}, 0, 4, 0}});
        World world;
        SoundRunner runner(SoundSchedule(wants), world, {});
        REQUIRE(runner.run().has_value());
        world.workers.at(MediaId{0}).is_running = true;
        REQUIRE(runner.run().has_value());
        wire::SoundReady ready = world.work(MediaId{0});
        falsify(ready);
        const Status status = runner.on_ready(MediaId{0}, ready);
        return !status && is_protocol_violation(status.error());
    };
    CHECK_FALSE(lies([](wire::SoundReady&) {}));
    CHECK(lies([](wire::SoundReady& ready) { ++ready.block; }));
    CHECK(lies([](wire::SoundReady& ready) { ++ready.segment.value; }));
    CHECK(lies([](wire::SoundReady& ready) { ready.offset_bytes = 64; }));
    CHECK(lies([](wire::SoundReady& ready) { --ready.generation.value; }));
    CHECK(lies([](wire::SoundReady& ready) { ++ready.generation.value; }));
    World world;
    SoundRunner runner(SoundSchedule(wants_of(1, {{MediaId{0}, 0, 1, 0}})), world, {});
    CHECK_FALSE(runner.on_ready(MediaId{0}, {}).has_value());
    CHECK_FALSE(runner.on_ready(MediaId{7}, {}).has_value());
    CHECK_FALSE(runner.on_failed(MediaId{7}, {}).has_value());
    CHECK_FALSE(runner.on_mixed(0).has_value());
}
