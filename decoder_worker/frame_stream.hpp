#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "decoder_worker/codec_attachment.hpp"
#include "decoder_worker/demuxer.hpp"
#include "decoder_worker/disposable_pictures.hpp"
#include "decoder_worker/media_index.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

struct StreamOptions {
    int threads = 1;
    Probing probing = Probing::header_where_enough;
    std::uint32_t max_side_px = 0;
    std::shared_ptr<PictureBuffers> buffers = {};  ///< none: wherever libavcodec likes
};

/// A picture as the codec gave it. Owner: the stream; valid until its next call.
struct DecodedFrame {
    const AVFrame* frame = nullptr;
    bool is_concealed = false;  ///< the codec flagged an error in it or complained about its packet
};

/// What is known of a group of pictures (ProvenGroups).
enum class Group : std::uint8_t { sound, unknown };

/// A demuxer and a codec that follow one another: packets in, pictures out, in presentation order.
/// Thread: one at a time (the codec starts its own).
class FrameStream {
  public:
    /// Errors: media, when the file cannot be read or no decoder is there for it.
    [[nodiscard]] static Result<FrameStream> open(std::shared_ptr<MediaFile> file,
                                                  StreamOptions options);
    /// With a demuxer that has been used before, and that nothing else uses from now on. Unless it
    /// stands at its start: seek before the next picture.
    [[nodiscard]] static Result<FrameStream> open(std::shared_ptr<Demuxer> demuxer,
                                                  const StreamOptions& options);

    /// Puts the right PTS on packets whose container has none. `index` must outlive the stream.
    void name_by(const MediaIndex& index) { index_ = &index; }

    /// Pictures before this PTS need not come out. Those of H.264 that no other can feel
    /// (DisposablePictures) are then not even given to the codec; of other codecs whose marks are
    /// reliable, those that no other refers to, in groups that are proven to be sound.
    void want_from(std::int64_t pts, Group group) {
        wanted_from_ = pts;
        group_ = group;
    }

    /// Packets that the codec was not given because of want_from(), so far.
    [[nodiscard]] std::uint64_t left_out() const { return left_out_; }

    /// The next picture, or nothing at the end.
    /// Errors: reading failed. Damaged packets are skipped as ffmpeg does, and remembered.
    [[nodiscard]] Result<std::optional<DecodedFrame>> next();

    /// Decoding goes on at the first key packet at or before the point, as far as the container is
    /// right. Errors: the container cannot go there.
    [[nodiscard]] Status seek(const SeekPoint& point, SeekMethod method);
    /// Goes to the point and looks at its packet (begins_gradually). Seek before the next picture.
    [[nodiscard]] Result<bool> is_gradual(const SeekPoint& point, SeekMethod method);

    /// Since the last seek: a packet that is presented at `pts` or later, or nobody knows when, was
    /// lost or cut, or the codec complained about it. (What precedes the keyframe after a seek
    /// refers to pictures that were not read.)
    [[nodiscard]] bool is_damaged_from(std::int64_t pts);

    [[nodiscard]] const Demuxer& demuxer() const { return *demuxer_; }
    [[nodiscard]] const AVCodecContext& codec() const { return *codec_; }

  private:
    explicit FrameStream(std::shared_ptr<Demuxer> demuxer)
        : demuxer_(std::move(demuxer)), attachment_(std::make_unique<CodecAttachment>()) {}
    Status open_codec(const StreamOptions& options);
    void provide_buffers(std::shared_ptr<PictureBuffers> buffers);
    Status feed();
    Status send();
    void flush();
    void take_complaints();
    void take_gaps();
    [[nodiscard]] bool is_left_out();
    [[nodiscard]] bool is_unwanted() const;
    [[nodiscard]] std::int64_t pts_of_packet(std::int64_t packet) const;
    [[nodiscard]] bool was_complained_of(std::int64_t pts) const;

    std::shared_ptr<Demuxer> demuxer_;
    std::unique_ptr<CodecAttachment> attachment_;  // outlives codec_, which points to it
    av::Codec codec_;
    av::Packet packet_;
    av::Frame frame_;
    const MediaIndex* index_ = nullptr;
    std::int64_t wanted_from_ = AV_NOPTS_VALUE;
    Group group_ = Group::unknown;
    bool marks_references_ = false;
    std::optional<DisposablePictures> disposable_;  ///< of H.264
    bool waits_for_key_packet_ = false;
    bool is_draining_ = false;
    std::uint64_t left_out_ = 0;
    std::int64_t packets_sent_ = 0;
    std::deque<std::int64_t> recent_pts_;    ///< of the last packets sent, the newest last
    std::vector<std::int64_t> damaged_pts_;  ///< since the last seek
};

}  // namespace reelpool::worker
