#include "orchestrator/cli/plan_chart.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "sample_plan.hpp"

using namespace reelpool;
using namespace reelpool::cli;

namespace {

constexpr MediaId file_0{0};

plan::Forecast one_file(std::vector<plan::DecodeStretch> stretches) {
    return {.frames = 100, .media = {{.media = file_0}}, .stretches = std::move(stretches)};
}

}  // namespace

TEST_CASE("stretches that continue each other are one line, those after a seek are not") {
    const Chart chart = chart_of(one_file({{file_0, 0, {10, 14}, {50, 54}, false},
                                           {file_0, 0, {0, 9}, {40, 49}, true},
                                           {file_0, 0, {15, 19}, {7, 12}, true}}),
                                 {});
    REQUIRE(chart.files.size() == 1);
    CHECK(chart.stretches == 3);
    CHECK(chart.lines == 2);
    CHECK(!chart.merges_stretches);
    CHECK(!chart.is_coarse);
    const std::vector<DrawnStretch> lines{
        {.output = {0, 14}, .source = {40, 54}, .seeks = 1, .pieces = 2, .begins_with_seek = true},
        {.output = {15, 19}, .source = {7, 12}, .seeks = 1, .pieces = 1, .begins_with_seek = true}};
    CHECK(chart.files[0].stretches == lines);
}

TEST_CASE("cursors that live at once have lanes of their own, others share one") {
    const Chart chart = chart_of(one_file({{file_0, 0, {0, 9}, {0, 9}, true},
                                           {file_0, 1, {5, 20}, {0, 9}, true},
                                           {file_0, 7, {10, 12}, {0, 9}, true}}),
                                 {});
    const auto& lines = chart.files.at(0).stretches;
    CHECK(chart.files[0].lanes == 2);
    REQUIRE(lines.size() == 3);
    CHECK((lines[0].lane == 0 && lines[0].cursor == 0));
    CHECK((lines[1].lane == 0 && lines[1].cursor == 7));
    CHECK((lines[2].lane == 1 && lines[2].cursor == 1));
}

TEST_CASE("what is too dense is merged until it fits, and nothing gets lost") {
    const PlanReport crowded = crowded_plan(10, 20'000);
    const Chart chart =
        chart_of(crowded.forecast,
                 {.stretches = 500, .spans = 300, .slot_steps = 100, .occupancy_steps = 50});
    CHECK(chart.lines <= 500);
    CHECK(chart.merges_stretches);
    CHECK(chart.is_coarse);
    std::size_t pieces = 0;
    std::size_t spans = 0;
    for (const DrawnFile& file : chart.files) {
        for (const DrawnStretch& line : file.stretches) pieces += line.pieces;
        spans += file.shown.size();
        CHECK(file.shown.front().first == 0);
        CHECK(file.shown.back().last == 7996);
        CHECK(file.slots.size() <= 20);
    }
    CHECK(pieces == 20'000);
    CHECK(spans <= 300);
    CHECK(chart.occupancy.size() <= 101);
    CHECK(chart.occupancy.back().bytes == 19'999);
}

TEST_CASE("more cursors than lines can be drawn share lines") {
    plan::Forecast forecast = one_file({});
    for (std::uint32_t i = 0; i < 1000; ++i)
        forecast.stretches.push_back({file_0, i, {i % 50, 50 + i % 50}, {i, i}, true});
    const Chart chart = chart_of(forecast, {.stretches = 100, .lanes = 24});
    CHECK(chart.files.at(0).lanes == 24);
    CHECK(chart.lines <= 100);
}

TEST_CASE("thinned steps keep every peak") {
    plan::Forecast forecast = one_file({});
    forecast.frames = 1000;
    for (std::uint32_t i = 0; i < 1000; ++i)
        forecast.occupancy.push_back({i, i == 500 ? 99U : i % 2});
    const Chart chart = chart_of(forecast, {.occupancy_steps = 10});
    CHECK(chart.occupancy.size() <= 21);
    std::uint64_t peak = 0;
    for (const plan::OccupancyStep& step : chart.occupancy) peak = std::max(peak, step.bytes);
    CHECK(peak == 99);
    CHECK(chart.occupancy.front() == plan::OccupancyStep{0, 1});
}

TEST_CASE("of too many files those are drawn that waste most, as they come on screen") {
    plan::Forecast forecast{.frames = 100};
    for (std::uint32_t i = 0; i < 5; ++i)
        forecast.media.push_back({.media = MediaId{i},
                                  .output_spans = {{90 - 10 * i, 99}},
                                  .frames_decoded = i % 2 == 1 ? 10U : 1U,
                                  .frames_ideal = 1});
    const Chart chart = chart_of(forecast, {.files = 2});
    REQUIRE(chart.files.size() == 2);
    CHECK(chart.files[0].index == 3);
    CHECK(chart.files[1].index == 1);
    CHECK(chart.files_left_out == 3);
}
