#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/shm/segment.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::compositor {

/// One reserved range of addresses into which whole segments are mapped, read-only and populated,
/// and whose end is writable memory for canvases. To the shader it is one arena: a slot or canvas
/// is an offset. Whatever no segment fills reads as zeros, so that nothing in the range can fault.
/// Crash: a segment's owner may change its bytes at any time, never its size.
class Aperture {
  public:
    /// What one R32_UINT texel view reaches on every known driver.
    static constexpr std::uint64_t default_bytes = 512ULL << 20;
    static constexpr std::uint64_t guard_bytes = wire::view_gap_bytes;

    /// `bytes`: a multiple of 64 KiB, the canvases included.
    [[nodiscard]] static Result<Aperture> reserve(std::uint64_t bytes,
                                                  std::uint64_t canvas_bytes = 0);

    Aperture(Aperture&& other) noexcept;
    Aperture& operator=(Aperture&&) = delete;
    ~Aperture();

    [[nodiscard]] std::byte* data() const { return data_; }
    /// All that the shader sees.
    [[nodiscard]] std::uint64_t arena_bytes() const { return arena_bytes_; }
    /// What there is for segments, from the start on.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// Where the canvases' memory begins.
    [[nodiscard]] std::uint64_t canvas_offset() const { return bytes_; }

    /// Errors: a place outside the range, or too close to another segment; a descriptor that is no
    /// sealed memfd of this size.
    [[nodiscard]] Status map(const wire::MapSegment& segment, const UniqueFd& fd);
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
    Aperture(std::byte* data, std::uint64_t arena_bytes, std::uint64_t bytes)
        : data_(data), arena_bytes_(arena_bytes), bytes_(bytes) {}
    [[nodiscard]] bool is_free(std::uint64_t offset, std::uint64_t bytes) const;

    std::byte* data_ = nullptr;
    std::uint64_t arena_bytes_ = 0;
    std::uint64_t bytes_ = 0;
    std::map<std::uint64_t, Mapped> mapped_;  ///< by offset
    std::map<SegmentId, std::uint64_t> offsets_;
};

}  // namespace reelpool::compositor
