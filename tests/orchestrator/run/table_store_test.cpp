#include "orchestrator/run/table_store.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace reelpool;
using namespace reelpool::run;

namespace {

namespace fs = std::filesystem;

/// A directory of its own for each test.
class Scratch {
  public:
    Scratch() {
        std::string pattern = (fs::temp_directory_path() / "table-store-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        root_ = pattern;
    }
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] std::string at(const std::string& name) const { return (root_ / name).string(); }

  private:
    fs::path root_;
};

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << bytes;
    REQUIRE(file.good());
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Its change lies far enough back for the next one to show. Waits for the clock, nothing else.
void let_rest(const std::string& path) {
    struct stat status {};
    timespec now{};
    const auto elapsed_ns = [&] {
        ::clock_gettime(CLOCK_REALTIME, &now);
        return (now.tv_sec - status.st_ctim.tv_sec) * 1'000'000'000 + now.tv_nsec -
               status.st_ctim.tv_nsec;
    };
    REQUIRE(::stat(path.c_str(), &status) == 0);
    while (elapsed_ns() < 25'000'000) ::sched_yield();
}

UniqueFd open_file(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(static_cast<bool>(fd));
    return fd;
}

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

/// A medium of 300 KB that has rested.
std::string medium(const Scratch& scratch, const std::string& name = "medium") {
    const std::string path = scratch.at(name);
    write_file(path, std::string(300'000, 'm'));
    let_rest(path);
    return path;
}

std::string found(const TableStore& store, const std::string& path,
                  const wire::OpenMedia& wishes = {}) {
    const auto place = store.place_of(open_file(path), wishes);
    REQUIRE(place.has_value());
    const UniqueFd entry = store.find(*place);
    if (!entry) return {};
    std::string text(1 << 20, '\0');
    const ssize_t got = ::read(entry.get(), text.data(), text.size());
    REQUIRE(got >= 0);
    text.resize(static_cast<std::size_t>(got));
    return text;
}

void keep(const TableStore& store, const std::string& path, const std::string& entry,
          const wire::OpenMedia& wishes = {}) {
    const UniqueFd file = open_file(path);
    const auto place = store.place_of(file, wishes);
    REQUIRE(place.has_value());
    store.store(*place, file, bytes_of(entry));
}

std::size_t files_in(const std::string& directory) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("an entry is found again, by the same wishes only") {
    const Scratch scratch;
    const TableStore store(scratch.at("a/b/tables"));
    const std::string path = medium(scratch);
    CHECK(found(store, path).empty());
    keep(store, path, "what the worker said");
    CHECK(found(store, path) == "what the worker said");
    CHECK(found(store, path, {.alpha = wire::AlphaMode::premultiplied}).empty());
    CHECK(found(store, path, {.range_override = ColorRange::full}).empty());
    keep(store, path, "better");
    CHECK(found(store, path) == "better");
    CHECK(files_in(scratch.at("a/b/tables")) == 1);
    // A copy is another file.
    fs::copy_file(path, scratch.at("copy"));
    CHECK(found(store, scratch.at("copy")).empty());
}

TEST_CASE("a file that changed in place is another file") {
    const Scratch scratch;
    const TableStore store(scratch.at("tables"));
    const std::string path = medium(scratch);
    keep(store, path, "old");
    REQUIRE(found(store, path) == "old");
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(150'000);
        file << "x";
    }
    CHECK(found(store, path).empty());
    let_rest(path);
    keep(store, path, "new");
    CHECK(found(store, path) == "new");
    // Its times put back: ctime still tells.
    struct stat before {};
    REQUIRE(::stat(path.c_str(), &before) == 0);
    write_file(path, std::string(300'000, 'n'));
    const timespec times[2] = {before.st_atim, before.st_mtim};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    CHECK(found(store, path).empty());
    // Touched only: to be on the safe side, it is looked at again.
    let_rest(path);
    keep(store, path, "newer");
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), nullptr, 0) == 0);
    CHECK(found(store, path).empty());
}

TEST_CASE("what changes while it is examined, or has just changed, is not kept") {
    const Scratch scratch;
    const TableStore store(scratch.at("tables"));
    const std::string path = medium(scratch);
    const UniqueFd file = open_file(path);
    const auto place = store.place_of(file, {});
    REQUIRE(place->may_store);
    std::ofstream(path, std::ios::app) << "more";
    store.store(*place, file, bytes_of("too late"));
    CHECK(found(store, path).empty());
    // Times in the future say nothing about the next change.
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    timespec times[2] = {status.st_atim, status.st_mtim};
    times[1].tv_sec += 3600;
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
    CHECK_FALSE(store.place_of(file, {})->may_store);
}

TEST_CASE("a file that is damaged in its key is not found") {
    const Scratch scratch;
    const TableStore store(scratch.at("tables"));
    const std::string path = medium(scratch);
    keep(store, path, "entry");
    const std::string entry = store.place_of(open_file(path), {})->path;
    const std::string whole = read_file(entry);
    REQUIRE(whole.size() == sizeof(TableStore::Key) + 5);
    for (std::size_t at = 0; at < sizeof(TableStore::Key); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        write_file(entry, damaged);
        CHECK(found(store, path).empty());
        write_file(entry, whole.substr(0, at));
        CHECK(found(store, path).empty());
    }
    keep(store, path, "again");
    CHECK(found(store, path) == "again");
    // Things that are no files are not followed.
    fs::remove(entry);
    fs::create_symlink(scratch.at("medium"), entry);
    CHECK(found(store, path).empty());
    fs::remove(entry);
    REQUIRE(::mkfifo(entry.c_str(), 0600) == 0);
    CHECK(found(store, path).empty());
}

TEST_CASE("writers at the same time leave one whole entry") {
    const Scratch scratch;
    const TableStore store(scratch.at("tables"));
    const std::string path = medium(scratch);
    std::vector<pid_t> writers;
    for (int w = 0; w < 4; ++w) {
        const pid_t pid = ::fork();
        REQUIRE(pid >= 0);
        if (pid == 0) {
            const std::string entry(100'000, static_cast<char>('a' + w));
            const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
            const auto place = store.place_of(file, {});
            for (int i = 0; i < 100; ++i) store.store(*place, file, bytes_of(entry));
            ::_exit(0);
        }
        writers.push_back(pid);
    }
    std::size_t torn = 0;
    std::size_t ended = 0;
    while (ended < writers.size()) {
        const std::string entry = found(store, path);
        if (!entry.empty() && entry != std::string(100'000, entry.front())) ++torn;
        int status = 0;
        if (::waitpid(-1, &status, WNOHANG) > 0) {
            CHECK(status == 0);
            ++ended;
        }
    }
    CHECK(torn == 0);
    CHECK(found(store, path).size() == 100'000);
    CHECK(files_in(scratch.at("tables")) == 1);
}

TEST_CASE("a directory that cannot be written is no error") {
    const Scratch scratch;
    const std::string path = medium(scratch);
    write_file(scratch.at("file"), "in the way");
    const TableStore store(scratch.at("file/tables"));
    keep(store, path, "entry");
    CHECK(found(store, path).empty());
    CHECK(read_file(scratch.at("file")) == "in the way");
    CHECK_FALSE(TableStore("").place_of(open_file(path), {}).has_value());
    CHECK_FALSE(store.place_of(open_file(path), {.is_sequence = true}).has_value());
}

TEST_CASE("the entries that were used longest ago make room") {
    const Scratch scratch;
    const TableStore store(scratch.at("tables"), {.total_bytes = 2500, .unused_days = 90});
    const auto use_at = [&](const std::string& path, std::int64_t days_ago) {
        const std::string entry = store.place_of(open_file(path), {})->path;
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        const timespec times[2] = {{now.tv_sec - days_ago * 86'400, 0},
                                   {now.tv_sec - days_ago * 86'400, 0}};
        REQUIRE(::utimensat(AT_FDCWD, entry.c_str(), times, 0) == 0);
    };
    const std::string old = medium(scratch, "old");
    const std::string used = medium(scratch, "used");
    keep(store, old, std::string(900, 'o'));
    keep(store, used, std::string(900, 'u'));
    use_at(old, 1);
    use_at(used, 2);
    CHECK(found(store, used).size() == 900);  // which is a use
    keep(store, medium(scratch, "third"), std::string(900, 't'));
    CHECK(found(store, old).empty());
    CHECK(found(store, used).size() == 900);
    use_at(used, 91);
    write_file(scratch.at("tables/other"), "not ours");
    keep(store, old, "again");
    CHECK(found(store, used).empty());
    CHECK(read_file(scratch.at("tables/other")) == "not ours");
}

TEST_CASE("where entries are kept") {
    CHECK(TableStore::directory_from(nullptr, "/c", "/h") == "/c/reelpool/tables");
    CHECK(TableStore::directory_from(nullptr, nullptr, "/h") == "/h/.cache/reelpool/tables");
    CHECK(TableStore::directory_from("", "", "/h") == "/h/.cache/reelpool/tables");
    CHECK(TableStore::directory_from(nullptr, "relative", "/h") == "/h/.cache/reelpool/tables");
    CHECK(TableStore::directory_from(nullptr, nullptr, nullptr).empty());
    CHECK(TableStore::directory_from(nullptr, nullptr, "relative").empty());
    CHECK(TableStore::directory_from("off", "/c", "/h").empty());
}
