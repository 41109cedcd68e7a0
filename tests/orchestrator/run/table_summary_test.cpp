#include "orchestrator/cli/table_summary.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::cli;

namespace {

FrameTable table_of(std::vector<std::int64_t> pts, std::int64_t end, Rational time_base,
                    std::vector<std::uint32_t> keyframes = {0}) {
    return {.time_base = time_base,
            .pts = std::move(pts),
            .end_pts = end,
            .keyframes = std::move(keyframes)};
}

}  // namespace

TEST_CASE("frames that come evenly have an exact rate") {
    const auto summary = summary_of(table_of({7, 1008, 2009}, 3010, Rational(1, 30000), {0, 1}));
    CHECK(summary.kind == RateKind::constant);
    CHECK(summary.fps == Rational(30000, 1001));
    CHECK(summary.shortest_frame == 1001);
    CHECK(summary.longest_frame == 1001);
}

TEST_CASE("milliseconds hide a usual rate, which is found again") {
    for (const Rational& fps : {Rational(24), Rational(24000, 1001), Rational(30000, 1001),
                                Rational(60), Rational(60000, 1001), Rational(120)})
        for (const Rounding rounding : {Rounding::floor, Rounding::ceil}) {
            CAPTURE(fps.to_text());
            std::vector<std::int64_t> pts;
            for (int i = 0; i <= 500; ++i)
                pts.push_back(40 + (Rational(1000 * i) / fps).to_integer(rounding));
            const std::int64_t end = pts.back();
            pts.pop_back();
            const auto summary = summary_of(table_of(pts, end, Rational(1, 1000)));
            CHECK(summary.kind == RateKind::rounded);
            CHECK(summary.fps == fps);
        }
}

TEST_CASE("a frame that is missing makes the rate variable") {
    std::vector<std::int64_t> pts;
    for (int i = 0; i < 50; ++i)
        if (i != 20) pts.push_back(i * 40);
    const auto summary = summary_of(table_of(pts, 2000, Rational(1, 1000)));
    CHECK(summary.kind == RateKind::variable);
    CHECK(summary.fps == Rational(49, 2));
    CHECK(summary.shortest_frame == 40);
    CHECK(summary.longest_frame == 80);
}

TEST_CASE("GOPs are counted and measured") {
    std::vector<std::int64_t> pts;
    for (int i = 0; i < 20; ++i) pts.push_back(i);
    const auto summary = summary_of(table_of(pts, 20, Rational(1, 25), {0, 3, 4, 14}));
    CHECK(summary.gop_count == 4);
    CHECK(summary.shortest_gop == 1);
    CHECK(summary.median_gop == 3);
    CHECK(summary.longest_gop == 10);
}
