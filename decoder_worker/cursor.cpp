#include "decoder_worker/cursor.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "decoder_worker/av_log.hpp"

namespace reelpool::worker {
namespace {

constexpr std::size_t most_steps_back = 3;

Unexpected failure(ErrorCode code, std::string what) {
    return unexpected({.code = code,
                       .component = Component::shared_decoder,
                       .subject = {},
                       .what = std::move(what),
                       .cause = take_av_log(),
                       .hint = {}});
}

}  // namespace

Result<Cursor> Cursor::open(std::shared_ptr<const OpenedMedia> media, int threads,
                            std::shared_ptr<Counters> counters) {
    Cursor cursor(std::move(media), threads, std::move(counters));
    REELPOOL_TRY_STATUS(cursor.restart());
    return cursor;
}

/// Begins again at the start of the file.
Status Cursor::restart() {
    current_.reset();
    stream_.reset();
    REELPOOL_TRY(stream,
                 FrameStream::open(media_->file, {.threads = threads_,
                                                  .probing = Probing::header_where_enough,
                                                  .max_side_px = media_->wishes.max_side_px}));
    stream_.emplace(std::move(stream));
    stream_->name_by(media_->index);
    position_ = -1;
    is_fresh_ = true;
    return ok();
}

/// Moves on to the next picture that the table knows.
Status Cursor::advance() {
    is_fresh_ = false;
    current_.reset();
    for (;;) {
        REELPOOL_TRY(next, stream_->next());
        if (!next) {
            position_ = media_->index.table.frame_count();
            return ok();
        }
        counters_->frames_decoded.fetch_add(1, std::memory_order_relaxed);
        std::optional<std::uint32_t> frame;
        if (media_->index.naming == FrameNaming::by_count)
            frame = static_cast<std::uint32_t>(position_ + 1);
        else
            frame = media_->index.frame_of(next->frame->pts);
        if (!frame || *frame >= media_->index.table.frame_count()) continue;
        position_ = *frame;
        current_ = *next;
        return ok();
    }
}

std::size_t Cursor::point_of(std::uint32_t keyframe) const {
    const auto& keyframes = media_->index.table.keyframes;
    const auto found = std::upper_bound(keyframes.begin(), keyframes.end(), keyframe);
    return static_cast<std::size_t>(found - keyframes.begin()) - 1;
}

/// Stands on `keyframe` afterwards.
Status Cursor::go_to(std::uint32_t keyframe) {
    counters_->seeks.fetch_add(1, std::memory_order_relaxed);
    const MediaIndex& index = media_->index;
    const std::size_t point = point_of(keyframe);
    const std::size_t last_attempt = std::min(point, most_steps_back) + 1;
    const bool can_seek = index.seek != SeekMethod::none || (is_fresh_ && keyframe == 0);
    const std::size_t first_attempt = can_seek ? attempts_[point] : last_attempt;
    for (std::size_t attempt = first_attempt; attempt <= last_attempt; ++attempt) {
        if (attempt > first_attempt)
            counters_->seek_corrections.fetch_add(1, std::memory_order_relaxed);
        if (attempt == last_attempt) {
            REELPOOL_TRY_STATUS(restart());
        } else if (!is_fresh_ || keyframe != 0) {
            current_.reset();
            is_fresh_ = false;
            // Refused is no wrong landing but none at all: only the start is left.
            if (!stream_->seek(index.seek_points[point - attempt], index.seek)) {
                attempt = last_attempt - 1;
                continue;
            }
        }
        position_ = -1;
        do {
            REELPOOL_TRY_STATUS(advance());
        } while (position_ < keyframe);
        if (position_ == keyframe && current_) {
            attempts_[point] = attempt;
            return ok();
        }
    }
    return failure(ErrorCode::decode, "frame " + std::to_string(keyframe) +
                                          " cannot be reached: it does not come out of the codec");
}

Result<DecodedFrame> Cursor::forward_to(std::uint32_t frame) {
    while (position_ < frame) REELPOOL_TRY_STATUS(advance());
    if (position_ == frame && current_) return *current_;
    return failure(ErrorCode::decode, "frame " + std::to_string(frame) +
                                          " does not come out of the codec although the file "
                                          "promises it");
}

Result<DecodedFrame> Cursor::decode(std::uint32_t frame, std::optional<std::uint32_t> keyframe) {
    if (position_ == frame && current_) return *current_;
    if (keyframe) {
        if (*keyframe > frame)
            return failure(ErrorCode::internal, "a seek beyond the wanted frame was asked for");
        REELPOOL_TRY_STATUS(go_to(*keyframe));
    } else if (position_ >= frame) {
        return failure(ErrorCode::internal, "frame " + std::to_string(frame) +
                                                " lies behind the cursor and no seek was asked "
                                                "for");
    }
    return forward_to(frame);
}

}  // namespace reelpool::worker
