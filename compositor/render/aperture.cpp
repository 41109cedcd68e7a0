#include "compositor/render/aperture.hpp"

#include <sys/mman.h>

#include <cerrno>
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

Result<Aperture> Aperture::reserve(std::uint64_t bytes) {
    REELPOOL_CHECK(bytes > 0 && bytes % 65536 == 0);
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
    return Aperture(data, bytes);
}

Aperture::Aperture(Aperture&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(other.bytes_),
      mapped_(std::move(other.mapped_)),
      offsets_(std::move(other.offsets_)) {}

Aperture::~Aperture() {
    if (data_ == nullptr) return;
    mapped_.clear();
    ::munmap(data_, bytes_);
}

std::optional<std::uint64_t> Aperture::find_gap(std::uint64_t bytes) const {
    std::uint64_t at = 0;
    for (const auto& [offset, mapped] : mapped_) {
        if (at + bytes + guard_bytes <= offset) return at;
        at = offset + mapped.bytes + guard_bytes;
    }
    if (at + bytes + guard_bytes <= bytes_) return at;
    return std::nullopt;
}

Status Aperture::map(SegmentId segment, const UniqueFd& fd, std::uint64_t bytes) {
    if (bytes == 0 || bytes % 4096 != 0)
        return vk::refuse(ErrorCode::internal, "a segment's size is no multiple of 4096");
    if (offsets_.contains(segment))
        return vk::refuse(ErrorCode::internal, "a segment was mapped twice");
    const std::optional<std::uint64_t> offset = find_gap(bytes);
    if (!offset)
        return vk::refuse(ErrorCode::limit, "the decoded frames do not fit the compositor's view",
                          "a segment of " + std::to_string(bytes >> 20) + " MiB finds no room in " +
                              std::to_string(bytes_ >> 20) + " MiB",
                          "use a smaller --cache-size");
    REELPOOL_TRY(mapping, Mapping::map(fd, bytes, Access::read_only, data_ + *offset));
    mapped_.emplace(*offset, Mapped{segment, bytes, std::move(mapping)});
    offsets_.emplace(segment, *offset);
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
