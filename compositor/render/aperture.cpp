#include "compositor/render/aperture.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <iterator>
#include <string>
#include <utility>

#include "compositor/vk/status.hpp"

namespace reelpool::compositor {
namespace {

/// Readable zeros that take no memory.
void* map_zeros(void* address, std::uint64_t bytes, int extra_flags) {
    return ::mmap(address, bytes, PROT_READ,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | extra_flags, -1, 0);
}

}  // namespace

Result<Aperture> Aperture::reserve(std::uint64_t bytes, std::uint64_t canvas_bytes) {
    REELPOOL_CHECK(bytes > 0 && bytes % 65536 == 0);
    // Tiles may read beyond canvases, too.
    const std::uint64_t canvases =
        canvas_bytes == 0 ? 0 : (canvas_bytes + guard_bytes + 65535) / 65536 * 65536;
    REELPOOL_CHECK(canvases < bytes);
    // A device may want 64 KiB alignment for its import.
    void* address = map_zeros(nullptr, bytes + 65536, 0);
    if (address == MAP_FAILED)
        return unexpected(errno_error(Component::compositor, "reserving addresses failed", errno));
    auto* first = static_cast<std::byte*>(address);
    const auto misfit = reinterpret_cast<std::uintptr_t>(first) % 65536;
    std::byte* data = first + (misfit == 0 ? 0 : 65536 - misfit);
    if (data != first) ::munmap(first, static_cast<std::size_t>(data - first));
    const auto tail = static_cast<std::size_t>(first + bytes + 65536 - (data + bytes));
    if (tail > 0) ::munmap(data + bytes, tail);
    Aperture aperture(data, bytes, bytes - canvases);
    if (canvases > 0 &&
        ::mmap(data + aperture.canvas_offset(), canvases, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
        return unexpected(errno_error(Component::compositor, "mapping canvases failed", errno));
    return aperture;
}

Aperture::Aperture(Aperture&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      arena_bytes_(other.arena_bytes_),
      bytes_(other.bytes_),
      mapped_(std::move(other.mapped_)),
      offsets_(std::move(other.offsets_)) {}

Aperture::~Aperture() {
    if (data_ == nullptr) return;
    mapped_.clear();
    ::munmap(data_, arena_bytes_);
}

bool Aperture::is_free(std::uint64_t offset, std::uint64_t bytes) const {
    if (bytes > bytes_ || offset > bytes_ - bytes || bytes_ - bytes - offset < guard_bytes)
        return false;
    const auto after = mapped_.lower_bound(offset);
    if (after != mapped_.end() && offset + bytes + guard_bytes > after->first) return false;
    if (after == mapped_.begin()) return true;
    const auto before = std::prev(after);
    return before->first + before->second.bytes + guard_bytes <= offset;
}

Status Aperture::map(const wire::MapSegment& segment, const UniqueFd& fd) {
    const std::uint64_t offset = segment.offset_bytes;
    if (segment.bytes == 0 || segment.bytes % 4096 != 0 || offset % 4096 != 0)
        return vk::refuse(ErrorCode::internal, "a segment's size or place is no multiple of 4096");
    if (offsets_.contains(segment.segment))
        return vk::refuse(ErrorCode::internal, "a segment was mapped twice");
    if (!is_free(offset, segment.bytes))
        return vk::refuse(ErrorCode::internal, "a segment was to be mapped where there is no room",
                          std::to_string(segment.bytes) + " bytes at " + std::to_string(offset) +
                              " of " + std::to_string(bytes_));
    REELPOOL_TRY(mapping, Mapping::map(fd, segment.bytes, Access::read_only, data_ + offset));
    mapped_.emplace(offset, Mapped{segment.segment, segment.bytes, std::move(mapping)});
    offsets_.emplace(segment.segment, offset);
    return ok();
}

Status Aperture::unmap(SegmentId segment) {
    const auto found = offsets_.find(segment);
    if (found == offsets_.end())
        return vk::refuse(ErrorCode::internal, "a segment that is not mapped was to be unmapped");
    const std::uint64_t offset = found->second;
    offsets_.erase(found);
    const auto entry = mapped_.find(offset);
    entry->second.mapping = Mapping();
    // The mapping leaves readable zeros behind, in one step: shaders of other frames may read
    // beyond their slots at any moment.
    mapped_.erase(entry);
    return ok();
}

std::optional<std::uint64_t> Aperture::bytes_of(SegmentId segment) const {
    const auto found = offsets_.find(segment);
    if (found == offsets_.end()) return std::nullopt;
    return mapped_.at(found->second).bytes;
}

std::uint64_t Aperture::offset_of(SegmentId segment) const {
    return offsets_.at(segment);
}

}  // namespace reelpool::compositor
