#include "orchestrator/run/disk_cache.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/shm/segment.hpp"
#include "orchestrator/run/scratch_file.hpp"
#include "temp_folder.hpp"

using namespace reelpool;
using namespace reelpool::run;
using plan::PlanRunner;
using test_media::TempFolder;

namespace {

constexpr std::uint32_t slot_bytes = 8192;

/// A segment of slots, each full of one character.
DiskCache::Memory segment_of(const std::string& characters) {
    auto segment = create_segment("test", slot_bytes * characters.size());
    REQUIRE(segment);
    for (std::size_t i = 0; i < characters.size(); ++i) {
        const std::string slot(slot_bytes, characters[i]);
        REQUIRE(::pwrite(segment->get(), slot.data(), slot.size(),
                         static_cast<off_t>(i * slot_bytes)) == slot_bytes);
    }
    return std::make_shared<const UniqueFd>(std::move(*segment));
}

std::string slot_at(const DiskCache::Memory& segment, std::uint32_t index) {
    std::string slot(slot_bytes, '?');
    REQUIRE(::pread(segment->get(), slot.data(), slot.size(), index * slot_bytes) == slot_bytes);
    return slot;
}

/// A disk cache that is asked for one copy at a time.
class Disk {
  public:
    explicit Disk(UniqueFd file)
        : file_(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)), cache_(loop_, std::move(file)) {
        cache_.set_events([this](const std::vector<DiskCache::Done>& done) {
            REQUIRE(done.size() == 1);
            CHECK(done.front().turn == turn_);
            outcome_ = done.front().outcome;
            loop_.stop();
        });
    }

    PlanRunner::DiskOutcome write(const DiskCache::Memory& segment, std::uint32_t slot,
                                  std::uint64_t offset) {
        cache_.write(copy(slot, offset), segment);
        return outcome();
    }
    PlanRunner::DiskOutcome read(const DiskCache::Memory& segment, std::uint32_t slot,
                                 std::uint64_t offset) {
        cache_.read(copy(slot, offset), segment);
        return outcome();
    }
    [[nodiscard]] const UniqueFd& file() const { return file_; }
    [[nodiscard]] DiskCache& cache() { return cache_; }

  private:
    PlanRunner::DiskOutcome outcome() {
        outcome_.reset();
        // The loop runs as long as there is something to wait for.
        const auto watchdog = loop_.after(std::chrono::seconds(60), [this] { loop_.stop(); });
        loop_.run();
        REQUIRE(outcome_);
        return *outcome_;
    }
    plan::DiskCopy copy(std::uint32_t slot, std::uint64_t offset) {
        return {++turn_, SegmentId{1}, slot * slot_bytes, {offset, slot_bytes}};
    }

    EventLoop loop_;
    UniqueFd file_;
    DiskCache cache_;
    std::uint64_t turn_ = 0;
    std::optional<PlanRunner::DiskOutcome> outcome_;
};

constexpr auto done = PlanRunner::DiskOutcome::done;
constexpr auto failed = PlanRunner::DiskOutcome::failed;

UniqueFd scratch_file(const TempFolder& folder) {
    auto file = open_scratch_file(folder.path().string());
    REQUIRE(file);
    return std::move(*file);
}

}  // namespace

TEST_CASE("frames come back from disk as they were, into any slot") {
    const TempFolder folder;
    Disk disk(scratch_file(folder));
    const DiskCache::Memory segment = segment_of("abcd");
    CHECK(disk.write(segment, 0, 0) == done);
    CHECK(disk.write(segment, 1, slot_bytes) == done);
    CHECK(disk.read(segment, 2, slot_bytes) == done);
    CHECK(disk.read(segment, 3, 0) == done);
    CHECK(slot_at(segment, 2) == std::string(slot_bytes, 'b'));
    CHECK(slot_at(segment, 3) == std::string(slot_bytes, 'a'));
    CHECK_FALSE(disk.cache().first_failure());
    // A place is written to again.
    CHECK(disk.write(segment, 1, 0) == done);
    CHECK(disk.read(segment, 0, 0) == done);
    CHECK(slot_at(segment, 0) == std::string(slot_bytes, 'b'));
}

TEST_CASE("one byte that has changed on disk is noticed") {
    const TempFolder folder;
    Disk disk(scratch_file(folder));
    const DiskCache::Memory segment = segment_of("ab");
    CHECK(disk.write(segment, 0, 0) == done);
    REQUIRE(::pwrite(disk.file().get(), "x", 1, 5000) == 1);
    CHECK(disk.read(segment, 1, 0) == failed);
    REQUIRE(disk.cache().first_failure());
    CHECK(disk.cache().first_failure()->cause == "it is not what was written");
}

TEST_CASE("a file that has become shorter is noticed") {
    const TempFolder folder;
    Disk disk(scratch_file(folder));
    const DiskCache::Memory segment = segment_of("ab");
    CHECK(disk.write(segment, 0, 0) == done);
    REQUIRE(::ftruncate(disk.file().get(), slot_bytes - 1) == 0);
    CHECK(disk.read(segment, 1, 0) == failed);
}

TEST_CASE("a full disk is a failure with its reason") {
    UniqueFd full(::open("/dev/full", O_RDWR | O_CLOEXEC));
    REQUIRE(full);
    Disk disk(std::move(full));
    CHECK(disk.write(segment_of("a"), 0, 0) == failed);
    REQUIRE(disk.cache().first_failure());
    CHECK(disk.cache().first_failure()->cause == std::strerror(ENOSPC));
}

TEST_CASE("what is not copied yet is left when the cache goes") {
    const TempFolder folder;
    EventLoop loop;
    DiskCache cache(loop, scratch_file(folder));
    const DiskCache::Memory segment = segment_of("a");
    for (std::uint64_t turn = 1; turn <= 200; ++turn)
        cache.write({turn, SegmentId{1}, 0, {turn * slot_bytes, slot_bytes}}, segment);
}

TEST_CASE("a scratch file has no name, and a missing directory is refused") {
    const TempFolder folder;
    const UniqueFd file = scratch_file(folder);
    CHECK(std::filesystem::is_empty(folder.path()));
    const auto missing = open_scratch_file((folder / "missing").string());
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::output);
    CHECK(missing.error().hint.find("--disk-cache") != std::string::npos);
    CHECK_FALSE(open_scratch_file(folder.write("file", "x").string()));
}
