#include "orchestrator/run/table_store.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ipc/base/checksum.hpp"
#include "orchestrator/run/cache_place.hpp"

namespace reelpool::run {
namespace {

constexpr std::array<char, 8> magic{'R', 'P', 'S', 'T', 'O', 'R', '1', '\n'};
constexpr std::string_view entry_suffix = ".table";
constexpr std::string_view part_suffix = ".part";
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t day_ns = 86'400 * second_ns;
/// File systems' clocks tick every 10 ms at the coarsest that are in use.
constexpr std::int64_t rest_ns = 20'000'000;

static_assert(std::is_trivially_copyable_v<TableStore::Key> &&
              std::has_unique_object_representations_v<TableStore::Key>);

std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * second_ns + now.tv_nsec;
}

/// The first and the last 64 KiB, and 14 blocks of 4 KiB in between.
std::optional<std::uint64_t> sampled_hash(const UniqueFd& file, std::int64_t size_bytes) {
    constexpr std::int64_t end_block = 65536;
    constexpr std::int64_t inner_block = 4096;
    constexpr std::int64_t inner_blocks = 14;
    std::vector<std::byte> block(end_block);
    std::uint64_t hash = 0;
    const auto add = [&](std::int64_t offset, std::int64_t bytes) {
        const ssize_t got =
            ::pread(file.get(), block.data(), static_cast<std::size_t>(bytes), offset);
        if (got >= 0) hash = checksum(std::span(block).first(static_cast<std::size_t>(got)), hash);
        return got >= 0;
    };
    bool is_read =
        add(0, end_block) && add(std::max<std::int64_t>(0, size_bytes - end_block), end_block);
    for (std::int64_t i = 1; i <= inner_blocks && is_read; ++i)
        is_read = add(size_bytes / (inner_blocks + 1) * i, inner_block);
    if (!is_read) return std::nullopt;
    return hash;
}

std::span<const std::byte> bytes_of(const TableStore::Key& key) {
    return std::as_bytes(std::span(&key, 1));
}

}  // namespace

std::string TableStore::directory_from(const char* reelpool_cache, const char* xdg_cache_home,
                                       const char* home) {
    const std::string directory = cache_directory_from(reelpool_cache, xdg_cache_home, home);
    return directory.empty() ? directory : directory + "/tables";
}

std::optional<TableStore::Place> TableStore::place_of(const UniqueFd& medium,
                                                      const wire::OpenMedia& wishes) const {
    if (directory_.empty() || wishes.is_sequence) return std::nullopt;
    const auto identity = identity_of(medium);
    if (!identity) return std::nullopt;
    const auto hash = sampled_hash(medium, identity->size_bytes);
    if (!hash) return std::nullopt;
    Place place;
    place.key = {.magic = magic,
                 .alpha = static_cast<std::uint8_t>(wishes.alpha),
                 .matrix_override = static_cast<std::uint8_t>(wishes.matrix_override),
                 .range_override = static_cast<std::uint8_t>(wishes.range_override),
                 .zero = 0,
                 .max_side_px = wishes.max_side_px,
                 .file = *identity,
                 .sampled_hash = *hash};
    // A file that changed takes the place of what it was.
    Key name = place.key;
    name.file = {.device = identity->device, .inode = identity->inode};
    name.sampled_hash = 0;
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx",
                  static_cast<unsigned long long>(checksum(bytes_of(name))));
    place.path = directory_ + "/" + text.data() + std::string(entry_suffix);
    place.may_store = now_ns() - std::max(identity->mtime_ns, identity->ctime_ns) >= rest_ns;
    return place;
}

UniqueFd TableStore::find(const Place& place) const {
    UniqueFd file(
        ::open(place.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    Key found{};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        ::read(file.get(), &found, sizeof found) != static_cast<ssize_t>(sizeof found) ||
        std::memcmp(&found, &place.key, sizeof found) != 0)
        return {};
    ::futimens(file.get(), nullptr);  // its last use; times of access are often switched off
    return file;
}

void TableStore::store(const Place& place, const UniqueFd& medium,
                       std::span<const std::byte> entry) const {
    if (!place.may_store || entry.empty() || identity_of(medium) != place.key.file) return;
    make_directories(directory_);
    // Whoever reads sees the old entry or the new one: several writers only take turns.
    const std::array pieces{bytes_of(place.key), entry};
    static_cast<void>(store_file(place.path, pieces));
    make_room();
}

void TableStore::make_room() const {
    struct Kept {
        std::int64_t used_ns;
        std::uint64_t bytes;
        std::string path;
    };
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory_.c_str()), ::closedir);
    if (!listing) return;
    const std::int64_t now = now_ns();
    std::vector<Kept> kept;
    std::uint64_t total = 0;
    while (const dirent* const found = ::readdir(listing.get())) {
        const std::string_view name = found->d_name;
        const bool is_part = name.ends_with(part_suffix);
        if (!is_part && !name.ends_with(entry_suffix)) continue;
        const std::string path = directory_ + "/" + std::string(name);
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        const std::int64_t used =
            std::int64_t{status.st_mtim.tv_sec} * second_ns + status.st_mtim.tv_nsec;
        // A part that is a day old was left by a process that died.
        if (now - used > (is_part ? day_ns : limits_.unused_days * day_ns)) {
            ::unlink(path.c_str());
        } else if (!is_part) {
            kept.push_back({used, static_cast<std::uint64_t>(status.st_size), path});
            total += kept.back().bytes;
        }
    }
    std::sort(kept.begin(), kept.end(),
              [](const Kept& a, const Kept& b) { return a.used_ns < b.used_ns; });
    for (const Kept& oldest : kept) {
        if (total <= limits_.total_bytes) break;
        ::unlink(oldest.path.c_str());
        total -= oldest.bytes;
    }
}

}  // namespace reelpool::run
