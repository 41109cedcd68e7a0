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

Result<Cursor> Cursor::open(std::shared_ptr<const OpenedMedia> media, Options options,
                            std::shared_ptr<Counters> counters) {
    Cursor cursor(std::move(media), std::move(options), std::move(counters));
    REELPOOL_TRY_STATUS(cursor.restart(Pace::fast, cursor.media_->spare->take()));
    return cursor;
}

/// Begins again at the start of the file, with a new codec context; or, with a demuxer that was
/// used before, anywhere.
Status Cursor::restart(Pace pace, std::shared_ptr<Demuxer> used) {
    current_.reset();
    held_.reset();
    stream_.reset();
    const bool is_careful = pace == Pace::careful;
    if (options_.buffers) {
        options_.buffers->forget_gaps();
        options_.buffers->set_memory(is_careful ? PictureBuffers::Memory::cleared
                                                : PictureBuffers::Memory::as_it_is);
    }
    StreamOptions options{.threads = is_careful ? 1 : options_.threads,
                          .probing = Probing::header_where_enough,
                          .max_side_px = media_->wishes.max_side_px,
                          .buffers = options_.buffers};
    is_fresh_ = used == nullptr;
    REELPOOL_TRY(stream, used ? FrameStream::open(std::move(used), options)
                              : FrameStream::open(media_->file, std::move(options)));
    stream_.emplace(std::move(stream));
    stream_->name_by(media_->index);
    pace_ = pace;
    position_ = -1;
    landed_on_ = 0;
    observed_.reset();
    is_lost_ = !is_fresh_;
    return ok();
}

Status Cursor::let_go() {
    REELPOOL_TRY_STATUS(restart(Pace::fast));
    is_lost_ = true;
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
            observe();
            return ok();
        }
        std::optional<std::uint32_t> frame;
        if (media_->index.naming == FrameNaming::by_count)
            frame = static_cast<std::uint32_t>(position_ + 1);
        else
            frame = media_->index.frame_of(next->frame->pts);
        if (!frame || *frame >= media_->index.table.frame_count()) {
            counters_->frames_decoded.fetch_add(1, std::memory_order_relaxed);
            continue;
        }
        count_passed(*frame);
        position_ = *frame;
        current_ = *next;
        observe();
        return ok();
    }
}

/// Pictures that were left out because nobody needs them are passed, too: what a plan says does not
/// depend on which those are.
void Cursor::count_passed(std::uint32_t frame) {
    const bool goes_on = position_ >= 0 && frame > position_;
    const std::uint64_t passed = goes_on ? frame - static_cast<std::uint64_t>(position_) : 1;
    counters_->frames_decoded.fetch_add(passed, std::memory_order_relaxed);
    counters_->frames_skipped.fetch_add(passed - 1, std::memory_order_relaxed);
}

/// Whatever comes out next shows whether the group before it was sound.
void Cursor::observe() {
    const auto& keyframes = media_->index.table.keyframes;
    if (observed_) {
        const std::size_t next = *observed_ + 1;
        const std::uint32_t end =
            next < keyframes.size() ? keyframes[next] : media_->index.table.frame_count();
        if (position_ < end) return;
        const bool was_whole = stream_->left_out() == left_out_before_;
        if (was_whole && !stream_->is_damaged_from(pts_of(*observed_)))
            media_->proven->prove(*observed_);
        observed_.reset();
    }
    if (is_at_end()) return;
    const std::size_t point = point_of(static_cast<std::uint32_t>(position_));
    if (keyframes[point] != position_) return;
    observed_ = point;
    left_out_before_ = stream_->left_out();
}

std::size_t Cursor::point_of(std::uint32_t frame) const {
    const auto& keyframes = media_->index.table.keyframes;
    const auto found = std::upper_bound(keyframes.begin(), keyframes.end(), frame);
    return static_cast<std::size_t>(found - keyframes.begin()) - 1;
}

std::int64_t Cursor::pts_of(std::size_t point) const {
    const FrameTable& table = media_->index.table;
    return table.pts[table.keyframes[point]];
}

