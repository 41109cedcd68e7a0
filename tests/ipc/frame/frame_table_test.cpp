#include "ipc/frame/frame_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/ipc/exact.hpp"
#include "tests/ipc/random.hpp"

namespace reelpool {
namespace {

using test::BigFraction;
using test::exact;
using test::Random;

FrameTable milliseconds(std::vector<std::int64_t> pts, std::int64_t end) {
    return {
        .time_base = Rational(1, 1000), .pts = std::move(pts), .end_pts = end, .keyframes = {0}};
}

/// PROJECT_FORMAT's rule, word by word, frame by frame, in numbers that cannot overflow.
std::uint32_t slow_frame_at(const FrameTable& table, const Rational& t) {
    const BigFraction tb = exact(table.time_base);
    const BigFraction e = std::min<BigFraction>(tb / 2, BigFraction(1, 2000));
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < table.frame_count(); ++i) {
        const BigFraction ticks = test::Big(table.pts[i]) - test::Big(table.pts[0]);
        if (ticks * tb <= exact(t) + e) found = i;
    }
    return found;
}

FrameTable random_table(Random& random) {
    FrameTable table;
    const auto term = [&] { return random.between(1, random.one_in(2) ? 100 : 2147483647); };
    table.time_base = Rational(Int128{random.one_in(3) ? term() : 1}, Int128{term()});
    const std::int64_t gap = random.between(1, random.one_in(3) ? 3 : 100000);
    std::int64_t pts = random.between(-gap, gap) * random.between(0, 10);
    const std::uint64_t count = 1 + random.below(40);
    for (std::uint64_t i = 0; i < count; ++i) {
        table.pts.push_back(pts);
        if (i == 0 || random.one_in(5)) table.keyframes.push_back(static_cast<std::uint32_t>(i));
        pts += random.between(1, gap);
    }
    table.end_pts = pts;
    return table;
}

/// A time near a decision: on a frame, half a tick off, a hair more or less, or anywhere.
Rational interesting_time(Random& random, const FrameTable& table) {
    const std::int64_t pts = table.pts[random.below(table.pts.size())];
    const Rational at = Rational(Int128{pts} - table.pts.front(), 1) * table.time_base;
    const Rational half = table.time_base / 2;
    const Rational hair(random.between(-1, 1), 1000000007);
    switch (random.below(4)) {
        case 0:
            return at + hair;
        case 1:
            return at - half + hair;
        case 2:
            return at - Rational(1, 2000) + hair;
        default:
            return table.duration() * Rational(random.between(-100, 1100), 1000);
    }
}

TEST_CASE("24 frames a second with time stamps in milliseconds show every frame once") {
    // 0, 42, 83: plain floor would show frame 0 at 1/24 s (41.67 ms).
    FrameTable table = milliseconds({}, 0);
    for (std::int64_t n = 0; n < 240; ++n)
        table.pts.push_back(Rational(n * 1000, 24).to_integer(Rounding::nearest));
    table.end_pts = 10000;
    REQUIRE(table.pts[1] == 42);
    REQUIRE(table.pts[2] == 83);
    REQUIRE(validate(table));
    for (std::uint32_t n = 0; n < 240; ++n)
        CHECK(table.frame_at(Rational(Int128{n}, 24)).value == n);
}

TEST_CASE("a frame shows from half a tick before its time stamp, but at most half a millisecond") {
    const FrameTable fine = milliseconds({0, 40, 80}, 120);
    CHECK(fine.frame_at(Rational(79, 2000)).value == 1);  // 39.5 ms: exactly half a tick before
    CHECK(fine.frame_at(Rational(78999999, 2000000000)).value == 0);
    FrameTable coarse{
        .time_base = Rational(1, 25), .pts = {0, 1, 2}, .end_pts = 3, .keyframes = {0}};
    CHECK(coarse.frame_at(Rational(79, 2000)).value == 1);  // half a millisecond, not 20 ms
    CHECK(coarse.frame_at(Rational(39, 1000)).value == 0);
    CHECK(coarse.frame_at(Rational(1, 25)).value == 1);
}

TEST_CASE("time begins with the first frame, whatever its time stamp") {
    const FrameTable late = milliseconds({5000, 5040, 5080}, 5120);
    CHECK(late.frame_at(0).value == 0);
    CHECK(late.frame_at(Rational(40, 1000)).value == 1);
    CHECK(late.duration() == Rational(3, 25));
    const FrameTable early = milliseconds({-5000, -4960}, -4920);
    CHECK(early.frame_at(Rational(40, 1000)).value == 1);
    CHECK(early.duration() == Rational(2, 25));
}

TEST_CASE("before the start the first frame shows, after the end the last") {
    const FrameTable table = milliseconds({0, 40, 80}, 120);
    CHECK(table.frame_at(-1).value == 0);
    CHECK(table.frame_at(Rational(-1, 1000000)).value == 0);
    CHECK(table.frame_at(Rational(12, 100)).value == 2);
    CHECK(table.frame_at(1000000).value == 2);
}

TEST_CASE("random tables agree with a slow search") {
    Random random(1);
    for (int i = 0; i < 1500; ++i) {
        const FrameTable table = random_table(random);
        REQUIRE(validate(table));
        for (int k = 0; k < 10; ++k) {
            const Rational t = interesting_time(random, table);
            REQUIRE(t.is_valid());
            REQUIRE(table.frame_at(t).value == slow_frame_at(table, t));
        }
    }
}

TEST_CASE("a time that is too long for exact arithmetic is still answered exactly") {
    constexpr Int128 limit = Int128{1} << 126;
    const FrameTable table{.time_base = Rational(1, 2147483647),
                           .pts = {0, 1000000000, 2000000000},
                           .end_pts = 2147483647,
                           .keyframes = {0}};
    REQUIRE(validate(table));
    const std::vector<Rational> times{Rational(limit - 1, 1),
                                      Rational(1 - limit, 1),
                                      Rational(limit / 2 - 1, limit - 1),
                                      Rational(1, limit - 1),
                                      Rational(limit - 1, limit - 3),
                                      Rational(-1, limit - 1),
                                      Rational((limit - 1) / 1000 * 466, limit - 1)};
    for (const Rational& t : times) {
        REQUIRE(t.is_valid());
        CHECK(table.frame_at(t).value == slow_frame_at(table, t));
    }
    Random random(2);
    for (int i = 0; i < 2000; ++i) {
        const Int128 den = limit - 1 - static_cast<Int128>(random.bits());
        const Rational t(static_cast<Int128>(random.bits() >> 3) << 64 | random.bits(), den);
        REQUIRE(table.frame_at(t).value == slow_frame_at(table, t));
    }
}

TEST_CASE("time stamps at the ends of what is allowed") {
    constexpr std::int64_t far = std::int64_t{1} << 61;
    const FrameTable table{.time_base = Rational(2147483647, 2147483646),
                           .pts = {-far, 0, far - 1},
                           .end_pts = far,
                           .keyframes = {0, 2}};
    REQUIRE(validate(table));
    CHECK(table.duration().is_valid());
    for (const Rational& t :
         {Rational(0), Rational(far), Rational(far) * Rational(2), Rational(-1)})
        CHECK(table.frame_at(t).value == slow_frame_at(table, t));
}

TEST_CASE("keyframes before and after a frame") {
    const FrameTable table{.time_base = Rational(1, 25),
                           .pts = {0, 1, 2, 3, 4, 5},
                           .end_pts = 6,
                           .keyframes = {0, 3, 4}};
    const std::vector<std::uint32_t> at{0, 0, 0, 3, 4, 4};
    const std::vector<std::uint32_t> next{3, 3, 3, 4, 6, 6};
    for (std::uint32_t i = 0; i < 6; ++i) {
        CHECK(table.keyframe_at(FrameIndex{i}).value == at[i]);
        CHECK(table.next_keyframe(FrameIndex{i}).value == next[i]);
    }
}

TEST_CASE("tables that break their promises are refused") {
    const FrameTable good = milliseconds({0, 40, 80}, 120);
    REQUIRE(validate(good));
    const auto refused = [&](auto change) {
        FrameTable bad = good;
        change(bad);
        return !validate(bad).has_value();
    };
    constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();
    CHECK(refused([](FrameTable& t) { t.pts.clear(); }));
    CHECK(refused([](FrameTable& t) { t.pts = {0, 40, 40}; }));
    CHECK(refused([](FrameTable& t) { t.pts = {0, 80, 40}; }));
    CHECK(refused([](FrameTable& t) { t.end_pts = 80; }));
    CHECK(refused([](FrameTable& t) { t.end_pts = int64_max; }));
    CHECK(refused([](FrameTable& t) { t.end_pts = int64_min; }));
    CHECK(refused([](FrameTable& t) { t.pts[0] = int64_min; }));
    CHECK(refused([](FrameTable& t) { t.keyframes.clear(); }));
    CHECK(refused([](FrameTable& t) { t.keyframes = {1}; }));
    CHECK(refused([](FrameTable& t) { t.keyframes = {0, 0}; }));
    CHECK(refused([](FrameTable& t) { t.keyframes = {0, 2, 1}; }));
    CHECK(refused([](FrameTable& t) { t.keyframes = {0, 3}; }));
    CHECK(refused([](FrameTable& t) { t.time_base = Rational(0); }));
    CHECK(refused([](FrameTable& t) { t.time_base = Rational(-1, 25); }));
    CHECK(refused([](FrameTable& t) { t.time_base = Rational::invalid(); }));
    CHECK(refused([](FrameTable& t) { t.time_base = Rational(Int128{1}, Int128{1} << 31); }));
    CHECK(refused([](FrameTable& t) { t.time_base = Rational(int64_max); }));
}

}  // namespace
}  // namespace reelpool
