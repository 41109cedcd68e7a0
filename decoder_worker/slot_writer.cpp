#include "decoder_worker/slot_writer.hpp"

#include <optional>
#include <utility>

#include "decoder_worker/media_facts.hpp"
#include "ipc/base/cpu_time.hpp"

namespace reelpool::worker {
namespace {

/// Of R'G'B' nobody asks.
ColorRange range_of_medium(const MediaInfo& info) {
    if (info.format.model == ColorModel::rgb) return ColorRange::unspecified;
    return info.tagged.range != ColorRange::unspecified ? info.tagged.range : info.color.range;
}

/// Nothing: the frame is shown whole.
std::optional<Field> field_at(const AVFrame& frame, Moment moment) {
    if (moment == Moment::whole || frame.interlaced_frame == 0) return std::nullopt;
    return (frame.top_field_first != 0) == (moment == Moment::first) ? Field::top : Field::bottom;
}

}  // namespace

SlotWriter::SlotWriter(const MediaInfo& info, wire::AlphaMode alpha,
                       std::shared_ptr<Counters> counters)
    : info_(info),
      alpha_(alpha),
      counters_(std::move(counters)),
      converter_({.format = info.format,
                  .width = info.width,
                  .height = info.height,
                  .range = range_of_medium(info),
                  .matrix = info.color.matrix}) {}

/// A range that nobody told changes nothing.
bool SlotWriter::is_as_the_first(const AVFrame& frame, const PixelFormat& format) const {
    const ColorRange range = range_of(frame);
    const ColorRange own = range_of_medium(info_);
    return format == info_.format && frame.width == static_cast<int>(info_.width) &&
           frame.height == static_cast<int>(info_.height) &&
           (range == ColorRange::unspecified || own == ColorRange::unspecified || range == own);
}

Status SlotWriter::take(const AVFrame& frame, Moment moment) {
    const AVFrame* shown = &frame;
    const auto plan = plan_picture(static_cast<AVPixelFormat>(frame.format));
    if (!plan || !is_as_the_first(frame, plan->format)) {
        REELPOOL_TRY(converted, converter_.convert(frame));
        shown = converted;
        counters_->frames_converted.fetch_add(1, std::memory_order_relaxed);
    }
    REELPOOL_TRY(picture, unpacker_.unpack(*shown));
    picture_ = picture;
    if (picture.format.has_alpha && alpha_ == wire::AlphaMode::straight)
        picture_ = premultiplier_.apply(picture, info_.color.range);
    // Where lines were scaled, the fields are mixed.
    if (const auto field = field_at(frame, moment); field && frame.height == shown->height)
        picture_ = expander_.apply(picture_, *field);
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
    if (level != Level{}) {
        write_planes(level, layout, slot);
        return;
    }
    const CpuMeter meter(counters_->copy_ns);
    write_planes(level, layout, slot);
}

void SlotWriter::write_planes(Level level, const SlotLayout& layout, std::byte* slot) {
    for (int plane = 0; plane < layout.plane_count; ++plane) {
        const auto index = static_cast<std::size_t>(plane);
        const PlaneLayout& to = layout.planes[index];
        halver_.write(picture_.planes[index], picture_.format.sample_bytes(), level,
                      {.data = slot + to.offset_bytes, .stride_bytes = to.stride_bytes});
    }
}

}  // namespace reelpool::worker
