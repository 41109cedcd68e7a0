#include "decoder_worker/sound_cursor.hpp"

#include <algorithm>
#include <utility>

namespace reelpool::worker {
namespace {

constexpr std::int64_t block_samples = sound_block_samples;
/// Read at once for the resampler.
constexpr std::int64_t input_chunk = 4096;

}  // namespace

std::int64_t sample_at_source_zero(const MediaInfo& info, const FrameTable& table,
                                   const SoundStream& stream) {
    if (!info.has_pictures || table.pts.empty()) return stream.first_position();
    const Time zero = Rational(table.pts.front()) * table.time_base;
    return (zero * Rational(stream.info().rate_hz)).to_integer(Rounding::nearest);
}

Result<SoundCursor> SoundCursor::open(const OpenedMedia& media, std::uint32_t mix_hz,
                                      std::shared_ptr<Counters> counters) {
    REELPOOL_TRY(stream, SoundStream::open(media.file, media.wishes.max_side_px));
    const std::int64_t zero = sample_at_source_zero(media.info, media.index.table, stream);
    const SoundInfo info = stream.info();
    // Slots were made for what the file said when it was opened.
    if (!media.info.sound || info.channels != media.info.sound->channels)
        return unexpected({.code = ErrorCode::media,
                           .component = Component::shared_decoder,
                           .subject = {},
                           .what = "the file changed while it was in use",
                           .cause = "its sound has other channels than it had",
                           .hint = "start again when nothing writes to it"});
    SoundCursor cursor(std::move(stream), zero, std::move(counters));
    if (info.rate_hz != mix_hz) {
        REELPOOL_TRY(resampler, SoundResampler::create(static_cast<int>(info.rate_hz),
                                                       static_cast<int>(mix_hz), info.channels));
        cursor.resampler_.emplace(std::move(resampler));
    }
    cursor.input_.resize(info.channels);
    return cursor;
}

std::int64_t SoundCursor::in_of(std::int64_t out) const {
    return resampler_ ? resampler_->in_of(out) : out;
}

Result<SoundBlockFacts> SoundCursor::decode(const wire::DecodeSound& order, float* slot) {
    if (order.start != wire::SoundStart::go_on) {
        REELPOOL_TRY_STATUS(start(order));
    } else if (!next_block_ || order.block < *next_block_) {
        return unexpected({.code = ErrorCode::internal,
                           .component = Component::worker,
                           .subject = {},
                           .what = "sound was to go on from where it does not stand",
                           .cause = {},
                           .hint = {}});
    }
    const std::int64_t begin = std::int64_t{order.block} * block_samples;
    REELPOOL_TRY_STATUS(fill(begin, begin + block_samples, slot));
    next_block_ = std::int64_t{order.block} + 1;
    counters_->sound_blocks.fetch_add(1, std::memory_order_relaxed);
    SoundBlockFacts facts{.missing_samples = 0,
                          .is_concealed = std::exchange(is_concealed_, false)};
    const std::int64_t missing = std::exchange(missing_, 0);
    if (missing > 0) {
        // As many of the output as it was of the input.
        const std::int64_t of_block =
            std::max<std::int64_t>(1, in_of(begin + block_samples) - in_of(begin));
        facts.missing_samples = static_cast<std::uint32_t>(
            std::clamp(missing * block_samples / of_block, std::int64_t{1}, block_samples));
    }
    return facts;
}

Status SoundCursor::start(const wire::DecodeSound& order) {
    next_block_.reset();
    piece_.reset();
    is_at_end_ = false;
    counters_->sound_seeks.fetch_add(1, std::memory_order_relaxed);
    if (order.start == wire::SoundStart::beginning)
        REELPOOL_TRY_STATUS(stream_.rewind());
    else
        REELPOOL_TRY_STATUS(
            stream_.start_before(zero_ + in_of(std::int64_t{order.start_block} * block_samples)));
    return begin_output(order.block);
}

/// What is resampled begins before the block, where both rates meet.
Status SoundCursor::begin_output(std::uint32_t block) {
    const std::int64_t begin = std::int64_t{block} * block_samples;
    out_ = begin;
    in_ = begin;
    used_ = 0;
    output_.assign(stream_.info().channels, {});
    if (!resampler_) return ok();
    in_ = resampler_->start_before(resampler_->in_of(begin) - resampler_->reach());
    out_ = resampler_->out_of(in_);
    return resampler_->restart();
}

/// Brings what lies from `begin` to `end` into the slot; what comes before it is dropped.
Status SoundCursor::fill(std::int64_t begin, std::int64_t end, float* slot) {
    const auto channels = static_cast<std::size_t>(stream_.info().channels);
    while (out_ < end) {
        if (used_ == output_.front().size()) {
            if (out_ <= begin) {
                missing_ = 0;
                is_concealed_ = false;
            }
            if (resampler_) {
                REELPOOL_TRY_STATUS(read(input_chunk));
                REELPOOL_TRY_STATUS(resampler_->convert(input_, output_));
            } else {
                // Never past a block's end, so that what is told of a block is exact.
                const std::int64_t to_edge = (out_ < begin ? begin : end) - out_;
                REELPOOL_TRY_STATUS(read(std::min(to_edge, input_chunk)));
                std::swap(input_, output_);
            }
            used_ = 0;
        }
        const auto there = static_cast<std::int64_t>(output_.front().size() - used_);
        const std::int64_t taken = std::min(there, (out_ < begin ? begin : end) - out_);
        if (out_ >= begin)
            for (std::size_t c = 0; c < channels; ++c)
                std::copy_n(output_[c].begin() + static_cast<std::ptrdiff_t>(used_), taken,
                            slot + c * sound_block_samples + (out_ - begin));
        used_ += static_cast<std::size_t>(taken);
        out_ += taken;
    }
    return ok();
}

/// The next `count` input samples, in input_.
Status SoundCursor::read(std::int64_t count) {
    const auto size = static_cast<std::size_t>(count);
    for (std::vector<float>& channel : input_) channel.assign(size, 0.0F);
    const std::int64_t end = in_ + count;
    const std::int64_t first = stream_.first_position() - zero_;
    while (in_ < end) {
        REELPOOL_TRY_STATUS(advance());
        if (!piece_) break;
        const std::int64_t piece_begin = piece_->position - zero_;
        const std::int64_t gap_end = std::min(piece_begin, end);
        if (in_ < gap_end) {
            missing_ += std::max<std::int64_t>(0, gap_end - std::max(in_, first));
            in_ = gap_end;
            continue;
        }
        const std::int64_t from = in_ - piece_begin;
        const std::int64_t taken = std::min(end - in_, piece_->length() - from);
        const std::int64_t to = count - (end - in_);
        for (std::size_t c = 0; c < input_.size(); ++c)
            std::copy_n(piece_->samples[c].begin() + from, taken, input_[c].begin() + to);
        is_concealed_ = is_concealed_ || piece_->is_concealed;
        in_ += taken;
    }
    in_ = end;
    return ok();
}

/// Until piece_ is the one that ends after in_, or there are no more.
Status SoundCursor::advance() {
    while (!is_at_end_ && (!piece_ || piece_->end() - zero_ <= in_)) {
        REELPOOL_TRY(next, stream_.next());
        piece_ = std::move(next);
        is_at_end_ = !piece_.has_value();
    }
    if (piece_ && piece_->end() - zero_ <= in_) piece_.reset();
    return ok();
}

}  // namespace reelpool::worker
