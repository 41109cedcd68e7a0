#include "compositor/encode/sound_encoder.hpp"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/samplefmt.h>
}

namespace reelpool::compositor {
namespace {

/// Of codecs that take frames of any length.
constexpr std::size_t any_frame_samples = 4096;

AVSampleFormat sample_format(SoundCodec codec) {
    switch (codec) {
        case SoundCodec::aac:
        case SoundCodec::ac3:
        case SoundCodec::mp3:
        case SoundCodec::vorbis:
            return AV_SAMPLE_FMT_FLTP;
        case SoundCodec::opus:
        case SoundCodec::pcm32f:
            return AV_SAMPLE_FMT_FLT;
        case SoundCodec::pcm16:
            return AV_SAMPLE_FMT_S16;
        case SoundCodec::flac:
        case SoundCodec::pcm24:
            return AV_SAMPLE_FMT_S32;
    }
    return AV_SAMPLE_FMT_NONE;
}

/// Rounded to the nearest code, clipped.
std::int32_t code(float sample, double full_scale) {
    return static_cast<std::int32_t>(
        std::clamp(std::floor(double(sample) * full_scale + 0.5), -full_scale, full_scale - 1));
}

/// Fills a frame from rows of samples.
void fill(AVFrame& frame, const std::vector<std::vector<float>>& rows, std::size_t from) {
    const std::size_t channels = rows.size();
    const auto count = static_cast<std::size_t>(frame.nb_samples);
    for (std::size_t c = 0; c < channels; ++c) {
        const float* const row = rows[c].data() + from;
        switch (frame.format) {
            case AV_SAMPLE_FMT_FLTP:
                std::copy_n(row, count, reinterpret_cast<float*>(frame.extended_data[c]));
                break;
            case AV_SAMPLE_FMT_FLT:
                for (std::size_t i = 0; i < count; ++i)
                    reinterpret_cast<float*>(frame.data[0])[i * channels + c] = row[i];
                break;
            case AV_SAMPLE_FMT_S16:
                for (std::size_t i = 0; i < count; ++i)
                    reinterpret_cast<std::int16_t*>(frame.data[0])[i * channels + c] =
                        static_cast<std::int16_t>(code(row[i], 32768));
                break;
            case AV_SAMPLE_FMT_S32:  // 24 bits in the upper ones
                for (std::size_t i = 0; i < count; ++i)
                    reinterpret_cast<std::int32_t*>(frame.data[0])[i * channels + c] =
                        code(row[i], 8388608) * 256;
                break;
            default:
                break;
        }
    }
}

}  // namespace

const char* sound_encoder_name(SoundCodec codec) {
    switch (codec) {
        case SoundCodec::aac:
            return "aac";
        case SoundCodec::opus:
            return "libopus";
        case SoundCodec::flac:
            return "flac";
        case SoundCodec::pcm16:
            return "pcm_s16le";
        case SoundCodec::pcm24:
            return "pcm_s24le";
        case SoundCodec::pcm32f:
            return "pcm_f32le";
        case SoundCodec::ac3:
            return "ac3";
        case SoundCodec::mp3:
            return "libmp3lame";
        case SoundCodec::vorbis:
            return "libvorbis";
    }
    return "";
}

Result<SoundEncoder> SoundEncoder::open(const SoundSettings& settings, Container container) {
    const char* name = sound_encoder_name(settings.codec);
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (codec == nullptr) {
        Error error = encoder_error(std::string("this FFmpeg has no encoder ") + name,
                                    AVERROR_ENCODER_NOT_FOUND);
        error.hint = "install an FFmpeg that has it, or choose another --audio";
        return unexpected(std::move(error));
    }
    CodecContextPtr context(avcodec_alloc_context3(codec));
    if (!context) return unexpected(encoder_error("cannot make an encoder", AVERROR(ENOMEM)));
    av_channel_layout_from_mask(&context->ch_layout, layout_mask(settings.layout));
    context->sample_rate = static_cast<int>(settings.rate_hz);
    context->sample_fmt = sample_format(settings.codec);
    context->time_base = {1, context->sample_rate};
    context->bit_rate = static_cast<std::int64_t>(effective_bitrate(settings));
    context->thread_count = 1;
    if (context->sample_fmt == AV_SAMPLE_FMT_S32) context->bits_per_raw_sample = 24;
    context->flags |= AV_CODEC_FLAG_BITEXACT;
    if (container != Container::mxf && container != Container::mp3)
        context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (const int result = avcodec_open2(context.get(), codec, nullptr); result < 0)
        return unexpected(
            encoder_error(std::string("the encoder ") + name + " refuses the settings", result));
    return SoundEncoder(std::move(context), settings.codec);
}

SoundEncoder::SoundEncoder(CodecContextPtr context, SoundCodec codec)
    : context_(std::move(context)),
      codec_(codec),
      frame_samples_(context_->frame_size > 0 ? static_cast<std::size_t>(context_->frame_size)
                                              : any_frame_samples),
      waiting_(static_cast<std::size_t>(context_->ch_layout.nb_channels)) {}

Status SoundEncoder::send(const std::vector<std::vector<float>>& samples,
                          const OnPacket& on_packet) {
    for (std::size_t c = 0; c < waiting_.size(); ++c)
        waiting_[c].insert(waiting_[c].end(), samples[c].begin(), samples[c].end());
    const std::size_t whole = waiting_.front().size() / frame_samples_ * frame_samples_;
    for (std::size_t from = 0; from < whole; from += frame_samples_)
        REELPOOL_TRY_STATUS(encode(from, frame_samples_, on_packet));
    for (auto& row : waiting_)
        row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(whole));
    return ok();
}

