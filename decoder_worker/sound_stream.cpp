#include "decoder_worker/sound_stream.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "decoder_worker/av_log.hpp"
#include "ipc/av/errors.hpp"

namespace reelpool::worker {
namespace {

/// So many tell what the others are like.
constexpr std::size_t frames_to_learn = 4;
/// Of the preroll, at the least: a codec's first frames after a seek may be of no use.
constexpr std::int64_t preroll_frames = 4;
/// Where seeks land too late, they are tried so much earlier before the file is read from its
/// start.
constexpr std::int64_t second_try_seconds = 10;
/// Packets without time stamps that are looked through after a seek.
constexpr int most_unplaced = 256;
constexpr int most_packets_without_sound = 20'000;
/// Samples of one frame; decoders that want more are refused.
constexpr std::int64_t most_frame_samples = 1 << 22;

Error sound_error(ErrorCode code, std::string what, int averror) {
    Error error = av::av_error(code, Component::shared_decoder, std::move(what), averror);
    const std::string log = take_av_log();
    if (!log.empty()) error.cause += ": " + log;
    return error;
}

Error lacks_memory() {
    Error error = sound_error(ErrorCode::limit, "the decoder needs more memory than it may have",
                              AVERROR(ENOMEM));
    error.code = ErrorCode::limit;  // trying again would not help
    error.hint = "allow it more with --worker-memory";
    return error;
}

Error no_sound(std::string cause) {
    return {.code = ErrorCode::media,
            .component = Component::shared_decoder,
            .subject = {},
            .what = "no sound of the file can be decoded",
            .cause = std::move(cause),
            .hint = "convert its sound with ffmpeg, for instance to AAC or FLAC"};
}

/// Frames that need not all be as long as the first ones.
bool varies(AVCodecID id) {
    return id == AV_CODEC_ID_VORBIS;
}

/// What frames are multiples of.
std::int64_t grid_of(AVCodecID id, std::int64_t frame_length, int rate_hz) {
    if (id == AV_CODEC_ID_OPUS) return rate_hz / 400;  // 2.5 ms
    return varies(id) ? 0 : frame_length;
}

}  // namespace

Result<SoundStream> SoundStream::open(std::shared_ptr<MediaFile> file, std::uint32_t max_side_px) {
    SoundStream stream(std::move(file), max_side_px);
    stream.packet_.reset(av_packet_alloc());
    stream.frame_.reset(av_frame_alloc());
    if (!stream.packet_ || !stream.frame_) return unexpected(lacks_memory());
    REELPOOL_TRY_STATUS(stream.open_demuxer());
    REELPOOL_TRY_STATUS(stream.open_codec());
    REELPOOL_TRY_STATUS(stream.learn());
    return stream;
}

Status SoundStream::open_demuxer() {
    demuxer_.reset();
    REELPOOL_TRY(demuxer, Demuxer::open_sound(file_, max_side_px_));
    demuxer_.emplace(std::move(demuxer));
    return ok();
}

/// A new one for every start: codecs that have decoded before may make something else of the same
/// packets (AAC's noise, AC-3's dither).
Status SoundStream::open_codec() {
    const AVStream& stream = demuxer_->stream();
    const AVCodec* decoder = avcodec_find_decoder(stream.codecpar->codec_id);
    if (decoder == nullptr)
        return unexpected(no_sound(std::string("nothing here decodes ") +
                                   avcodec_get_name(stream.codecpar->codec_id)));
    codec_.reset(avcodec_alloc_context3(decoder));
    attachment_ = std::make_unique<CodecAttachment>();
    if (!codec_) return unexpected(lacks_memory());
    if (const int error = avcodec_parameters_to_context(codec_.get(), stream.codecpar); error < 0)
        return unexpected(sound_error(ErrorCode::decode, "opening a decoder failed", error));
    codec_->pkt_timebase = stream.time_base;
    codec_->thread_count = 1;
    codec_->max_samples = most_frame_samples;
    codec_->opaque = attachment_.get();
    if (const int error = avcodec_open2(codec_.get(), decoder, nullptr); error < 0)
        return unexpected(
            sound_error(ErrorCode::decode,
                        std::string("the decoder ") + decoder->name + " cannot be opened", error));
    is_draining_ = false;
    has_complaints_ = false;
    av_frame_unref(frame_.get());
    converter_.reset();
    return ok();
}

/// Gives the codec one more packet, or tells it that there are no more.
Status SoundStream::feed() {
    for (;;) {
        if (!std::exchange(has_packet_, false)) {
            REELPOOL_TRY(outcome, demuxer_->read(packet_.get()));
            if (outcome == Demuxer::Outcome::end) {
                is_draining_ = true;
                avcodec_send_packet(codec_.get(), nullptr);
                return ok();
            }
        }
        if (skip_before_) {
            const auto begin = clock_->sample_at(packet_->pts);
            if (!begin || *begin < *skip_before_) {
                av_packet_unref(packet_.get());
                continue;
            }
            skip_before_.reset();
        }
        const bool is_cut = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
        const int error = avcodec_send_packet(codec_.get(), packet_.get());
        av_packet_unref(packet_.get());
        if (error == AVERROR(ENOMEM)) return unexpected(lacks_memory());
        if (error < 0 || is_cut) {
            has_complaints_ = true;
            if (clock_) clock_->lose_count();
        }
        return ok();
    }
}

/// A frame, in frame_. False: there are no more.
Result<bool> SoundStream::receive() {
    int fruitless = 0;
    for (;;) {
        const int error = avcodec_receive_frame(codec_.get(), frame_.get());
        if (error == AVERROR_EOF) return false;
        if (error == AVERROR(EAGAIN)) {
            REELPOOL_CHECK(!is_draining_);
            if (++fruitless > most_packets_without_sound)
                return unexpected(no_sound(std::to_string(most_packets_without_sound) +
                                           " packets in a row came to nothing"));
            REELPOOL_TRY_STATUS(feed());
            continue;
        }
        if (error == AVERROR(ENOMEM)) return unexpected(lacks_memory());
        if (error < 0) {
            has_complaints_ = true;
            if (clock_) clock_->lose_count();
            if (++fruitless > most_packets_without_sound)
                return unexpected(sound_error(ErrorCode::decode, "decoding failed", error));
            continue;
        }
        demuxer_->note_picture();
        if (frame_->nb_samples > 0) return true;
        av_frame_unref(frame_.get());
    }
}

Status SoundStream::learn() {
    for (std::size_t i = 0; i < frames_to_learn; ++i) {
        REELPOOL_TRY(has_come, receive());
        if (!has_come) break;
        first_frames_.emplace_back(av_frame_alloc());
        if (!first_frames_.back()) return unexpected(lacks_memory());
        av_frame_move_ref(first_frames_.back().get(), frame_.get());
    }
    if (first_frames_.empty()) return unexpected(no_sound(take_av_log()));
    // A codec may need more than the first one to know.
    REELPOOL_TRY_STATUS(describe(*first_frames_.back()));
    const AVStream& stream = demuxer_->stream();
    clock_.emplace(stream.time_base, static_cast<int>(info_.rate_hz));
    for (const av::Frame& frame : first_frames_)
        longest_frame_ = std::max<std::int64_t>(longest_frame_, frame->nb_samples);
    const AVFrame& first = *first_frames_.front();
    first_position_ = clock_->sample_at(first.best_effort_timestamp).value_or(0);
    const bool are_alike = first_frames_.size() == frames_to_learn &&
                           std::all_of(first_frames_.begin() + 1, first_frames_.end() - 1,
                                       [&](const av::Frame& frame) {
                                           return frame->nb_samples == first_frames_[1]->nb_samples;
                                       });
    clock_->learn(first_position_, first_position_ + first.nb_samples,
                  are_alike ? grid_of(codec_->codec_id, first_frames_[1]->nb_samples,
                                      static_cast<int>(info_.rate_hz))
                            : 0);
    info_.first_sample = Rational(first_position_, info_.rate_hz);
    return ok();
}

Status SoundStream::describe(const AVFrame& frame) {
    const int channels = frame.ch_layout.nb_channels;
    info_.codec = avcodec_get_name(codec_->codec_id);
    info_.rate_hz = static_cast<std::uint32_t>(std::max(0, frame.sample_rate));
    info_.channels = static_cast<std::uint32_t>(std::max(0, channels));
    if (info_.rate_hz < min_sound_rate_hz || info_.rate_hz > max_sound_rate_hz)
        return unexpected(
            no_sound("it has " + std::to_string(frame.sample_rate) + " samples per second"));
    if (channels < 1 || info_.channels > max_sound_channels)
        return unexpected(no_sound("it has " + std::to_string(channels) + " channels"));
    AVChannelLayout usual{};
    av_channel_layout_default(&usual, channels);
    const AVChannelLayout& layout =
        frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC ? usual : frame.ch_layout;
    info_.layout_mask = layout.order == AV_CHANNEL_ORDER_NATIVE ? layout.u.mask : 0;
    layout_ = {};
    layout_.nb_channels = channels;
    if (info_.layout_mask != 0) {
        layout_.order = AV_CHANNEL_ORDER_NATIVE;
        layout_.u.mask = info_.layout_mask;
    }
    const AVStream& stream = demuxer_->stream();
    if (stream.duration != AV_NOPTS_VALUE && stream.duration > 0)
        info_.duration =
            Rational(Int128{stream.duration} * stream.time_base.num, stream.time_base.den);
    else if (demuxer_->format().duration > 0)
        info_.duration = Rational(demuxer_->format().duration, AV_TIME_BASE);
    if (!validate(info_)) info_.duration = 0;  // what containers claim
    return ok();
}

bool SoundStream::has_usual_form(const AVFrame& frame) const {
    const bool has_layout = info_.layout_mask == 0 ||
                            frame.ch_layout.order != AV_CHANNEL_ORDER_NATIVE ||
                            frame.ch_layout.u.mask == info_.layout_mask;
    return frame.sample_rate == static_cast<int>(info_.rate_hz) && has_layout &&
           frame.ch_layout.nb_channels == static_cast<int>(info_.channels);
}

Result<PlanarSamples> SoundStream::samples_of(const AVFrame& frame) {
    if (!has_usual_form(frame)) return converted(frame);
    converter_.reset();
    PlanarSamples samples;
    if (!to_planar_float(frame, samples))
        return unexpected(no_sound("the decoder gives samples of an unknown format"));
    return samples;
}

/// Of a stream that changes its form on the way: rate, channels.
Result<PlanarSamples> SoundStream::converted(const AVFrame& frame) {
    const bool is_same = converter_ && converter_rate_hz_ == frame.sample_rate &&
                         converter_format_ == frame.format &&
                         converter_layout_.nb_channels == frame.ch_layout.nb_channels;
    if (!is_same) {
        AVChannelLayout from{};
        if (frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE)
            from = frame.ch_layout;
        else
            av_channel_layout_default(&from, frame.ch_layout.nb_channels);
        AVChannelLayout to = layout_;
        if (to.order == AV_CHANNEL_ORDER_UNSPEC) av_channel_layout_default(&to, to.nb_channels);
        SwrContext* context = nullptr;
        int error = swr_alloc_set_opts2(
            &context, &to, AV_SAMPLE_FMT_FLTP, static_cast<int>(info_.rate_hz), &from,
            static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
        converter_.reset(context);
        if (error >= 0) error = swr_init(context);
        if (error < 0)
            return unexpected(sound_error(
                ErrorCode::decode, "the sound changes to a form that cannot be converted", error));
        converter_rate_hz_ = frame.sample_rate;
        converter_format_ = frame.format;
        converter_layout_ = {};
        converter_layout_.nb_channels = frame.ch_layout.nb_channels;
        clock_->lose_count();
    }
    const int room = swr_get_out_samples(converter_.get(), frame.nb_samples);
    PlanarSamples samples(info_.channels);
    std::array<std::uint8_t*, max_sound_channels> planes{};
    for (std::size_t c = 0; c < samples.size(); ++c) {
        samples[c].resize(static_cast<std::size_t>(std::max(0, room)));
        planes[c] = reinterpret_cast<std::uint8_t*>(samples[c].data());
    }
    const int got =
        swr_convert(converter_.get(), planes.data(), room,
                    const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
    if (got < 0) return unexpected(sound_error(ErrorCode::decode, "converting sound failed", got));
    for (std::vector<float>& channel : samples) channel.resize(static_cast<std::size_t>(got));
    return samples;
}

Result<std::optional<SoundPiece>> SoundStream::place_frame() {
    SoundPiece piece;
    const std::vector<std::int64_t> complaints = attachment_->complaints.take();
    piece.is_concealed = std::exchange(has_complaints_, false) || !complaints.empty() ||
                         frame_->decode_error_flags != 0 ||
                         (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    REELPOOL_TRY(samples, samples_of(*frame_));
    const std::int64_t pts =
        frame_->pts != AV_NOPTS_VALUE ? frame_->pts : frame_->best_effort_timestamp;
    av_frame_unref(frame_.get());
    piece.samples = std::move(samples);
    if (piece.length() == 0) return std::optional<SoundPiece>();
    const auto at = clock_->place(pts, piece.length());
    if (!at) return std::optional<SoundPiece>();
    piece.position = *at;
    return std::optional(std::move(piece));
}

Result<std::optional<SoundPiece>> SoundStream::next() {
    for (int unplaced = 0;;) {
        if (given_out_ < first_frames_.size()) {
            if (av_frame_ref(frame_.get(), first_frames_[given_out_++].get()) < 0)
                return unexpected(lacks_memory());
        } else {
            is_beyond_them_ = true;
            REELPOOL_TRY(has_come, receive());
            if (!has_come) return std::optional<SoundPiece>();
        }
        if (frames_to_drop_ > 0) {
            --frames_to_drop_;
            static_cast<void>(attachment_->complaints.take());
            has_complaints_ = false;
            av_frame_unref(frame_.get());
            continue;
        }
        REELPOOL_TRY(piece, place_frame());
        if (piece) return piece;
        if (++unplaced == most_unplaced)
            return unexpected(no_sound("its packets do not say when they are heard"));
    }
}

Status SoundStream::rewind() {
    if (is_beyond_them_) {
        REELPOOL_TRY_STATUS(open_demuxer());
        REELPOOL_TRY_STATUS(open_codec());
        has_packet_ = false;
    }
    given_out_ = is_beyond_them_ ? first_frames_.size() : 0;
    skip_before_.reset();
    frames_to_drop_ = 0;
    clock_->expect(first_position_);
    return ok();
}

Status SoundStream::start_before(std::int64_t position) {
    const std::int64_t rate = info_.rate_hz;
    const std::int64_t from =
        position - std::max(rate * sound_preroll_seconds, preroll_frames * longest_frame_);
    if (clock_->must_count() || from <= first_position_) return rewind();
    is_beyond_them_ = true;
    given_out_ = first_frames_.size();
    for (const std::int64_t earlier : {std::int64_t{0}, second_try_seconds * rate}) {
        REELPOOL_TRY(has_landed, land_before(from, earlier));
        if (has_landed) return ok();
    }
    REELPOOL_TRY_STATUS(rewind());
    expect_packets_from(from);
    return ok();
}

/// False: the container cannot go there, or went too far.
Result<bool> SoundStream::land_before(std::int64_t position, std::int64_t earlier) {
    has_packet_ = false;
    if (!demuxer_->seek_to_timestamp(clock_->pts_before(position - earlier))) return false;
    REELPOOL_TRY_STATUS(open_codec());
    for (int packets = 0; packets < most_unplaced; ++packets) {
        REELPOOL_TRY(outcome, demuxer_->read(packet_.get()));
        if (outcome == Demuxer::Outcome::end) return false;
        const auto begin = clock_->sample_at(packet_->pts);
        if (begin && *begin > position) return false;
        if (begin) {
            has_packet_ = true;
            expect_packets_from(position);
            return true;
        }
        av_packet_unref(packet_.get());
    }
    return false;
}

void SoundStream::expect_packets_from(std::int64_t position) {
    skip_before_ = position;
    // A codec may take something off the first frame, and no grid would be right for it.
    frames_to_drop_ = 1;
    clock_->lose_count();
}

Result<std::int64_t> SoundStream::find_end() {
    std::int64_t end = first_position_;
    is_beyond_them_ = true;
    for (;;) {
        REELPOOL_TRY(outcome, demuxer_->read(packet_.get()));
        if (outcome == Demuxer::Outcome::end) return end;
        const auto at = clock_->sample_at(packet_->pts);
        const auto length = clock_->sample_at(std::max<std::int64_t>(packet_->duration, 0));
        if (at && length) end = std::max(end, *at + *length);
        av_packet_unref(packet_.get());
    }
}

}  // namespace reelpool::worker
