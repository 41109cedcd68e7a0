#include "orchestrator/plan/forecast.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::plan;

TEST_CASE("totals are sums over all files") {
    const Forecast forecast{
        .media = {{.wants = 10,
                   .frames_unique = 5,
                   .frames_decoded = 12,
                   .frames_ideal = 8,
                   .seeks = 2,
                   .decoded_again = 3},
                  {.wants = 1, .frames_unique = 1, .frames_decoded = 1, .frames_ideal = 1}}};
    const ForecastTotals totals = totals_of(forecast);
    CHECK(totals.wants == 11);
    CHECK(totals.frames_unique == 6);
    CHECK(totals.frames_decoded == 13);
    CHECK(totals.frames_ideal == 9);
    CHECK(totals.seeks == 2);
    CHECK(totals.decoded_again == 3);
}

TEST_CASE("amplification and waste have an answer where there is nothing to decode") {
    CHECK(amplification(0, 0) == 1.0);
    CHECK(amplification(3, 2) == 1.5);
    CHECK(wasted_decodes({.frames_decoded = 3, .frames_ideal = 2}) == 1);
    // Pictures that no other refers to can be left out.
    CHECK(wasted_decodes({.frames_decoded = 2, .frames_ideal = 3}) == 0);
}

TEST_CASE("the peak of slots is the highest step") {
    CHECK(slots_peak({}) == 0);
    CHECK(slots_peak({.slots = {{0, 2}, {10, 7}, {20, 0}}}) == 7);
}
