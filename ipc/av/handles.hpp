#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>
#include <utility>

/// FFmpeg's objects with one owner each. Null means there is none (also after a failed allocation).
namespace reelpool::av {

struct FrameCloser {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct PacketCloser {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct CodecCloser {
    void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
struct InputCloser {
    void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
};
struct OutputCloser {
    void operator()(AVFormatContext* output) const { avformat_free_context(output); }
};
struct ScalerCloser {
    void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
struct ResamplerCloser {
    void operator()(SwrContext* resampler) const { swr_free(&resampler); }
};
/// Of a context with its own buffer; what `opaque` points at is not freed.
struct IoCloser {
    void operator()(AVIOContext* io) const {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
};

using Frame = std::unique_ptr<AVFrame, FrameCloser>;
using Packet = std::unique_ptr<AVPacket, PacketCloser>;
using Codec = std::unique_ptr<AVCodecContext, CodecCloser>;
using Input = std::unique_ptr<AVFormatContext, InputCloser>;
using Output = std::unique_ptr<AVFormatContext, OutputCloser>;
using Scaler = std::unique_ptr<SwsContext, ScalerCloser>;
using Resampler = std::unique_ptr<SwrContext, ResamplerCloser>;
using Io = std::unique_ptr<AVIOContext, IoCloser>;

/// Options for FFmpeg's open calls, which take out what they have understood.
class Options {
  public:
    Options() = default;
    Options(Options&& other) noexcept : entries_(std::exchange(other.entries_, nullptr)) {}
    Options& operator=(Options&&) = delete;
    ~Options() { av_dict_free(&entries_); }

    void set(const char* key, const std::string& value) {
        av_dict_set(&entries_, key, value.c_str(), 0);
    }
    [[nodiscard]] AVDictionary** get() { return &entries_; }
    /// The first option that nobody has understood, or an empty text.
    [[nodiscard]] std::string first_left() const {
        const AVDictionaryEntry* entry = av_dict_get(entries_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
        return entry == nullptr ? std::string() : std::string(entry->key);
    }

  private:
    AVDictionary* entries_ = nullptr;
};

}  // namespace reelpool::av
