#include "orchestrator/cli/crash_dump.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "orchestrator/cli/report.hpp"

namespace reelpool::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* prefix = "reelpool-crash-";
constexpr std::size_t most_kept = 10;

Error write_error(const std::string& path, std::string cause) {
    return {.code = ErrorCode::output,
            .component = Component::output,
            .subject = path,
            .what = "the crash dump could not be written",
            .cause = std::move(cause),
            .hint = "choose another place with --crash-dir"};
}

std::string utc_text(const char* format) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), format, &parts);
    return text.data();
}

std::string kernel_text() {
    utsname names{};
    if (::uname(&names) != 0) return {};
    return std::string(names.sysname) + " " + names.release + " " + names.machine;
}

Json channel_json(const run::CrashFacts::Channel& channel,
                  std::chrono::steady_clock::time_point at) {
    Json last = Json::array();
    for (const run::MessageLog::Entry& entry : channel.last) {
        const auto before = std::chrono::duration_cast<std::chrono::microseconds>(at - entry.at);
        last.push_back({{"usBefore", before.count()},
                        {"direction",
                         entry.direction == run::MessageLog::Direction::sent ? "sent" : "received"},
                        {"message", entry.name},
                        {"about", entry.about},
                        {"amount", entry.amount}});
    }
    return {{"peer", channel.peer}, {"messages", channel.messages}, {"last", std::move(last)}};
}

Json crash_json(const run::CrashFacts& facts, const Error& error, const std::string& engine) {
    Json channels = Json::array();
    for (const auto& channel : facts.channels) channels.push_back(channel_json(channel, facts.at));
    return {{"type", "crash"},
            {"reelpool", REELPOOL_VERSION},
            {"compiler", __VERSION__},
            {"kernel", kernel_text()},
            {"time", utc_text("%Y-%m-%dT%H:%M:%SZ")},
            {"pid", ::getpid()},
            {"engine", engine},
            {"error", error_json(error)},
            {"deaths", facts.deaths},
            {"plan", facts.plan},
            {"channels", std::move(channels)}};
}

/// Only what this program made, by its name and its contents.
void remove_old(const fs::path& directory) {
    std::vector<fs::path> dumps;
    std::error_code failed;
    for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
         entry.increment(failed)) {
        const fs::path& path = entry->path();
        if (path.filename().string().rfind(prefix, 0) == 0 && fs::exists(path / "crash.json"))
            dumps.push_back(path);
    }
    std::sort(dumps.begin(), dumps.end());
    for (std::size_t i = 0; i + most_kept < dumps.size(); ++i) {
        for (const char* name : {"crash.json", "ledger"}) fs::remove(dumps[i] / name, failed);
        fs::remove(dumps[i], failed);
    }
}

template <class Bytes>
Status write_file(const fs::path& path, const Bytes& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) return unexpected(write_error(path.string(), {}));
    return ok();
}

}  // namespace

std::string crash_directory_from(const char* xdg_state_home, const char* home) {
    if (xdg_state_home != nullptr && xdg_state_home[0] == '/')
        return std::string(xdg_state_home) + "/reelpool/crashes";
    if (home != nullptr && home[0] == '/')
        return std::string(home) + "/.local/state/reelpool/crashes";
    return {};
}

Result<std::string> write_crash_dump(const std::string& directory, const run::CrashFacts& facts,
                                     const Error& error, const std::string& engine) {
    const fs::path folder =
        fs::path(directory) / (prefix + utc_text("%Y%m%d-%H%M%S-") + std::to_string(::getpid()));
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) return unexpected(write_error(folder.string(), failed.message()));
    // What a project is called and what it holds is nobody else's business.
    fs::permissions(folder, fs::perms::owner_all, failed);
    const std::string json =
        crash_json(facts, error, engine).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    REELPOOL_TRY_STATUS(write_file(folder / "ledger", facts.ledger));
    REELPOOL_TRY_STATUS(write_file(folder / "crash.json", json));
    remove_old(directory);
    return folder.string();
}

}  // namespace reelpool::cli
