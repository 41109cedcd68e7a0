#include "ipc/frame/slot_layout.hpp"

namespace reelpool {
namespace {

constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
    return (value + unit - 1) / unit * unit;
}

// What avcodec_align_dimensions2 and FFmpeg's own buffers ask for at most in the formats that slots
// have: macroblock pairs, two lines that motion compensation of H.264 reads below the picture, and
// a vector's width behind each plane.
constexpr std::uint32_t codec_width_unit = 16;
constexpr std::uint32_t codec_height_unit = 32;
constexpr std::uint32_t codec_lines_below = 2;
constexpr std::uint32_t codec_bytes_behind = 16 + 64;
constexpr std::uint64_t stride_unit = 64;

Unexpected bad_geometry(const char* what) {
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::worker,
                       .subject = {},
                       .what = what,
                       .cause = {},
                       .hint = {}});
}

}  // namespace

Result<SlotLayout> slot_layout(const PixelFormat& format, std::uint32_t width, std::uint32_t height,
                               Level level) {
    REELPOOL_TRY_STATUS(validate(format));
    if (width == 0 || height == 0 || width > max_picture_side || height > max_picture_side)
        return bad_geometry("a picture's size is outside 1..16384");
    if (level.x > max_level || level.y > max_level)
        return bad_geometry("a picture level is outside 0..15");
    SlotLayout layout;
    layout.plane_count = format.plane_count();
    const bool is_full = level == Level{};
    const auto sample_bytes = static_cast<unsigned>(format.sample_bytes());
    const std::uint64_t luma_stride =
        round_up(round_up(width, codec_width_unit) * sample_bytes,
                 stride_unit << static_cast<unsigned>(format.chroma_shift_x));
    const auto luma_lines =
        static_cast<std::uint32_t>(round_up(height, codec_height_unit)) + codec_lines_below;
    std::uint64_t offset = 0;
    for (int plane = 0; plane < layout.plane_count; ++plane) {
        const bool chroma = format.is_chroma_plane(plane);
        const std::uint32_t full_width = chroma ? halved(width, format.chroma_shift_x) : width;
        const std::uint32_t full_height = chroma ? halved(height, format.chroma_shift_y) : height;
        PlaneLayout& out = layout.planes[static_cast<std::size_t>(plane)];
        out.width = halved(full_width, level.x);
        out.height = halved(full_height, level.y);
        out.offset_bytes = static_cast<std::uint32_t>(offset);
        if (is_full) {
            const int shift_x = chroma ? format.chroma_shift_x : 0;
            const int shift_y = chroma ? format.chroma_shift_y : 0;
            out.stride_bytes = static_cast<std::uint32_t>(luma_stride >> shift_x);
            out.lines = halved(luma_lines, shift_y);
            offset += std::uint64_t{out.stride_bytes} * out.lines + codec_bytes_behind;
        } else {
            out.stride_bytes = static_cast<std::uint32_t>(
                round_up(std::uint64_t{out.width} * sample_bytes, stride_unit));
            out.lines = out.height;
            offset += std::uint64_t{out.stride_bytes} * out.lines;
        }
        offset = round_up(offset, stride_unit);
    }
    offset = round_up(offset + 64, 4096);
    if (offset > 0xffffffffULL - 4096) return bad_geometry("a picture is larger than 4 GiB");
    layout.bytes = static_cast<std::uint32_t>(offset);
    return layout;
}

}  // namespace reelpool
