#include "orchestrator/cli/plan_report.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/cli/plan_words.hpp"
#include "orchestrator/cli/shown_text.hpp"
#include "sample_plan.hpp"

using namespace reelpool;
using namespace reelpool::cli;
using Json = nlohmann::json;

namespace {

/// Two files; the second one is decoded twice.
PlanReport small_plan() {
    return {.engine = "v2",
            .engine_reason = "chosen with --engine v2",
            .fps = Rational(25),
            .width_px = 640,
            .height_px = 360,
            .paths = {"a.mp4", "b\x1b.mp4"},
            .forecast = {.frames = 100,
                         .media = {{.media = MediaId{0},
                                    .clips = {"/comps/main/tracks/0/clips/0"},
                                    .output_spans = {{0, 49}},
                                    .source_spans = {{10, 59}},
                                    .wants = 50,
                                    .frames_unique = 50,
                                    .frames_decoded = 60,
                                    .frames_ideal = 60,
                                    .seeks = 1,
                                    .usage = plan::UsageClass::heavy,
                                    .cursors_peak = 1,
                                    .workers = {{{0, 49}}},
                                    .slots = {{0, 12}, {50, 0}}},
                                   {.media = MediaId{1},
                                    .clips = {"/x", "/y"},
                                    .output_spans = {{50, 59}, {70, 99}},
                                    .source_spans = {{0, 0}, {5, 9}},
                                    .wants = 40,
                                    .frames_unique = 20,
                                    .frames_decoded = 40,
                                    .frames_ideal = 20,
                                    .seeks = 2,
                                    .decoded_again = 20,
                                    .usage = plan::UsageClass::normal,
                                    .cursors_peak = 2}},
                         .stretches = {{MediaId{1}, 1, {50, 99}, {0, 9}, true},
                                       {MediaId{0}, 0, {0, 49}, {0, 59}, false}},
                         .occupancy = {{0, 1000}, {50, 0}},
                         .cache_peak_bytes = 1000,
                         .cache_budget_bytes = 500U << 20,
                         .workers_peak = 2,
                         .cursors_peak = 3,
                         .workers_started = 2},
            .frames_budget_bytes = 400U << 20,
            .memory_bytes = 300U << 20,
            .wall_seconds = 2.0,
            .warnings = {{"hit-rate", "low"}},
            .other = OtherEngine{"v1", 120}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

}  // namespace

TEST_CASE("the JSON has every number under its documented key") {
    Json json = Json::parse(plan_json(small_plan()));
    CHECK(json["advice"].size() == 1);
    json.erase("advice");
    const Json files = std::move(json["files"]);
    json.erase("files");
    CHECK(json == Json::parse(R"({
        "type": "plan", "engine": "v2", "engineReason": "chosen with --engine v2",
        "otherEngine": {"engine": "v1", "framesDecoded": 120},
        "frames": 100, "seconds": 4.0, "fps": "25", "width": 640, "height": 360,
        "wallSeconds": 2.0,
        "decode": {"framesDecoded": 100, "framesIdeal": 80, "amplification": 1.25,
                   "framesUnique": 70, "decodedAgain": 20, "wants": 90, "seeks": 3,
                   "cursorsPeak": 3, "workersStarted": 2, "workersPeak": 2},
        "cache": {"budgetBytes": 524288000, "framesBudgetBytes": 419430400, "peakBytes": 1000, "occupancy": [[0, 1000], [50, 0]]},
        "diskCache": null,
        "memory": {"peakBytes": 314572800},
        "warnings": [{"code": "hit-rate", "message": "low"}]})"));
    REQUIRE(files.size() == 2);
    CHECK(files[0] == Json::parse(R"({
        "path": "a.mp4", "usage": "heavy", "clips": ["/comps/main/tracks/0/clips/0"],
        "outputRanges": [[0, 49]], "sourceRanges": [[10, 59]], "wants": 50, "framesUnique": 50,
        "framesDecoded": 60, "framesIdeal": 60, "amplification": 1.0, "decodedAgain": 0,
        "seeks": 1, "cursorsPeak": 1, "slotsPeak": 12, "workers": [[0, 49]],
        "slots": [[0, 12], [50, 0]],
        "stretches": [{"cursor": 0, "output": [0, 49], "source": [0, 59], "seek": false}]})"));
    CHECK(files[1]["path"] == "b\x1b.mp4");
    CHECK(files[1]["stretches"][0]["cursor"] == 1);
}

TEST_CASE("what goes to disk is told, if there is a disk cache") {
    PlanReport report = small_plan();
    CHECK(plan_text(report).find("disk cache") == std::string::npos);
    report.forecast.disk = {.budget_bytes = std::uint64_t{4} << 30,
                            .peak_bytes = 500 << 20,
                            .frames_spilled = 1400,
                            .frames_loaded = 1500};
    CHECK(plan_text(report).find(
              "disk cache 1,400 frames written, 1,500 read, at most 500MB of 4096MB\n") !=
          std::string::npos);
    CHECK(Json::parse(plan_json(report))["diskCache"] == Json::parse(R"({
        "budgetBytes": 4294967296, "peakBytes": 524288000, "spilled": 1400, "loaded": 1500})"));
}

TEST_CASE("what is not known is null, and bytes that are not UTF-8 do no harm") {
    PlanReport report = small_plan();
    report.wall_seconds.reset();
    report.other.reset();
    report.paths[0] = "\xFF.mp4";
    const Json json = Json::parse(plan_json(report));
    CHECK(json["wallSeconds"].is_null());
    CHECK(json["otherEngine"].is_null());
    CHECK(json["files"][0]["path"] == "\ufffd.mp4");
}

TEST_CASE("the text is a table with the most wasteful file first") {
    const std::string expected =
        R"(output     100 frames, 4.00 s, 640x360, 25 fps
engine     v2: chosen with --engine v2
           v1 would decode 120 frames

file    use     shown at (s)         clips cur slots decodes ideal  ampl seeks
b␛.mp4  normal  2.00-2.40, 2.80-4.00     2   2     0      40    20 !2.00     2
a.mp4   heavy   0.00-2.00                1   1    12      60    60  1.00     1

decodes    100 frames, at least 80 needed: amplification 1.25, 3 seeks
again      20 frames that had been decoded before; 70 different ones are shown
workers    2 started, at most 2 at once with 3 cursors
cache      at most 1MB of 500MB
memory     about 300MB, all processes
time       about 2.0 s (2.00x realtime)
advice     20 frames of 1 file are decoded again because the cache of 500MB cannot keep them until
           they are shown again: a larger --cache-size would help, try 1000MB.
warning    low
)";
    CHECK(plan_text(small_plan()) == expected);
}

TEST_CASE("no line of the text is longer than a terminal, and long lists are cut") {
    PlanReport report = sample_plan();
    for (std::uint32_t i = 0; i < 50; ++i)
        report.forecast.media[0].output_spans.push_back({10 * i, 10 * i + 3});
    for (const std::string& line : lines_of(plan_text(report))) {
        CAPTURE(line);
        CHECK(columns_of(line) <= 100);
        CHECK(line == printable(line));
    }
    CHECK(plan_text(report).find(" and 50 more") != std::string::npos);
    CHECK(plan_text(crowded_plan(100, 200)).find("\nand 60 more") != std::string::npos);
}

TEST_CASE("advice names what helps") {
    PlanReport report = small_plan();
    CHECK(advice_of(report).at(0).find("--cache-size would help") != std::string::npos);
    report.forecast.media[1].decoded_again = 0;
    CHECK(advice_of(report).at(0).find("keyframes closer together") != std::string::npos);
    report.forecast.media[1].frames_decoded = 20;
    CHECK(advice_of(report) == std::vector<std::string>{"No file is decoded much more than once."});
}

TEST_CASE("numbers are readable") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1'000) == "1,000");
    CHECK(grouped(1'234'567) == "1,234,567");
    CHECK(megabytes_of(1) == "1MB");
    CHECK(megabytes_of(500U << 20) == "500MB");
    CHECK(listed({"a", "b", "c"}, 2) == "a, b and 1 more");
    CHECK(listed_within({"aaaa", "bbbb", "cccc"}, 16) == "aaaa, bbbb, cccc");
    CHECK(listed_within({"aaaa", "bbbb", "cccc"}, 15) == "aaaa and 2 more");
}

