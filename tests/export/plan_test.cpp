// What `reelpool plan` says beforehand, against what the export then does.
#include <doctest/doctest.h>

#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "export_fixture.hpp"
#include "json_value.hpp"

namespace reelpool::export_test {
namespace {

using reference::JsonValue;

const JsonValue& value_at(const JsonValue& json, const std::vector<std::string>& path) {
    const JsonValue* at = &json;
    for (const std::string& name : path) {
        CAPTURE(name);
        at = at->find(name);
        REQUIRE(at != nullptr);
    }
    return *at;
}

JsonValue plan_of(const TempFolder& folder, const std::filesystem::path& project,
                  const std::vector<std::string>& more) {
    std::vector<std::string> argv{reelpool_program(), "plan", project.string(), "--json"};
    argv.insert(argv.end(), more.begin(), more.end());
    const auto outcome = test_media::run_program(argv, std::chrono::seconds(300));
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return reference::parse_json_file(folder.write("plan.json", outcome.out));
}

JsonValue report_of(const TempFolder& folder, const std::filesystem::path& project,
                    ExportRequest request) {
    const std::string report = (folder / "report.json").string();
    request.more.insert(request.more.end(), {"--report", report});
    const auto outcome = run_export_of(folder, project, request);
    CAPTURE(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    return reference::parse_json_file(report);
}

/// A clip that hides another one behind it, over its whole length.
std::string hidden_project() {
    return project_text(R"("a": {"path": "a.mp4"}, "b": {"path": "b.mp4"})",
                        R"("width": 320, "height": 180, "fps": 30)",
                        R"({"clips": [{"media": "b", "duration": 1}]},
                           {"clips": [{"media": "a", "duration": 1}]})");
}

void make_clips(const TempFolder& folder) {
    for (unsigned id = 1; id <= 2; ++id)
        test_media::make_barcode_clip({.media_id = static_cast<int>(id),
                                       .frames = 60,
                                       .encoding = test_media::small_h264(250),
                                       .out = folder / (id == 1 ? "a.mp4" : "b.mp4")});
}

}  // namespace

TEST_CASE("the plan of every example is what its export does") {
    const char* examples = std::getenv("REELPOOL_EXAMPLES");
    REQUIRE(examples != nullptr);
    const TempFolder folder;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        if (entry.path().extension() != ".json") continue;
        for (const std::string engine : {"v1", "v2"}) {
            const std::string name = entry.path().stem().string() + " with " + engine;
            CAPTURE(name);
            const std::vector<std::string> small{"--size", "160x90"};
            std::vector<std::string> asked{"--engine", engine};
            asked.insert(asked.end(), small.begin(), small.end());
            const JsonValue plan = plan_of(folder, entry.path(), asked);
            const JsonValue report =
                report_of(folder, entry.path(), {.engine = engine, .more = small});
            for (const std::string count : {"framesDecoded", "framesIdeal", "seeks"}) {
                CAPTURE(count);
                CHECK(value_at(plan, {"decode", count}).text ==
                      value_at(report, {"decode", count}).text);
            }
            CHECK(value_at(plan, {"engine"}).text == engine);
        }
    }
}

TEST_CASE("what is hidden is decoded zero times") {
    const TempFolder folder;
    make_clips(folder);
    const auto project = folder.write("project.json", hidden_project());
    for (const std::string engine : {"v1", "v2"}) {
        CAPTURE(engine);
        const JsonValue report = report_of(folder, project, {.engine = engine});
        for (const JsonValue& file : value_at(report, {"files"}).items) {
            const bool is_hidden = value_at(file, {"path"}).text.find("b.mp4") != std::string::npos;
            CHECK(value_at(file, {"framesDecoded"}).text == (is_hidden ? "0" : "30"));
        }
    }
}

TEST_CASE("the report tells whose CPU time it was, and what transfer took of it") {
    const TempFolder folder;
    make_clips(folder);
    const auto project = folder.write("project.json", hidden_project());
    const JsonValue report = report_of(folder, project, {.engine = "v2"});
    const auto number = [&](const std::string& name) {
        return std::stod(value_at(report, {"cpu", name}).text);
    };
    CHECK(number("workersMs") > 0);
    CHECK(number("compositorMs") > 0);
    CHECK(number("orchestratorMs") > 0);
    const double all = number("workersMs") + number("compositorMs") + number("orchestratorMs");
    CHECK(number("transferMs") > 0);
    CHECK(number("transferMs") < all);
    CHECK(number("transferOverhead") == doctest::Approx(number("transferMs") / all));
    CHECK(value_at(report, {"slowFrames"}).items.size() <= 1);
}

TEST_CASE("the smallest cache that a refusal names works, and a smaller one is refused") {
    const TempFolder folder;
    test_media::make_barcode_clip({.media_id = 1,
                                   .width = 1280,
                                   .height = 720,
                                   .frames = 60,
                                   .encoding = test_media::small_h264(30),
                                   .out = folder / "a.mp4"});
    std::string tracks;
    for (int k = 0; k < 4; ++k)
        tracks += (k > 0 ? ", " : "") + std::string(R"({"clips": [{"media": "a", "duration": 1,)") +
                  R"( "in": ")" + std::to_string(9 * k) + R"(f", "opacity": 0.5}]})";
    const auto project = folder.write(
        "project.json", project_text(R"("a": {"path": "a.mp4"})",
                                     R"("width": 1280, "height": 720, "fps": 30)", tracks));
    const auto with_cache = [&](const std::string& size) {
        return run_export_of(folder, project, {.more = {"--cache-size", size}});
    };
    constexpr int limit_exceeded = 8;
    const auto refused = with_cache("1MB");
    CHECK(refused.exit_code == limit_exceeded);
    std::smatch named;
    REQUIRE(std::regex_search(refused.err, named, std::regex("use --cache-size ([0-9]+)MB")));
    const int smallest = std::stoi(named[1]);
    CHECK(with_cache(std::to_string(smallest) + "MB").exit_code == 0);
    CHECK(with_cache(std::to_string(smallest - 1) + "MB").exit_code == limit_exceeded);
}

TEST_CASE("auto says which engine it takes, and why") {
    const TempFolder folder;
    make_clips(folder);
    const auto engine_of = [&](const std::string& project) {
        const JsonValue plan = plan_of(folder, folder.write("project.json", project), {});
        return value_at(plan, {"engine"}).text + ": " + value_at(plan, {"engineReason"}).text;
    };
    const std::string size = R"("width": 320, "height": 180, "fps": 30)";
    const std::string media = R"("a": {"path": "a.mp4"}, "b": {"path": "b.mp4"})";
    CHECK(engine_of(project_text(media, size,
                                 R"({"clips": [{"media": "a", "duration": 1},
                                               {"media": "b", "start": 1, "duration": 1}]})")) ==
          "v1: 2 files, 0 nested clips");
    // Both show the end of the same long GOP.
    const std::string twice = R"({"clips": [{"media": "a", "in": 1, "duration": 1}]},
        {"clips": [{"media": "a", "in": 0.9, "duration": 1, "opacity": 0.5}]})";
    CHECK(engine_of(project_text(media, size, twice)) ==
          "v2: 1 file, 0 nested clips, but v1 would decode 117 frames where v2 decodes 60");
}

}  // namespace reelpool::export_test
