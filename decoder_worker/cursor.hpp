#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "decoder_worker/counters.hpp"
#include "decoder_worker/frame_stream.hpp"
#include "decoder_worker/open_media.hpp"
#include "decoder_worker/picture_buffers.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// One play position in a file: a demuxer and a codec of its own.
///
/// Landings of seeks are verified against the frame table; a wrong one is repeated with a new codec
/// context, then from up to three keyframes earlier, then from the start of the file; what led
/// there is remembered.
///
/// What FFmpeg makes of damaged data depends on its threads and on what it decoded before. So a
/// group of pictures that shows any sign of damage is decoded again *carefully*: by a new context
/// with one thread, from its keyframe. That is the picture, whoever asks, in whatever order. A
/// frame that does not come out even so is shown as the one before it, and marked as concealed.
/// Thread: one at a time.
class Cursor {
  public:
    struct Options {
        int threads = 1;
        std::shared_ptr<PictureBuffers> buffers = {};
    };
    [[nodiscard]] static Result<Cursor> open(std::shared_ptr<const OpenedMedia> media,
                                             Options options, std::shared_ptr<Counters> counters);

    /// The picture of table frame `frame`; valid until the next call.
    /// `keyframe`: where to go first; without it, decoding goes on from the last picture, which
    /// must not lie behind `frame`.
    /// Errors: decode, when no picture of the file comes out; internal, when the order is broken.
    [[nodiscard]] Result<DecodedFrame> decode(std::uint32_t frame,
                                              std::optional<std::uint32_t> keyframe);

    /// Ends every reference of the codec to its buffers. The next frame may be asked for as if
    /// nothing had happened.
    Status let_go();

  private:
    enum class Pace : std::uint8_t { fast, careful };

    Cursor(std::shared_ptr<const OpenedMedia> media, Options options,
           std::shared_ptr<Counters> counters)
        : media_(std::move(media)), options_(std::move(options)), counters_(std::move(counters)) {}

    Status restart(Pace pace, std::shared_ptr<Demuxer> used = nullptr);
    Status advance();
    void count_passed(std::uint32_t frame);
    void observe();
    Result<bool> decode_fast(std::uint32_t frame, std::optional<std::uint32_t> keyframe);
    Status forward_to(std::uint32_t frame);
    Result<bool> go_to(std::size_t point);
    Result<bool> try_landing(std::size_t point, std::size_t attempt);
    Result<DecodedFrame> decode_carefully(std::uint32_t frame);
    Status land_carefully(std::size_t point, std::size_t first_attempt);
    Status forward_carefully(std::uint32_t frame);
    [[nodiscard]] bool is_right_only_for_keyframe();
    Result<bool> last_of_earlier_groups(std::size_t point);
    void hold_current();
    [[nodiscard]] std::size_t point_of(std::uint32_t frame) const;
    [[nodiscard]] std::int64_t pts_of(std::size_t point) const;
    [[nodiscard]] bool is_at_end() const { return position_ >= media_->index.table.frame_count(); }
    [[nodiscard]] bool stands_on(std::uint32_t frame) const {
        return position_ == frame && current_.has_value();
    }

    std::shared_ptr<const OpenedMedia> media_;
    Options options_;
    std::shared_ptr<Counters> counters_;
    std::optional<FrameStream> stream_;
    std::optional<DecodedFrame> current_;
    std::int64_t position_ = -1;  ///< frame number of current_; past the last one at the end
    std::size_t landed_on_ = 0;   ///< the seek point at which decoding began
    /// The group that has been decoded from its keyframe on.
    std::optional<std::size_t> observed_;
    std::uint64_t left_out_before_ = 0;  ///< of its stream, when observing began
    bool may_leave_out_ = true;          ///< doing so has not lost a wanted frame
    /// Per keyframe how far before it a seek must go to reach it, as far as that was learned.
    std::map<std::size_t, std::size_t> attempts_;
    bool is_fresh_ = true;     ///< nothing has been read since the start of the file
    bool is_lost_ = false;     ///< the codec was let go: the next frame needs a seek
    bool is_reusable_ = true;  ///< a flushed context goes on as well as a new one

    Pace pace_ = Pace::fast;
    std::int64_t served_ = -1;         ///< careful: the last frame that was asked for
    std::size_t careful_attempt_ = 0;  ///< how far before its point the landing began
    av::Frame held_;                   ///< careful: the last picture before current_
};

}  // namespace reelpool::worker
