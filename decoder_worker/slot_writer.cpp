#include "decoder_worker/slot_writer.hpp"

#include <string>

#include "decoder_worker/media_facts.hpp"

namespace reelpool::worker {
namespace {

std::string describe(const PixelFormat& format, std::uint32_t width, std::uint32_t height) {
    return std::to_string(width) + "x" + std::to_string(height) + " " + to_text(format);
}

Unexpected changed(const std::string& from, const std::string& to) {
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::shared_decoder,
                       .subject = {},
                       .what = "the pictures change from " + from + " to " + to +
                               " in the middle of the medium, which is not supported",
                       .cause = {},
                       .hint = "convert the file with ffmpeg to one size and format"});
}

}  // namespace

Status SlotWriter::take(const AVFrame& frame) {
    REELPOOL_TRY(picture, unpacker_.unpack(frame));
    if (picture.format != info_.format || picture.width != info_.width ||
        picture.height != info_.height)
        return changed(describe(info_.format, info_.width, info_.height),
                       describe(picture.format, picture.width, picture.height));
    const ColorRange range = range_of(frame);
    if (range != ColorRange::unspecified && info_.tagged.range != ColorRange::unspecified &&
        range != info_.tagged.range)
        return range == ColorRange::full ? changed("limited range", "full range")
                                         : changed("full range", "limited range");
    picture_ = picture;
    if (picture.format.has_alpha && alpha_ == wire::AlphaMode::straight)
        picture_ = premultiplier_.apply(picture, info_.color.range);
    return ok();
}

bool SlotWriter::is_in(const SlotLayout& layout, const std::byte* slot) const {
    for (int plane = 0; plane < layout.plane_count; ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        const PlaneLayout& at = layout.planes[index];
        if (picture_.planes[index].data != slot + at.offset_bytes ||
            picture_.planes[index].stride_bytes != at.stride_bytes)
            return false;
    }
    return true;
}

void SlotWriter::write(Level level, const SlotLayout& layout, std::byte* slot) {
    for (int plane = 0; plane < layout.plane_count; ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        const PlaneLayout& to = layout.planes[index];
        halver_.write(picture_.planes[index], picture_.format.sample_bytes(), level,
                      {.data = slot + to.offset_bytes, .stride_bytes = to.stride_bytes});
    }
}

}  // namespace reelpool::worker
