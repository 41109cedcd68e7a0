#pragma once

#include <cstdint>
#include <memory>
#include <vector>

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
/// Codecs that leave what they cannot decode as it was, and say nothing, find a mark in every block
/// of a new picture: what is still marked afterwards is a gap.
///
/// Owner: buffers outlive this object if somebody still refers to them.
///
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
    /// What a codec finds in new memory: whatever was there, or mid-gray, where it may leave gaps.
    enum class Memory : std::uint8_t { as_it_is, cleared };
    void set_memory(Memory memory);
    /// From now on everything lies on the heap.
    void stop_offering();

    /// The packets (ordinals, as in `reordered_opaque`) up to this one whose pictures have gaps;
    /// the codec must be done with them. Each is told once.
    [[nodiscard]] std::vector<std::int64_t> take_gaps(std::int64_t last_packet);
    /// Nobody will ask for the gaps of what was provided so far.
    void forget_gaps();

    /// get_buffer2 of libavcodec; an AVERROR or 0.
    int provide(AVCodecContext& codec, AVFrame& frame, int flags);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace reelpool::worker
