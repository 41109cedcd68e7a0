#include "orchestrator/plan/memory_tally.hpp"

#include <doctest/doctest.h>

#include "simulated_world.hpp"

using namespace reelpool;
using namespace reelpool::plan;
using namespace reelpool::plan::test;

namespace {

constexpr MediaId first{0};
constexpr MediaId second{1};
constexpr CursorId one{1};
constexpr CursorId two{2};

FrameCache::Change segment(FrameCache::Change::Kind kind, std::uint32_t slots) {
    return {.kind = kind,
            .segment = SegmentId{1},
            .media = first,
            .slot_bytes = 1000,
            .slot_count = slots,
            .free_from = 0};
}

}  // namespace

TEST_CASE("a codec with references holds more pictures than one without, and more with threads") {
    const MediaSource inter = make_media(0, 100, 50);
    const MediaSource intra = make_media(0, 100, 1);
    CHECK(decoder_bytes(inter, 1) > 2 * decoder_bytes(intra, 1));
    CHECK(decoder_bytes(inter, 2) > decoder_bytes(inter, 1));
    // 1080p: about 25 MB with one thread.
    CHECK(decoder_bytes(inter, 1) > 20'000'000);
    CHECK(decoder_bytes(inter, 1) < 30'000'000);
}

TEST_CASE("the tally follows segments and cursors up and down") {
    const std::vector<MediaSource> media{make_media(0, 100, 50), make_media(1, 100, 50)};
    const std::uint64_t decoder = decoder_bytes(media[0], 1);
    MemoryTally tally(media);
    tally.take(StartWorker{first});
    tally.take(segment(FrameCache::Change::Kind::create_segment, 4));
    CHECK(tally.peak_bytes() == 4000);
    CHECK(tally.decoders_peak_bytes() == 0);
    tally.take(OpenCursorAt{first, one, 1});
    tally.take(OpenCursorAt{first, two, 1});
    CHECK(tally.decoders_peak_bytes() == 2 * decoder);
    CHECK(tally.peak_bytes() == 4000 + 2 * decoder);
    // What ends makes room for what begins.
    tally.take(segment(FrameCache::Change::Kind::drop_segment, 4));
    tally.take(CloseCursorAt{first, one});
    tally.take(OpenCursorAt{second, one, 1});
    tally.take(RetireWorker{first});
    tally.take(OpenCursorAt{second, two, 1});
    CHECK(tally.decoders_peak_bytes() == 2 * decoder);
    CHECK(tally.peak_bytes() == 4000 + 2 * decoder);
}
