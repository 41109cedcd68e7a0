#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ipc/base/unique_fd.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/run/file_identity.hpp"

namespace reelpool::run {

/// Frame tables of earlier runs, one file per medium and way to read it, in a directory that many
/// processes use at once. What an entry holds is the workers' business; which file it describes is
/// decided here: device, inode, size, mtime and ctime, and a hash of sampled blocks. It is a cache:
/// whatever goes wrong, the file is examined again, and nobody is told.
/// Thread: any, one at a time.
class TableStore {
  public:
    struct Limits {
        std::uint64_t total_bytes = std::uint64_t{256} << 20;
        std::int64_t unused_days = 90;
    };

    /// An empty directory: nothing is found or stored.
    explicit TableStore(std::string directory) : TableStore(std::move(directory), Limits{}) {}
    TableStore(std::string directory, Limits limits)
        : directory_(std::move(directory)), limits_(limits) {}

    /// $XDG_CACHE_HOME/reelpool/tables, else $HOME/.cache/reelpool/tables; empty where
    /// REELPOOL_CACHE is "off" or neither is an absolute path. Null means not set.
    [[nodiscard]] static std::string directory_from(const char* reelpool_cache,
                                                    const char* xdg_cache_home, const char* home);

    /// What stands before an entry in its file: all that must be equal for it to be used.
    struct Key {
        std::array<char, 8> magic;
        std::uint8_t alpha;
        std::uint8_t matrix_override;
        std::uint8_t range_override;
        std::uint8_t zero;
        std::uint32_t max_side_px;
        FileIdentity file;
        std::uint64_t sampled_hash;
    };

    /// One medium as it was when it was looked up.
    struct Place {
        Key key{};
        std::string path;
        /// The file has rested long enough for its next change to show in its times.
        bool may_store = false;
    };

    /// Where a medium's entry belongs. Nothing: it cannot be cached.
    [[nodiscard]] std::optional<Place> place_of(const UniqueFd& medium,
                                                const wire::OpenMedia& wishes) const;
    /// The entry there, its offset behind the key; an empty descriptor if there is none.
    [[nodiscard]] UniqueFd find(const Place& place) const;
    /// Keeps an entry that was made since `place` was looked up; not if the medium has changed
    /// since. Old entries make room.
    void store(const Place& place, const UniqueFd& medium, std::span<const std::byte> entry) const;

  private:
    void make_room() const;

    std::string directory_;
    Limits limits_;
};

}  // namespace reelpool::run