Status SoundEncoder::encode(std::size_t from, std::size_t count, const OnPacket& on_packet) {
    const FramePtr frame(av_frame_alloc());
    if (!frame) return unexpected(encoder_error("cannot make a frame", AVERROR(ENOMEM)));
    frame->nb_samples = static_cast<int>(count);
    frame->format = context_->sample_fmt;
    frame->sample_rate = context_->sample_rate;
    frame->pts = sent_;
    int result = av_channel_layout_copy(&frame->ch_layout, &context_->ch_layout);
    if (result >= 0) result = av_frame_get_buffer(frame.get(), 0);
    if (result < 0) return unexpected(encoder_error("cannot make a frame", result));
    fill(*frame, waiting_, from);
    sent_ += static_cast<std::int64_t>(count);
    if (result = avcodec_send_frame(context_.get(), frame.get()); result < 0)
        return unexpected(encoder_error("encoding the sound failed", result));
    return receive(on_packet);
}

Status SoundEncoder::receive(const OnPacket& on_packet) {
    const PacketPtr packet(av_packet_alloc());
    if (!packet) return unexpected(encoder_error("cannot make a packet", AVERROR(ENOMEM)));
    for (;;) {
        const int result = avcodec_receive_packet(context_.get(), packet.get());
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return ok();
        if (result < 0) return unexpected(encoder_error("encoding the sound failed", result));
        REELPOOL_TRY_STATUS(on_packet(*packet));
        av_packet_unref(packet.get());
    }
}

Status SoundEncoder::finish(const OnPacket& on_packet) {
    // An encoder without an end of its own would keep the last samples, as many as its priming.
    if ((context_->codec->capabilities & AV_CODEC_CAP_DELAY) == 0 && context_->initial_padding > 0)
        REELPOOL_TRY_STATUS(send(
            std::vector<std::vector<float>>(
                waiting_.size(),
                std::vector<float>(static_cast<std::size_t>(context_->initial_padding))),
            on_packet));
    const std::size_t left = waiting_.front().size();
    if (left > 0) REELPOOL_TRY_STATUS(encode(0, left, on_packet));
    if (const int result = avcodec_send_frame(context_.get(), nullptr); result < 0)
        return unexpected(encoder_error("encoding the sound failed at its end", result));
    return receive(on_packet);
}

}  // namespace reelpool::compositor
