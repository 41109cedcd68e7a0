#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ipc/frame/pixel_format.hpp"

namespace reelpool::worker {

/// One plane of samples in memory that somebody else owns.
/// Units: rows are `stride_bytes` apart, which may be negative; width and height are in samples.
struct PlaneView {
    const std::byte* data = nullptr;
    std::ptrdiff_t stride_bytes = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;

    [[nodiscard]] const std::byte* row(std::uint32_t y) const {
        return data + stride_bytes * static_cast<std::ptrdiff_t>(y);
    }
};

/// A whole picture in the plane order and sample layout of the slots.
/// Owner: the samples belong to whoever made it; valid until that one makes the next.
struct PlanarPicture {
    PixelFormat format;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::array<PlaneView, 4> planes{};
};

}  // namespace reelpool::worker
