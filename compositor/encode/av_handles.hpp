#pragma once

#include <memory>
#include <string>

#include "ipc/base/result.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
}

namespace reelpool::compositor {

struct CodecContextDeleter {
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
};
struct FrameDeleter {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct PacketDeleter {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct MuxContextDeleter {
    void operator()(AVFormatContext* context) const { avformat_free_context(context); }
};
struct DemuxContextDeleter {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};

using CodecContextPtr = std::unique_ptr<AVCodecContext, CodecContextDeleter>;
using FramePtr = std::unique_ptr<AVFrame, FrameDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, PacketDeleter>;
using MuxContextPtr = std::unique_ptr<AVFormatContext, MuxContextDeleter>;
using DemuxContextPtr = std::unique_ptr<AVFormatContext, DemuxContextDeleter>;

/// Options for FFmpeg's functions; what they did not take is left over.
class Dictionary {
  public:
    Dictionary() = default;
    Dictionary(const Dictionary&) = delete;
    Dictionary& operator=(const Dictionary&) = delete;
    ~Dictionary() { av_dict_free(&entries_); }

    void set(const char* key, const std::string& value) {
        av_dict_set(&entries_, key, value.c_str(), 0);
    }
    [[nodiscard]] AVDictionary** get() { return &entries_; }
    /// A key that is left over, or nullptr.
    [[nodiscard]] const char* first_key() const {
        const AVDictionaryEntry* entry = av_dict_get(entries_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
        return entry == nullptr ? nullptr : entry->key;
    }

  private:
    AVDictionary* entries_ = nullptr;
};

/// FFmpeg's text for one of its error numbers.
[[nodiscard]] std::string av_error_text(int error);

/// An Error of component encoder; code retryable where memory or threads ran out, else output.
[[nodiscard]] Error encoder_error(std::string what, int av_error);

/// An Error of our own making: a rule of this folder does not hold.
[[nodiscard]] Error internal_error(Component component, std::string what);

/// An Error of component output for a path, from an errno: says what to do about a full disk.
[[nodiscard]] Error file_error(const std::string& path, std::string what, int errno_value);

}  // namespace reelpool::compositor
