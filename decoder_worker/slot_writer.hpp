#pragma once

#include <cstddef>
#include <memory>

#include "decoder_worker/counters.hpp"
#include "decoder_worker/deinterlace.hpp"
#include "decoder_worker/halving.hpp"
#include "decoder_worker/picture_converter.hpp"
#include "decoder_worker/premultiply.hpp"
#include "decoder_worker/unpack.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/frame/slot_layout.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// Brings decoded pictures into slots: planar, premultiplied, at any level.
/// Thread: one at a time.
class SlotWriter {
  public:
    SlotWriter(const MediaInfo& info, wire::AlphaMode alpha, std::shared_ptr<Counters> counters);

    /// Takes the picture that the next `write`s are of, or what of it is shown at `moment`: the
    /// field of that moment, made a full picture, where the frame is flagged as interlaced. It must
    /// live until the last of them. One of another size, format or range than the medium's first
    /// picture is converted, and counted. Errors: decode, when it cannot be read or converted.
    Status take(const AVFrame& frame, Moment moment);

    /// The full picture lies in the slot already: the codec decoded it there.
    [[nodiscard]] bool is_in(const SlotLayout& layout, const std::byte* slot) const;

    /// Writes the picture at `level` to where `layout` says, from `slot` on.
    void write(Level level, const SlotLayout& layout, std::byte* slot);

  private:
    void write_planes(Level level, const SlotLayout& layout, std::byte* slot);
    [[nodiscard]] bool is_as_the_first(const AVFrame& frame, const PixelFormat& format) const;

    MediaInfo info_;
    wire::AlphaMode alpha_;
    std::shared_ptr<Counters> counters_;
    PictureConverter converter_;
    Unpacker unpacker_;
    Premultiplier premultiplier_;
    FieldExpander expander_;
    Halver halver_;
    PlanarPicture picture_;
};

}  // namespace reelpool::worker
