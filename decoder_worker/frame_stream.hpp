#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "decoder_worker/demuxer.hpp"
#include "decoder_worker/media_index.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

struct StreamOptions {
    int threads = 1;
    Probing probing = Probing::header_where_enough;
    std::uint32_t max_side_px = 0;
};

/// A picture as the codec gave it. Owner: the stream; valid until its next call.
struct DecodedFrame {
    const AVFrame* frame = nullptr;
    bool is_concealed = false;  ///< the codec flagged an error in it, or in what it refers to
};

/// A demuxer and a codec that follow one another: packets in, pictures out, in presentation order.
/// Thread: one at a time (the codec starts its own).
class FrameStream {
  public:
    /// Errors: media, when the file cannot be read or no decoder is there for it.
    [[nodiscard]] static Result<FrameStream> open(std::shared_ptr<MediaFile> file,
                                                  StreamOptions options);

    /// Puts the right PTS on packets whose container has none. `index` must outlive the stream.
    void name_by(const MediaIndex& index) { index_ = &index; }

    /// The next picture, or nothing at the end.
    /// Errors: reading failed. Damaged packets are skipped as ffmpeg does, and counted.
    [[nodiscard]] Result<std::optional<DecodedFrame>> next();

    /// Decoding goes on at the first key packet at or before the point, as far as the container is
    /// right. Errors: the container cannot go there.
    [[nodiscard]] Status seek(const SeekPoint& point, SeekMethod method);

    [[nodiscard]] const Demuxer& demuxer() const { return demuxer_; }
    [[nodiscard]] const AVCodecContext& codec() const { return *codec_; }
    [[nodiscard]] std::uint64_t damaged_packets() const { return damaged_packets_; }

  private:
    explicit FrameStream(Demuxer demuxer) : demuxer_(std::move(demuxer)) {}
    Status open_codec(StreamOptions options);
    Status feed();

    Demuxer demuxer_;
    av::Codec codec_;
    av::Packet packet_;
    av::Frame frame_;
    const MediaIndex* index_ = nullptr;
    std::uint64_t damaged_packets_ = 0;
    bool waits_for_key_packet_ = false;
    bool is_draining_ = false;
    bool is_damaged_ = false;  ///< a packet was lost since the last key frame
};

}  // namespace reelpool::worker