/// One try to reach a seek point: from so many points earlier, the last one from the start of the
/// file. Afterwards current_ is the first picture that came out at or after the point.
/// False: the container refuses to go there.
Result<bool> Cursor::try_landing(std::size_t point, std::size_t attempt) {
    const MediaIndex& index = media_->index;
    const std::uint32_t keyframe = index.table.keyframes[point];
    landed_on_ = point;
    if (attempt > std::min(point, most_steps_back)) {
        if (!is_fresh_) REELPOOL_TRY_STATUS(restart(pace_));
        landed_on_ = 0;
    } else if (!is_fresh_ || keyframe != 0) {
        current_.reset();
        is_fresh_ = false;
        if (!stream_->seek(index.seek_points[point - attempt], index.seek)) return false;
    }
    is_lost_ = false;
    position_ = -1;
    observed_.reset();
    do {
        REELPOOL_TRY_STATUS(advance());
    } while (position_ < keyframe);
    return true;
}

/// Stands on the keyframe of the point afterwards; false if it never comes out.
Result<bool> Cursor::go_to(std::size_t point) {
    counters_->seeks.fetch_add(1, std::memory_order_relaxed);
    const MediaIndex& index = media_->index;
    const std::uint32_t keyframe = index.table.keyframes[point];
    const std::size_t last_attempt = std::min(point, most_steps_back) + 1;
    const bool can_seek = index.seek != SeekMethod::none || (is_fresh_ && keyframe == 0);
    const std::size_t first_attempt = can_seek ? attempts_[point] : last_attempt;
    if (!is_reusable_ && !is_fresh_) REELPOOL_TRY_STATUS(restart(pace_));
    for (std::size_t attempt = first_attempt; attempt <= last_attempt; ++attempt) {
        const bool was_used = !is_fresh_;
        REELPOOL_TRY(was_possible, try_landing(point, attempt));
        if (was_possible && stands_on(keyframe)) {
            attempts_[point] = attempt;
            return true;
        }
        counters_->seek_corrections.fetch_add(1, std::memory_order_relaxed);
        // Refused is no wrong landing but none at all: only the start is left.
        if (!was_possible) attempt = std::max(attempt, last_attempt - 1);
        if (was_possible && was_used && attempt < last_attempt) {
            REELPOOL_TRY_STATUS(restart(pace_));
            REELPOOL_TRY(again, try_landing(point, attempt));
            if (again && stands_on(keyframe)) {
                is_reusable_ = false;
                attempts_[point] = attempt;
                return true;
            }
        }
    }
    return false;
}

/// Stands on `frame` afterwards; false if it does not come out, or if anything on the way to it is
/// damaged.
Result<bool> Cursor::decode_fast(std::uint32_t frame, std::optional<std::uint32_t> keyframe) {
    if (keyframe) {
        REELPOOL_TRY(has_landed, go_to(point_of(*keyframe)));
        if (!has_landed) return false;
    }
    REELPOOL_TRY_STATUS(forward_to(frame));
    const std::size_t point = point_of(frame);
    while (!stands_on(frame) && is_right_only_for_keyframe() &&
           attempts_[point] <= std::min(point, most_steps_back)) {
        ++attempts_[point];
        counters_->seek_corrections.fetch_add(1, std::memory_order_relaxed);
        REELPOOL_TRY(has_landed, go_to(point));
        if (!has_landed) return false;
        REELPOOL_TRY_STATUS(forward_to(frame));
    }
    return stands_on(frame) && !stream_->is_damaged_from(pts_of(landed_on_));
}

/// Near the end of the file H.264's decoder gives up what it holds when pictures that lead the
/// keyframe are among it: the keyframe has come out, and then nothing more.
bool Cursor::is_right_only_for_keyframe() {
    return is_at_end() && !stream_->is_damaged_from(pts_of(landed_on_));
}

Status Cursor::forward_to(std::uint32_t frame) {
    const std::size_t point = point_of(frame);
    const bool is_within =
        position_ >= 0 && !is_at_end() && point_of(static_cast<std::uint32_t>(position_)) == point;
    if (is_within && may_leave_out_ && frame > position_ + 1 &&
        media_->index.naming != FrameNaming::by_count) {
        const bool is_sound = media_->proven->is_sound(point);
        stream_->want_from(media_->index.table.pts[frame],
                           is_sound ? Group::sound : Group::unknown);
        if (is_sound) observed_.reset();
    }
    while (position_ < frame) REELPOOL_TRY_STATUS(advance());
    return ok();
}

