#include "decoder_worker/frame_stream.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/picture_parser.hpp"
#include "ipc/av/errors.hpp"

namespace reelpool::worker {
namespace {

Error decode_error(ErrorCode code, std::string what, int averror) {
    Error error = av::av_error(code, Component::shared_decoder, std::move(what), averror);
    const std::string log = take_av_log();
    if (!log.empty()) error.cause += ": " + log;
    return error;
}

Unexpected lacks_memory() {
    Error error = decode_error(ErrorCode::limit, "the decoder needs more memory than it may have",
                               AVERROR(ENOMEM));
    error.code = ErrorCode::limit;  // trying again would not help
    error.hint = "allow it more with --worker-memory, or convert the file to a smaller picture";
    return unexpected(std::move(error));
}

/// FFmpeg's own VP8 and VP9 decoders ignore the alpha that WebM carries beside the picture.
const AVCodec* find_decoder(const AVStream& stream) {
    const AVCodecID id = stream.codecpar->codec_id;
    const AVDictionaryEntry* alpha = av_dict_get(stream.metadata, "alpha_mode", nullptr, 0);
    const AVCodec* with_alpha = nullptr;
    if (alpha != nullptr && alpha->value[0] == '1') {
        if (id == AV_CODEC_ID_VP8) with_alpha = avcodec_find_decoder_by_name("libvpx");
        if (id == AV_CODEC_ID_VP9) with_alpha = avcodec_find_decoder_by_name("libvpx-vp9");
    }
    return with_alpha != nullptr ? with_alpha : avcodec_find_decoder(id);
}

/// Their pictures say reliably whether others refer to them, and leaving out those that are not
/// referred to changes nothing: B pictures. (H.264 has DisposablePictures; HEVC's sub-layer
/// non-reference pictures may be referred to from higher layers.)
bool marks_references(AVCodecID id) {
    return id == AV_CODEC_ID_MPEG2VIDEO || id == AV_CODEC_ID_MPEG1VIDEO;
}

/// With slice threads they do not notice all damage, and have no frame threads.
bool conceals_by_slice(AVCodecID id) {
    return id == AV_CODEC_ID_MPEG2VIDEO || id == AV_CODEC_ID_MPEG1VIDEO;
}

/// More packets than any codec holds back at once.
constexpr std::size_t most_packets_held = 512;

}  // namespace

Result<FrameStream> FrameStream::open(std::shared_ptr<MediaFile> file, StreamOptions options) {
    REELPOOL_TRY(demuxer, Demuxer::open(std::move(file), options.probing, options.max_side_px));
    return open(std::make_shared<Demuxer>(std::move(demuxer)), options);
}

Result<FrameStream> FrameStream::open(std::shared_ptr<Demuxer> demuxer,
                                      const StreamOptions& options) {
    FrameStream stream(std::move(demuxer));
    REELPOOL_TRY_STATUS(stream.open_codec(options));
    return stream;
}

Status FrameStream::open_codec(const StreamOptions& options) {
    const AVStream& video = demuxer_->video();
    const AVCodec* decoder = find_decoder(video);
    if (decoder == nullptr)
        return unexpected({.code = ErrorCode::media,
                           .component = Component::shared_decoder,
                           .subject = {},
                           .what = std::string("there is no decoder for the codec ") +
                                   avcodec_get_name(video.codecpar->codec_id),
                           .cause = {},
                           .hint = "convert the file with ffmpeg, for instance to H.264"});
    codec_.reset(avcodec_alloc_context3(decoder));
    packet_.reset(av_packet_alloc());
    frame_.reset(av_frame_alloc());
    if (!codec_ || !packet_ || !frame_)
        return unexpected(
            decode_error(ErrorCode::decode, "opening a decoder failed", AVERROR(ENOMEM)));
    if (const int error = avcodec_parameters_to_context(codec_.get(), video.codecpar); error < 0)
        return unexpected(decode_error(ErrorCode::decode, "opening a decoder failed", error));
    codec_->pkt_timebase = video.time_base;
    codec_->thread_count = conceals_by_slice(codec_->codec_id) ? 1 : options.threads;
    codec_->thread_type = FF_THREAD_FRAME | FF_THREAD_SLICE;
    // Left and upper crops are kept to the sample; without it only to what suits vector units.
    codec_->flags |= AV_CODEC_FLAG_UNALIGNED;
    codec_->max_pixels = std::int64_t{options.max_side_px} * options.max_side_px;
    codec_->opaque = attachment_.get();
    marks_references_ = marks_references(codec_->codec_id);
    if (codec_->codec_id == AV_CODEC_ID_H264) disposable_.emplace(*video.codecpar);
    if ((decoder->capabilities & AV_CODEC_CAP_DR1) != 0) provide_buffers(options.buffers);
    if (const int error = avcodec_open2(codec_.get(), decoder, nullptr); error < 0)
        return unexpected(
            decode_error(ErrorCode::decode,
                         std::string("the decoder ") + decoder->name + " cannot be opened", error));
    return ok();
}

void FrameStream::provide_buffers(std::shared_ptr<PictureBuffers> buffers) {
    attachment_->buffers = std::move(buffers);
    codec_->get_buffer2 = [](AVCodecContext* codec, AVFrame* frame, int flags) {
        auto& attachment = *static_cast<CodecAttachment*>(codec->opaque);
        const int error = attachment.buffers ? attachment.buffers->provide(*codec, *frame, flags)
                                             : avcodec_default_get_buffer2(codec, frame, flags);
        if (error == AVERROR(ENOMEM)) attachment.lacks_memory = true;
        return error;
    };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    // Without it, libavcodec 59 sends every request through the calling thread.
    codec_->thread_safe_callbacks = 1;
#pragma GCC diagnostic pop
}

Status FrameStream::seek(const SeekPoint& point, SeekMethod method) {
    switch (method) {
        case SeekMethod::pts:
            REELPOOL_TRY_STATUS(demuxer_->seek_to_timestamp(point.pts));
            break;
        case SeekMethod::dts:
            REELPOOL_TRY_STATUS(demuxer_->seek_to_timestamp(point.dts));
            break;
        case SeekMethod::byte:
            REELPOOL_TRY_STATUS(demuxer_->seek_to_byte(point.position_bytes));
            break;
        case SeekMethod::none:
            return unexpected(
                decode_error(ErrorCode::decode, "the file cannot be seeked", AVERROR(ESPIPE)));
    }
    flush();
    return ok();
}

Result<bool> FrameStream::is_gradual(const SeekPoint& point, SeekMethod method) {
    REELPOOL_TRY_STATUS(seek(point, method));
    for (;;) {
        REELPOOL_TRY(outcome, demuxer_->read(packet_.get()));
        if (outcome == Demuxer::Outcome::end) return false;
        const bool is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
        const bool is_gradual = is_key && begins_gradually(*demuxer_->video().codecpar, *packet_);
        av_packet_unref(packet_.get());
        if (is_key) return is_gradual;
    }
}

void FrameStream::flush() {
    avcodec_flush_buffers(codec_.get());
    av_frame_unref(frame_.get());
    is_draining_ = false;
    waits_for_key_packet_ = true;
    take_complaints();
    if (attachment_->buffers) attachment_->buffers->forget_gaps();
    damaged_pts_.clear();
    wanted_from_ = AV_NOPTS_VALUE;
    if (disposable_) disposable_->restart();
}

std::int64_t FrameStream::pts_of_packet(std::int64_t packet) const {
    const auto oldest = packets_sent_ - static_cast<std::int64_t>(recent_pts_.size());
    if (packet <= oldest || packet > packets_sent_) return AV_NOPTS_VALUE;  // or never numbered
    return recent_pts_[static_cast<std::size_t>(packet - oldest - 1)];
}

void FrameStream::take_complaints() {
    for (const std::int64_t packet : attachment_->complaints.take())
        damaged_pts_.push_back(pts_of_packet(packet));
}

// What has come out shows how far the codec is done.
void FrameStream::take_gaps() {
    if (!attachment_->buffers) return;
    for (const std::int64_t packet : attachment_->buffers->take_gaps(frame_->reordered_opaque))
        damaged_pts_.push_back(pts_of_packet(packet));
}

bool FrameStream::is_damaged_from(std::int64_t pts) {
    take_complaints();
    return std::any_of(damaged_pts_.begin(), damaged_pts_.end(), [&](std::int64_t damaged) {
        return damaged == AV_NOPTS_VALUE || damaged >= pts;
    });
}

bool FrameStream::was_complained_of(std::int64_t pts) const {
    return pts != AV_NOPTS_VALUE &&
           std::find(damaged_pts_.begin(), damaged_pts_.end(), pts) != damaged_pts_.end();
}

// Gives the codec one more packet, or tells it that there are no more.
Status FrameStream::feed() {
    for (;;) {
        REELPOOL_TRY(outcome, demuxer_->read(packet_.get()));
        if (outcome == Demuxer::Outcome::end) {
            is_draining_ = true;
            avcodec_send_packet(codec_.get(), nullptr);
            return ok();
        }
        const bool is_key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
        waits_for_key_packet_ = waits_for_key_packet_ && !is_key;
        if (!waits_for_key_packet_) {
            if (index_ != nullptr && index_->naming == FrameNaming::by_dts)
                packet_->pts = index_->pts_of(packet_->dts).value_or(AV_NOPTS_VALUE);
            if (!is_left_out()) return send();
            ++left_out_;
        }
        av_packet_unref(packet_.get());
    }
}

/// The packet at hand is not for the codec.
bool FrameStream::is_left_out() {
    if (!disposable_) return false;
    using Wish = DisposablePictures::Wish;
    switch (disposable_->judge(*packet_, is_unwanted() ? Wish::unwanted : Wish::wanted)) {
        case DisposablePictures::Verdict::left_out:
            return true;
        case DisposablePictures::Verdict::contradicts:
            damaged_pts_.push_back(AV_NOPTS_VALUE);
            return false;
        case DisposablePictures::Verdict::needed:
            break;
    }
    return false;
}

/// The picture of the packet at hand.
bool FrameStream::is_unwanted() const {
    return wanted_from_ != AV_NOPTS_VALUE && packet_->pts != AV_NOPTS_VALUE &&
           packet_->pts < wanted_from_;
}

Status FrameStream::send() {
    const std::int64_t pts = packet_->pts;
    codec_->reordered_opaque = ++packets_sent_;
    recent_pts_.push_back(pts);
    if (recent_pts_.size() > most_packets_held) recent_pts_.pop_front();
    const bool may_skip = marks_references_ && group_ == Group::sound && is_unwanted();
    codec_->skip_frame = may_skip ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    const bool is_cut = (packet_->flags & AV_PKT_FLAG_CORRUPT) != 0;
    const int error = avcodec_send_packet(codec_.get(), packet_.get());
    av_packet_unref(packet_.get());
    if (error == AVERROR(ENOMEM) || attachment_->lacks_memory) return lacks_memory();
    if (error < 0 || is_cut) damaged_pts_.push_back(pts);
    return ok();
}

Result<std::optional<DecodedFrame>> FrameStream::next() {
    constexpr int most_errors = 1000;  // without a packet in between: the codec is stuck
    for (int errors = 0;;) {
        const int error = avcodec_receive_frame(codec_.get(), frame_.get());
        if (error == AVERROR_EOF) return std::optional<DecodedFrame>();
        if (error == AVERROR(EAGAIN)) {
            REELPOOL_CHECK(!is_draining_);
            REELPOOL_TRY_STATUS(feed());
            errors = 0;
            continue;
        }
        if (error == AVERROR(ENOMEM) || attachment_->lacks_memory) return lacks_memory();
        if (error < 0 && ++errors > most_errors)
            return unexpected(decode_error(ErrorCode::decode, "decoding failed", error));
        if (error < 0) {
            damaged_pts_.push_back(pts_of_packet(packets_sent_));
            continue;
        }
        demuxer_->note_picture();
        take_complaints();
        take_gaps();
        const bool is_flagged =
            frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0;
        if (is_flagged) damaged_pts_.push_back(frame_->pts);
        return std::optional(
            DecodedFrame{frame_.get(), is_flagged || was_complained_of(frame_->pts)});
    }
}

}  // namespace reelpool::worker
