#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "compositor/encode/av_handles.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// FFmpeg's name of the encoder that is used for a codec.
[[nodiscard]] const char* encoder_library_name(Codec codec);

/// One codec context, opened with everything that decides its bytes.
/// Thread: one at a time.
class Encoder {
  public:
    /// Errors: output, the encoder is missing or refuses the settings; retryable.
    [[nodiscard]] static Result<Encoder> open(const OutputSettings& settings);

    Encoder(Encoder&&) noexcept = default;
    Encoder& operator=(Encoder&&) = delete;
    ~Encoder();

    /// Errors: output, encoding failed.
    [[nodiscard]] Status send(const AVFrame& frame);
    /// No frame will follow.
    [[nodiscard]] Status flush();

    enum class Received { packet, needs_input, end };
    [[nodiscard]] Result<Received> receive(AVPacket& packet);

    [[nodiscard]] const AVCodecContext& context() const { return *context_; }
    /// The headers that stand outside the packets.
    [[nodiscard]] std::span<const std::uint8_t> extradata() const;

  private:
    enum class State { empty, fed, flushed, ended };

    Encoder(CodecContextPtr context, OutputFormat format, Codec codec);
    void drain_quietly();

    CodecContextPtr context_;
    OutputFormat format_;
    Codec codec_;
    State state_ = State::empty;
};

}  // namespace reelpool::compositor