TEST_CASE("the page marks wasteful files and no others") {
    const std::string page = plan_html(small_plan());
    CHECK(page.find("<tr class=\"wasteful\"><th scope=\"row\">b\u241b.mp4") != std::string::npos);
    CHECK(page.find("<tr><th scope=\"row\">a.mp4") != std::string::npos);
    CHECK(page.find("1 file of 2 decoded more than 1.1 times") != std::string::npos);
}

TEST_CASE("an export that shows no file has a plan") {
    const PlanReport report{.engine = "v2", .engine_reason = "x", .fps = Rational(25)};
    CHECK(plan_text(report).find("No file is shown.") != std::string::npos);
    CHECK(Json::parse(plan_json(report))["files"].empty());
    CHECK(plan_html(report).find("</html>") != std::string::npos);
}

TEST_CASE("a hundred thousand stretches make a page that can be opened") {
    for (const std::uint32_t files : {1U, 40U, 20'000U}) {
        CAPTURE(files);
        const PlanReport report = crowded_plan(files, 100'000);
        const std::string page = plan_html(report);
        CHECK(page.size() < 5'000'000);
        const Json json = Json::parse(plan_json(report));
        std::size_t stretches = 0;
        for (const Json& file : json["files"]) stretches += file["stretches"].size();
        CHECK(stretches == 100'000);
    }
}
