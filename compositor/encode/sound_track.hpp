#pragma once

#include <cstdint>
#include <optional>

#include "compositor/encode/av_handles.hpp"
#include "compositor/encode/sound_encoder.hpp"
#include "compositor/encode/spool_file.hpp"
#include "compositor/sound/block_view.hpp"
#include "compositor/sound/loudness_meter.hpp"
#include "compositor/sound/mixer.hpp"
#include "ipc/frame/sound_result.hpp"

namespace reelpool::compositor {

/// The sound of an output: mixed and measured chunk by chunk, encoded, and kept as packets until the
/// file is put together. With a loudness to reach, the mix itself is kept, and encoded at the end.
/// What is kept lies in files without names beside the output.
/// Thread: one at a time.
class SoundTrack {
  public:
    /// Errors: output, the encoder refuses the settings, or nothing can be written there.
    [[nodiscard]] static Result<std::unique_ptr<SoundTrack>> create(const OutputSettings& settings);

    SoundTrack(const SoundTrack&) = delete;
    SoundTrack& operator=(const SoundTrack&) = delete;

    [[nodiscard]] SoundSegments& segments() { return segments_; }
    /// The next chunk; its slots are read no more afterwards.
    /// Errors: output; internal, it is not the next one.
    [[nodiscard]] Status mix(const SoundMix& mix);
    /// All chunks were mixed: brings the loudness where it shall be, and completes the packets.
    /// Errors: output; internal, there were fewer.
    [[nodiscard]] Status finish();

    // After `finish`, and what describes the stream before, too.

    [[nodiscard]] const AVCodecContext& context() const { return encoder_->context(); }
    [[nodiscard]] const SoundSettings& settings() const { return settings_; }
    [[nodiscard]] const SoundResult& result() const { return result_; }
    [[nodiscard]] std::uint64_t packets() const { return packets_; }
    /// The packets from the first one on.
    [[nodiscard]] Status rewind();
    /// The next one; null after the last. Units: samples.
    [[nodiscard]] Result<PacketPtr> next();

  private:
    SoundTrack(const SoundSettings& settings, SoundEncoder encoder, SpoolFile packets,
               std::optional<SpoolFile> spool, LoudnessMeter meter);
    using Rows = std::vector<std::vector<float>>;
    [[nodiscard]] Status take(const Rows& samples);
    [[nodiscard]] Status take_chunk(const Rows& samples);
    [[nodiscard]] Status encode(const Rows& samples);
    [[nodiscard]] Status keep(const AVPacket& packet);
    [[nodiscard]] Status keep_mix(const Rows& samples);
    template <class Take>
    [[nodiscard]] Status replay(double gain, Take&& take);
    [[nodiscard]] Status normalise();

    const SoundSettings settings_;
    SoundSegments segments_;
    Mixer mixer_;
    Rows waiting_;  ///< mixed, less than a chunk
    std::optional<SoundEncoder> encoder_;
    SpoolFile packet_file_;
    std::optional<SpoolFile> mix_file_;  ///< where the loudness matters
    LoudnessMeter meter_;
    SoundResult result_;
    std::uint64_t mixed_ = 0;    ///< samples
    std::uint64_t packets_ = 0;  ///< kept
    std::uint64_t given_ = 0;    ///< of these, since rewind
};

}  // namespace reelpool::compositor
