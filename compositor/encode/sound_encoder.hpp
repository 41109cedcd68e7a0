#pragma once

#include <functional>
#include <vector>

#include "compositor/encode/av_handles.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// FFmpeg's name of the encoder that is used for a codec.
[[nodiscard]] const char* sound_encoder_name(SoundCodec codec);

/// One encoder for all of an output's sound. Packets have times in samples; those of codecs with
/// priming begin before 0.
/// Thread: one at a time.
class SoundEncoder {
  public:
    using OnPacket = std::function<Status(const AVPacket&)>;

    /// Errors: output, the encoder is missing or refuses the settings.
    [[nodiscard]] static Result<SoundEncoder> open(const SoundSettings& settings,
                                                   Container container);

    /// The next samples, by channel; gives packets as they are done.
    [[nodiscard]] Status send(const std::vector<std::vector<float>>& samples,
                              const OnPacket& on_packet);
    /// No more samples follow.
    [[nodiscard]] Status finish(const OnPacket& on_packet);

    [[nodiscard]] const AVCodecContext& context() const { return *context_; }

  private:
    SoundEncoder(CodecContextPtr context, SoundCodec codec);
    [[nodiscard]] Status encode(std::size_t from, std::size_t count, const OnPacket& on_packet);
    [[nodiscard]] Status receive(const OnPacket& on_packet);

    CodecContextPtr context_;
    SoundCodec codec_;
    std::size_t frame_samples_;
    std::vector<std::vector<float>> waiting_;  ///< less than a frame
    std::int64_t sent_ = 0;
};

}  // namespace reelpool::compositor
