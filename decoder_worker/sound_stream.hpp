#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "decoder_worker/codec_attachment.hpp"
#include "decoder_worker/demuxer.hpp"
#include "decoder_worker/planar_samples.hpp"
#include "decoder_worker/sound_clock.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/sound_block.hpp"

namespace reelpool::worker {

/// Some consecutive samples of a stream.
struct SoundPiece {
    std::int64_t position = 0;  ///< of the first one, at the stream's rate, from its time 0
    PlanarSamples samples;
    bool is_concealed = false;  ///< the codec complained about them
    [[nodiscard]] std::int64_t length() const {
        return static_cast<std::int64_t>(samples.front().size());
    }
    [[nodiscard]] std::int64_t end() const { return position + length(); }
};

/// A file's sound, decoded: priming and padding are gone, edit lists obeyed (both by FFmpeg), every
/// sample has its place. All pieces have the rate and the channels of info(), whatever the stream
/// does meanwhile. Thread: one at a time.
class SoundStream {
  public:
    /// Decodes the first frames. Errors: media or decode: there is no sound that can be decoded.
    [[nodiscard]] static Result<SoundStream> open(std::shared_ptr<MediaFile> file,
                                                  std::uint32_t max_side_px);

    /// first_sample is counted from the container's time 0.
    [[nodiscard]] const SoundInfo& info() const { return info_; }
    [[nodiscard]] std::int64_t first_position() const { return first_position_; }
    [[nodiscard]] int stream_index() const { return demuxer_->stream().index; }
    [[nodiscard]] const AVFormatContext& format() const { return demuxer_->format(); }
    [[nodiscard]] bool has_pictures() const { return demuxer_->has_pictures(); }

    /// The next piece, or nothing at the end. Pieces may overlap, or leave gaps.
    /// Errors: reading failed, or the codec needs more memory than there is.
    [[nodiscard]] Result<std::optional<SoundPiece>> next();

    /// The next piece is the first one, decoded as when the file was opened.
    Status rewind();
    /// The next piece begins at or before `position`, and what comes is decoded from a preroll
    /// before it: it depends on nothing that was decoded earlier, nor on where a seek lands.
    Status start_before(std::int64_t position);

    /// Where the last sample ends, by reading all packets. Start anew afterwards.
    [[nodiscard]] Result<std::int64_t> find_end();

  private:
    SoundStream(std::shared_ptr<MediaFile> file, std::uint32_t max_side_px)
        : file_(std::move(file)), max_side_px_(max_side_px) {}
    Status open_demuxer();
    Status open_codec();
    Status learn();
    Status describe(const AVFrame& frame);
    [[nodiscard]] Result<bool> land_before(std::int64_t position, std::int64_t earlier);
    void expect_packets_from(std::int64_t position);
    Status feed();
    [[nodiscard]] Result<bool> receive();
    [[nodiscard]] Result<std::optional<SoundPiece>> place_frame();
    [[nodiscard]] bool has_usual_form(const AVFrame& frame) const;
    [[nodiscard]] Result<PlanarSamples> samples_of(const AVFrame& frame);
    [[nodiscard]] Result<PlanarSamples> converted(const AVFrame& frame);

    std::shared_ptr<MediaFile> file_;
    std::uint32_t max_side_px_;
    std::optional<Demuxer> demuxer_;
    std::unique_ptr<CodecAttachment> attachment_;  // outlives codec_, which points to it
    av::Codec codec_;
    av::Packet packet_;
    av::Frame frame_;
    SoundInfo info_;
    AVChannelLayout layout_{};  ///< of info_; native or a mere number, so nothing to free
    std::optional<SoundClock> clock_;
    std::int64_t first_position_ = 0;
    std::int64_t longest_frame_ = 0;       ///< of the first ones
    std::vector<av::Frame> first_frames_;  ///< decoded to learn
    std::size_t given_out_ = 0;            ///< of them, since the last start
    bool is_beyond_them_ = false;          ///< more has been decoded, or there was a seek
    bool has_packet_ = false;              ///< packet_ was read already
    bool is_draining_ = false;
    bool has_complaints_ = false;              ///< about what comes next
    std::optional<std::int64_t> skip_before_;  ///< packets that end before it are left out
    int frames_to_drop_ = 0;
    av::Resampler converter_;  ///< from another form to the usual one
    int converter_rate_hz_ = 0;
    AVChannelLayout converter_layout_{};
    int converter_format_ = -1;
};

}  // namespace reelpool::worker
