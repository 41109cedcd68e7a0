#pragma once

#include <cstdint>
#include <memory>

#include "decoder_worker/media_index.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/frame/slot_layout.hpp"
#include "ipc/shm/segment.hpp"

namespace reelpool::worker {

/// Where a codec's pictures lie: a frame that is wanted in full lies in its slot from the start,
/// all others on the heap, with the same strides (codecs do not like strides that change). A
/// request for memory is never refused for lack of a slot: that would damage the picture and all
/// that refer to it.
/// Owner: buffers outlive this object if somebody still refers to them.
/// Thread: any; libavcodec asks from its own threads.
class PictureBuffers {
  public:
    /// `index` must outlive the object. Frames known only by their number always lie on the heap.
    PictureBuffers(const MediaInfo& info, const MediaIndex& index);

    /// The slot at `offset_bytes` awaits this frame, until `withdraw`.
    void offer(std::uint32_t frame, std::shared_ptr<Mapping> segment, std::uint32_t offset_bytes);
    void withdraw(std::uint32_t frame);
    /// The codec has put something into this frame's slot.
    [[nodiscard]] bool is_taken(std::uint32_t frame) const;
    /// From now on everything lies on the heap.
    void stop_offering();

    /// get_buffer2 of libavcodec; an AVERROR or 0.
    int provide(AVCodecContext& codec, AVFrame& frame, int flags);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace reelpool::worker
