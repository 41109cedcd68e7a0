#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace boost::interprocess {
class mapped_region;
}

namespace reelpool {

/// A new memfd of exactly `bytes` (a multiple of 4096), allocated and sealed against shrinking,
/// growing and further seals. It has no name in any file system and dies with its last descriptor.
/// `label` is what /proc/PID/fd shows: "/memfd:label (deleted)".
[[nodiscard]] Result<UniqueFd> create_segment(const std::string& label, std::uint64_t bytes);

/// The same memory through a descriptor that cannot be mapped writable.
[[nodiscard]] Result<UniqueFd> reopen_read_only(const UniqueFd& segment);

enum class Access : std::uint8_t { read_only, read_write };

/// A segment mapped into this process (boost::interprocess::mapped_region underneath).
/// Crash: a peer can change the bytes at any time, never the size: it is sealed, and refused here
/// if it is not.
class Mapping {
  public:
    Mapping();
    Mapping(Mapping&&) noexcept;
    Mapping& operator=(Mapping&&) noexcept;
    ~Mapping();

    /// `fixed_address`: null, or a page-aligned address inside a range that the caller reserved;
    /// the mapping then replaces what was reserved there, and is replaced by readable zeros (no
    /// memory) in one step when it is destroyed: whoever reads past a neighbour never faults.
    /// Destroy it before mapping there again.
    /// Errors: the descriptor is not a sealed memfd of `bytes`.
    [[nodiscard]] static Result<Mapping> map(const UniqueFd& segment, std::uint64_t bytes,
                                             Access access, void* fixed_address = nullptr);

    [[nodiscard]] std::byte* data() const;
    [[nodiscard]] std::size_t size() const;

  private:
    struct Unmap {
        bool keeps_reservation;
        void operator()(boost::interprocess::mapped_region* region) const;
    };
    std::unique_ptr<boost::interprocess::mapped_region, Unmap> region_;
};

}  // namespace reelpool
