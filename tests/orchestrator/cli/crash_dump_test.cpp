#include "orchestrator/cli/crash_dump.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "temp_folder.hpp"

using namespace reelpool;
using namespace reelpool::cli;
namespace fs = std::filesystem;

namespace {

const Error failure{.code = ErrorCode::decode,
                    .component = Component::worker,
                    .subject = "/media/\xff\x1b.mp4",
                    .what = "it failed",
                    .cause = {},
                    .hint = {}};

run::CrashFacts some_facts() {
    run::MessageLog log;
    for (std::uint64_t i = 0; i < 100; ++i)
        log.note(run::MessageLog::Direction::sent, "Decode", i, 2 * i);
    return {.at = std::chrono::steady_clock::now(),
            .ledger = std::vector<std::byte>(4096, std::byte{7}),
            .plan = {"next output frame 3"},
            .channels = {{"compositor", log.count(), log.entries()}},
            .deaths = {}};
}

}  // namespace

TEST_CASE("a crash dump says what was going on, to its owner only") {
    const test_media::TempFolder folder;
    const auto written =
        write_crash_dump((folder / "new/dumps").string(), some_facts(), failure, "v2");
    REQUIRE(written.has_value());
    const fs::path dump = *written;
    CHECK((fs::status(dump).permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
          fs::perms::none);
    CHECK(fs::file_size(dump / "ledger") == 4096);
    std::ifstream file(dump / "crash.json");
    const auto json = nlohmann::json::parse(file);
    CHECK(json["error"]["message"] == "it failed");
    CHECK(json["plan"][0] == "next output frame 3");
    const auto& channel = json["channels"][0];
    CHECK(channel["messages"] == 100);
    REQUIRE(channel["last"].size() == 64);
    CHECK(channel["last"][0]["about"] == 36);
    CHECK(channel["last"][63]["amount"] == 198);
}

TEST_CASE("the ten newest are kept, and nothing else is touched") {
    const test_media::TempFolder folder;
    for (int i = 0; i < 14; ++i) {
        const fs::path old =
            folder / ("reelpool-crash-200001" + std::to_string(10 + i) + "-000000-7");
        fs::create_directories(old);
        std::ofstream(old / "crash.json") << "{}";
    }
    fs::create_directories(folder /
                           "reelpool-crash-19990101-000000-7");  // not a dump: no crash.json
    fs::create_directories(folder / "holiday");
    REQUIRE(write_crash_dump((folder / ".").string(), some_facts(), failure, "v1").has_value());
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / "."))
        names.insert(entry.path().filename().string());
    CHECK(names.size() == 12);
    CHECK(names.contains("holiday"));
    CHECK(names.contains("reelpool-crash-19990101-000000-7"));
    CHECK(names.contains("reelpool-crash-20000123-000000-7"));
    CHECK_FALSE(names.contains("reelpool-crash-20000114-000000-7"));
}

TEST_CASE("where dumps go") {
    CHECK(crash_directory_from("/s", "/h") == "/s/reelpool/crashes");
    CHECK(crash_directory_from(nullptr, "/h") == "/h/.local/state/reelpool/crashes");
    CHECK(crash_directory_from("relative", nullptr).empty());
    CHECK_FALSE(write_crash_dump("/dev/null/no", some_facts(), failure, "v1").has_value());
}
