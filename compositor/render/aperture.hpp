#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/shm/segment.hpp"

namespace reelpool::compositor {

/// One reserved range of addresses into which whole segments are mapped, read-only and populated.
/// To the shader it is one arena: a slot is an offset. Whatever no segment fills reads as zeros, so
/// that nothing in the range can fault.
/// Crash: a segment's owner may change its bytes at any time, never its size.
class Aperture {
  public:
    /// What one R32_UINT texel view reaches on every known driver.
    static constexpr std::uint64_t default_bytes = 512ULL << 20;
    /// Shaders may read this far past a slot's end (a tile that juts out of the picture).
    static constexpr std::uint64_t guard_bytes = 512ULL << 10;

    /// `bytes`: a multiple of 64 KiB.
    [[nodiscard]] static Result<Aperture> reserve(std::uint64_t bytes);

    Aperture(Aperture&& other) noexcept;
    Aperture& operator=(Aperture&&) = delete;
    ~Aperture();

    [[nodiscard]] std::byte* data() const { return data_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    /// Errors: `limit` when no gap is wide enough; a descriptor that is no sealed memfd of `bytes`.
    [[nodiscard]] Status map(SegmentId segment, const UniqueFd& fd, std::uint64_t bytes);
    /// Nothing may read the segment any more.
    [[nodiscard]] Status unmap(SegmentId segment);

    [[nodiscard]] std::optional<std::uint64_t> bytes_of(SegmentId segment) const;
    /// The offset of a mapped segment in the range.
    [[nodiscard]] std::uint64_t offset_of(SegmentId segment) const;

  private:
    struct Mapped {
        SegmentId segment;
        std::uint64_t bytes = 0;
        Mapping mapping;
    };
    Aperture(std::byte* data, std::uint64_t bytes) : data_(data), bytes_(bytes) {}
    [[nodiscard]] std::optional<std::uint64_t> find_gap(std::uint64_t bytes) const;

    std::byte* data_ = nullptr;
    std::uint64_t bytes_ = 0;
    std::map<std::uint64_t, Mapped> mapped_;  ///< by offset
    std::map<SegmentId, std::uint64_t> offsets_;
};

}  // namespace reelpool::compositor
