#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "decoder_worker/counters.hpp"
#include "decoder_worker/frame_stream.hpp"
#include "decoder_worker/open_media.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// One play position in a file: a demuxer and a codec of its own.
/// Landings of seeks are verified against the frame table; a wrong one is repeated from up to three
/// keyframes earlier, then from the start of the file; what led there is remembered.
/// Thread: one at a time.
class Cursor {
  public:
    [[nodiscard]] static Result<Cursor> open(std::shared_ptr<const OpenedMedia> media, int threads,
                                             std::shared_ptr<Counters> counters);

    /// The picture of table frame `frame`; valid until the next call.
    /// `keyframe`: where to go first; without it, decoding goes on from the last picture, which
    /// must not lie behind `frame`.
    /// Errors: decode, when the frame does not come out; internal, when the order is broken.
    [[nodiscard]] Result<DecodedFrame> decode(std::uint32_t frame,
                                              std::optional<std::uint32_t> keyframe);

  private:
    Cursor(std::shared_ptr<const OpenedMedia> media, int threads,
           std::shared_ptr<Counters> counters)
        : media_(std::move(media)), counters_(std::move(counters)), threads_(threads) {}

    Status restart();
    Status go_to(std::uint32_t keyframe);
    Status advance();
    Result<DecodedFrame> forward_to(std::uint32_t frame);
    [[nodiscard]] std::size_t point_of(std::uint32_t keyframe) const;

    std::shared_ptr<const OpenedMedia> media_;
    std::shared_ptr<Counters> counters_;
    int threads_ = 1;
    std::optional<FrameStream> stream_;
    std::optional<DecodedFrame> current_;
    std::int64_t position_ = -1;  ///< frame number of current_; past the last one at the end
    /// Per keyframe how far before it a seek must go to reach it, as far as that was learned.
    std::map<std::size_t, std::size_t> attempts_;
    bool is_fresh_ = true;  ///< nothing has been read since the start of the file
};

}  // namespace reelpool::worker