Result<DecodedFrame> Cursor::decode(std::uint32_t frame, std::optional<std::uint32_t> keyframe) {
    if (stands_on(frame) && !is_lost_) return *current_;
    if (keyframe && *keyframe > frame)
        return failure(ErrorCode::internal, "a seek beyond the wanted frame was asked for");
    if (pace_ == Pace::careful) {
        const bool goes_on = frame > served_ && point_of(frame) == landed_on_;
        if (goes_on) return decode_carefully(frame);
        REELPOOL_TRY_STATUS(let_go());
    }
    if (is_lost_ && !keyframe) keyframe = media_->index.table.keyframe_at({frame}).value;
    if (!keyframe && position_ >= frame)
        return failure(ErrorCode::internal, "frame " + std::to_string(frame) +
                                                " lies behind the cursor and no seek was asked "
                                                "for");
    const std::uint64_t left_out = stream_->left_out();
    REELPOOL_TRY(is_good, decode_fast(frame, keyframe));
    if (is_good) return *current_;
    // A codec that learns from the pictures how far they are out of order must see them all.
    if (stream_->left_out() != left_out) may_leave_out_ = false;
    REELPOOL_TRY_STATUS(land_carefully(point_of(frame), 0));
    return decode_carefully(frame);
}

/// A new context with one thread begins at the point. Its keyframe may be missing, if there is
/// damage to show for it.
Status Cursor::land_carefully(std::size_t point, std::size_t first_attempt) {
    counters_->seeks.fetch_add(1, std::memory_order_relaxed);
    const MediaIndex& index = media_->index;
    const std::size_t last_attempt = std::min(point, most_steps_back) + 1;
    if (index.seek == SeekMethod::none) first_attempt = last_attempt;
    for (std::size_t attempt = std::min(first_attempt, last_attempt);; ++attempt) {
        careful_attempt_ = attempt;
        REELPOOL_TRY_STATUS(restart(Pace::careful));
        REELPOOL_TRY(was_possible, try_landing(point, attempt));
        const bool is_right = was_possible && (stands_on(index.table.keyframes[point]) ||
                                               stream_->is_damaged_from(pts_of(point)));
        if (is_right || attempt >= last_attempt) break;
        if (!was_possible) attempt = std::max(attempt, last_attempt - 1);
    }
    landed_on_ = point;
    served_ = -1;
    return ok();
}

void Cursor::hold_current() {
    if (current_) held_.reset(av_frame_clone(current_->frame));
}

Status Cursor::forward_carefully(std::uint32_t frame) {
    while (position_ < frame) {
        hold_current();
        REELPOOL_TRY_STATUS(advance());
    }
    return ok();
}

Result<DecodedFrame> Cursor::decode_carefully(std::uint32_t frame) {
    served_ = frame;
    REELPOOL_TRY_STATUS(forward_carefully(frame));
    const std::size_t point = landed_on_;
    while (!stands_on(frame) && is_right_only_for_keyframe() &&
           careful_attempt_ <= std::min(point, most_steps_back)) {
        REELPOOL_TRY_STATUS(land_carefully(point, careful_attempt_ + 1));
        REELPOOL_TRY_STATUS(forward_carefully(frame));
        served_ = frame;
    }
    if (stands_on(frame)) return *current_;
    if (held_) return DecodedFrame{held_.get(), true};
    if (current_) return DecodedFrame{current_->frame, true};
    REELPOOL_TRY(is_found, last_of_earlier_groups(landed_on_));
    if (is_found) return DecodedFrame{held_.get(), true};
    return failure(ErrorCode::decode, "frame " + std::to_string(frame) +
                                          " does not come out of the codec although the file "
                                          "promises it, and nothing before it does");
}

/// Holds the last picture that comes out before the point, from the nearest group that has one.
Result<bool> Cursor::last_of_earlier_groups(std::size_t point) {
    const std::size_t wanted = point;
    while (!held_ && point-- > 0) {
        const std::uint32_t end = media_->index.table.keyframes[point + 1];
        REELPOOL_TRY_STATUS(land_carefully(point, 0));
        REELPOOL_TRY_STATUS(forward_carefully(end));
    }
    // What follows in the wanted group has no picture either.
    current_.reset();
    position_ = media_->index.table.frame_count();
    landed_on_ = wanted;
    return held_ != nullptr;
}

}  // namespace reelpool::worker
