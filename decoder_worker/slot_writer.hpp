#pragma once

#include <cstddef>
#include <memory>

#include "decoder_worker/halving.hpp"
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
    SlotWriter(const MediaInfo& info, wire::AlphaMode alpha) : info_(info), alpha_(alpha) {}

    /// Takes the picture that the next `write`s are of. It must live until the last of them.
    /// Errors: decode, when it is of another size or format than the medium's first picture.
    Status take(const AVFrame& frame);

    /// The full picture lies in the slot already: the codec decoded it there.
    [[nodiscard]] bool is_in(const SlotLayout& layout, const std::byte* slot) const;

    /// Writes the picture at `level` to where `layout` says, from `slot` on.
    void write(Level level, const SlotLayout& layout, std::byte* slot);

  private:
    MediaInfo info_;
    wire::AlphaMode alpha_;
    Unpacker unpacker_;
    Premultiplier premultiplier_;
    Halver halver_;
    PlanarPicture picture_;
};

}  // namespace reelpool::worker
