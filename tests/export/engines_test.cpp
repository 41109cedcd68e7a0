// Two engines, one file: what one worker per clip and what shared decoders make must not differ.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <vector>

#include "engine_project.hpp"
#include "export_fixture.hpp"
#include "json_value.hpp"
#include "tests/sanitized.hpp"

namespace reelpool::export_test {
namespace {

using reference::JsonValue;
using Clock = std::chrono::steady_clock;

std::string from_environment(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

/// The engine that V2 is compared with. "v2" shows that V2 gives the same file every time.
std::string first_engine() {
    return from_environment("REELPOOL_FIRST_ENGINE", "v1");
}

/// What V2's reports tell about the ways taken, over several projects.
struct Seen {
    int three_cursors = 0;   ///< files read by three cursors or more
    int restarts = 0;        ///< projects in which a file got a second worker
    int decoded_again = 0;   ///< projects in which a frame was thrown away and wanted again
    int evictions = 0;       ///< projects in which a frame made room for another
    int two_levels = 0;      ///< projects in which a frame was held at two levels at once
    int from_disk = 0;       ///< projects in which a frame went to disk and came back
    int with_evictions = 0;  ///< reports that count evictions
    int with_levels = 0;     ///< reports that count frames at two levels

    Seen& operator+=(const Seen& other) {
        three_cursors += other.three_cursors;
        restarts += other.restarts;
        decoded_again += other.decoded_again;
        evictions += other.evictions;
        two_levels += other.two_levels;
        from_disk += other.from_disk;
        with_evictions += other.with_evictions;
        with_levels += other.with_levels;
        return *this;
    }
};

/// The value at a path of names, or null.
const JsonValue* value_at(const JsonValue& report, const std::vector<std::string>& path) {
    const JsonValue* at = &report;
    for (const std::string& name : path) {
        if (at == nullptr) return nullptr;
        at = at->find(name);
    }
    return at;
}

double number_at(const JsonValue& report, const std::vector<std::string>& path) {
    const JsonValue* const found = value_at(report, path);
    if (found == nullptr) throw std::runtime_error("the report has no \"" + path.back() + "\"");
    return std::stod(found->text);
}

Seen seen_in(const JsonValue& report) {
    // The workers of so many files stay from the examination on; others start once more anyway.
    constexpr std::size_t workers_kept = 8;
    Seen seen;
    const JsonValue* const files = report.find("files");
    if (files == nullptr) throw std::runtime_error("the report has no \"files\"");
    for (const JsonValue& file : files->items)
        if (number_at(file, {"cursors"}) >= 3) ++seen.three_cursors;
    const auto count = static_cast<double>(files->items.size());
    if (files->items.size() <= workers_kept &&
        number_at(report, {"decode", "workersStarted"}) > count)
        ++seen.restarts;
    if (number_at(report, {"cache", "hitRate"}) < 1) ++seen.decoded_again;
    if (value_at(report, {"cache", "evictions"}) != nullptr) {
        ++seen.with_evictions;
        if (number_at(report, {"cache", "evictions"}) > 0) ++seen.evictions;
    }
    if (value_at(report, {"cache", "framesAtTwoLevels"}) != nullptr) {
        ++seen.with_levels;
        if (number_at(report, {"cache", "framesAtTwoLevels"}) > 0) ++seen.two_levels;
    }
    if (value_at(report, {"diskCache", "loaded"}) != nullptr &&
        number_at(report, {"diskCache", "loaded"}) > 0)
        ++seen.from_disk;
    return seen;
}

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Nothing if the files are equal, else where they begin to differ.
std::string difference(const std::filesystem::path& one, const std::filesystem::path& other) {
    const std::string a = bytes_of(one);
    const std::string b = bytes_of(other);
    if (a == b && !a.empty()) return "";
    const auto at = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
    return "the files differ from byte " + std::to_string(at) + " on (" + std::to_string(a.size()) +
           " and " + std::to_string(b.size()) + " bytes)";
}

/// Nothing if V2 did exactly what its plan said.
std::string difference_from_plan(const JsonValue& report) {
    const std::array counted{std::pair{"framesDecoded", "framesPlanned"},
                             std::pair{"seeks", "seeksPlanned"}};
    for (const auto& [done, planned] : counted) {
        const double was = number_at(report, {"decode", done});
        const double should_be = number_at(report, {"decode", planned});
        if (was != should_be)
            return std::string(done) + " is " + std::to_string(was) + ", planned were " +
                   std::to_string(should_be);
    }
    return "";
}

enum class CacheSize { usual, smallest };

/// One project and how it is exported, by both engines alike but for the cache.
struct Comparison {
    std::string name;  ///< of the files that it leaves in the folder for a while
    std::filesystem::path project;
    std::string codec = "ffv1";
    std::string extension = ".mkv";
    CacheSize v2_cache = CacheSize::usual;
    std::vector<std::string> v2_more = {};
    std::vector<std::string> more = {};
};

struct Verdict {
    std::string fault;  ///< empty: equal files
    Seen seen;
    double slowest_seconds = 0;  ///< of the two exports
};

/// V2 with the smallest cache that it takes: a try, then what the refusal of that names.
test_media::Outcome export_with_smallest_cache(const TempFolder& folder,
                                               const Comparison& comparison,
                                               ExportRequest request) {
    constexpr int limit_exceeded = 8;
    const std::size_t at = request.more.size() + 1;
    request.more.insert(request.more.end(), {"--cache-size", "256KB"});
    auto outcome = run_export_of(folder, comparison.project, request);
    std::smatch named;
    if (outcome.exit_code != limit_exceeded ||
        !std::regex_search(outcome.err, named, std::regex("use --cache-size ([0-9]+[KMG]?B)")))
        return outcome;
    request.more[at] = named[1];
    return run_export_of(folder, comparison.project, request);
}

Verdict compare_engines(const TempFolder& folder, const Comparison& comparison) {
    Verdict verdict;
    const std::string report = (folder / (comparison.name + ".json")).string();
    ExportRequest request{.out = comparison.name + "-1" + comparison.extension,
                          .engine = first_engine(),
                          .codec = comparison.codec,
                          .more = comparison.more};
    const auto run = [&](const auto& start) {
        const auto begun = Clock::now();
        const test_media::Outcome outcome = start();
        const std::chrono::duration<double> took = Clock::now() - begun;
        verdict.slowest_seconds = std::max(verdict.slowest_seconds, took.count());
        if (outcome.exit_code == 0) return true;
        verdict.fault = "engine " + request.engine + " exited with " +
                        std::to_string(outcome.exit_code) + ": " + outcome.err;
        return false;
    };
    const auto first = folder / request.out;
    if (!run([&] { return run_export_of(folder, comparison.project, request); })) return verdict;
    request.out = comparison.name + "-2" + comparison.extension;
    request.engine = "v2";
    request.more.insert(request.more.end(), {"--report", report});
    request.more.insert(request.more.end(), comparison.v2_more.begin(), comparison.v2_more.end());
    const auto second = folder / request.out;
    const bool is_done = run([&] {
        return comparison.v2_cache == CacheSize::smallest
                   ? export_with_smallest_cache(folder, comparison, request)
                   : run_export_of(folder, comparison.project, request);
    });
    if (is_done) {
        verdict.fault = difference(first, second);
        const JsonValue measured = reference::parse_json_file(report);
        verdict.seen = seen_in(measured);
        if (verdict.fault.empty()) verdict.fault = difference_from_plan(measured);
    }
    for (const auto& made : {first, second, std::filesystem::path(report)})
        std::filesystem::remove(made);
    return verdict;
}

Verdict compare_seed(const TempFolder& folder, unsigned seed) {
    const std::string name = "seed" + std::to_string(seed);
    Comparison comparison{.name = name,
                          .project = folder.write(name + "-project.json", engine_project(seed))};
    if (seed % 10 == 3) {
        comparison.codec = "h264";
        comparison.extension = ".mp4";
    }
    if (seed % 5 == 0) comparison.v2_cache = CacheSize::smallest;
    if (seed % 10 == 0) comparison.v2_more = {"--disk-cache", folder.path().string() + ":64MB"};
    Verdict verdict = compare_engines(folder, comparison);
    std::filesystem::remove(comparison.project);
    return verdict;
}

struct Seeds {
    unsigned first = 1;
    unsigned last = 200;
    bool is_chosen = false;  ///< by somebody who looks for something
};

/// REELPOOL_SEEDS: a last seed, or FIRST-LAST.
Seeds seeds_to_try() {
    const std::string wish = from_environment("REELPOOL_SEEDS", "");
    if (!wish.empty()) {
        std::smatch bounds;
        if (!std::regex_match(wish, bounds, std::regex("(?:([0-9]+)-)?([0-9]+)")))
            throw std::runtime_error("REELPOOL_SEEDS is not N or FIRST-LAST: " + wish);
        const auto first = bounds[1].matched ? std::stoul(bounds[1]) : 1UL;
        return {.first = static_cast<unsigned>(first),
                .last = static_cast<unsigned>(std::stoul(bounds[2])),
                .is_chosen = true};
    }
    if (std::getenv("REELPOOL_LONG") != nullptr) return {.last = 2000};
    return {.last = test::is_sanitized() ? 20U : 200U};
}

/// What came of many seeds.
struct Results {
    std::vector<std::string> faults;
    Seen seen;
    unsigned tried = 0;
    double slowest_seconds = 0;
    unsigned slowest_seed = 0;
};

/// Two exports at a time: alone, one leaves cores idle while it starts and ends.
Results try_seeds(const TempFolder& folder, const Seeds& seeds) {
    constexpr std::size_t enough_faults = 3;
    std::atomic<unsigned> next = seeds.first;
    std::atomic<std::size_t> faults = 0;
    const auto lane = [&] {
        Results mine;
        for (unsigned seed = next++; seed <= seeds.last && faults < enough_faults; seed = next++) {
            const Verdict verdict = compare_seed(folder, seed);
            mine.seen += verdict.seen;
            ++mine.tried;
            if (verdict.slowest_seconds > mine.slowest_seconds) {
                mine.slowest_seconds = verdict.slowest_seconds;
                mine.slowest_seed = seed;
            }
            if (verdict.fault.empty()) continue;
            ++faults;
            mine.faults.push_back("seed " + std::to_string(seed) + ": " + verdict.fault);
        }
        return mine;
    };
    auto other = std::async(std::launch::async, lane);
    Results results = lane();
    const Results more = other.get();
    results.faults.insert(results.faults.end(), more.faults.begin(), more.faults.end());
    results.seen += more.seen;
    results.tried += more.tried;
    if (more.slowest_seconds > results.slowest_seconds) {
        results.slowest_seconds = more.slowest_seconds;
        results.slowest_seed = more.slowest_seed;
    }
    return results;
}

}  // namespace

TEST_CASE("both engines make the same file of random projects") {
    const TempFolder folder;
    make_engine_media(folder.path());
    const Seeds seeds = seeds_to_try();
    const auto begun = Clock::now();
    const Results results = try_seeds(folder, seeds);
    const std::chrono::duration<double> took = Clock::now() - begun;
    const Seen& seen = results.seen;
    MESSAGE(first_engine() << " and v2, " << results.tried << " projects in " << took.count()
                           << " s, the slowest export " << results.slowest_seconds << " s (seed "
                           << results.slowest_seed << "); files with 3 cursors "
                           << seen.three_cursors << ", projects with a worker started again "
                           << seen.restarts << ", a frame decoded again " << seen.decoded_again
                           << ", evictions " << seen.evictions << ", two levels " << seen.two_levels
                           << ", frames from disk " << seen.from_disk);
    for (const std::string& fault : results.faults) FAIL_CHECK(fault);
    if (seeds.is_chosen || !results.faults.empty()) return;
    // Equal files prove little unless V2 did what V1 never does.
    CHECK(seen.three_cursors > 0);
    CHECK(seen.restarts > 0);
    CHECK(seen.decoded_again > 0);
    CHECK(seen.from_disk > 0);
    if (seen.with_evictions > 0) CHECK(seen.evictions > 0);
    if (seen.with_levels > 0) CHECK(seen.two_levels > 0);
}

TEST_CASE("both engines make the same file of the examples") {
    const std::string examples = from_environment("REELPOOL_EXAMPLES", "examples");
    const TempFolder folder;
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        if (entry.path().extension() != ".json") continue;
        ++count;
        const std::string name = entry.path().stem().string();
        CAPTURE(name);
        // The part of the showcase in which comps are nested.
        const std::string range = name == "showcase" ? "3s..4s" : "1s..2s";
        const Verdict verdict =
            compare_engines(folder, {.name = name,
                                     .project = entry.path(),
                                     .more = {"--size", "160x90", "--range", range}});
        CHECK(verdict.fault == "");
    }
    CHECK(count >= 6);
}

}  // namespace reelpool::export_test
