#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "decoder_worker/counters.hpp"
#include "decoder_worker/open_media.hpp"
#include "decoder_worker/sound_resampler.hpp"
#include "decoder_worker/sound_stream.hpp"
#include "ipc/base/result.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {

/// What is to be told of a block, besides its samples.
struct SoundBlockFacts {
    std::uint32_t missing_samples = 0;
    bool is_concealed = false;
};

/// A medium's sound as blocks at the mix rate: what lies where on the source's clock, zero where
/// there is nothing. Thread: one at a time.
class SoundCursor {
  public:
    [[nodiscard]] static Result<SoundCursor> open(const OpenedMedia& media, std::uint32_t mix_hz,
                                                  std::shared_ptr<Counters> counters);

    /// Writes the ordered block to `slot`, which has room for sound_block_bytes().
    /// Errors: decode, media, limit: the sound cannot be decoded; internal: `go_on` where there is
    /// nothing to go on from.
    [[nodiscard]] Result<SoundBlockFacts> decode(const wire::DecodeSound& order, float* slot);

  private:
    SoundCursor(SoundStream stream, std::int64_t zero, std::shared_ptr<Counters> counters)
        : stream_(std::move(stream)), zero_(zero), counters_(std::move(counters)) {}

    Status start(const wire::DecodeSound& order);
    Status begin_output(std::uint32_t block);
    Status fill(std::int64_t begin, std::int64_t end, float* slot);
    Status read(std::int64_t count);
    Status advance();
    [[nodiscard]] std::int64_t in_of(std::int64_t out) const;

    SoundStream stream_;
    std::int64_t zero_;  ///< the stream's sample at the source's time 0
    std::shared_ptr<Counters> counters_;
    std::optional<SoundResampler> resampler_;  ///< none: the stream has the mix rate
    std::optional<SoundPiece> piece_;          ///< the one at in_, or the next one
    bool is_at_end_ = false;                   ///< of the stream
    std::int64_t in_ = 0;                      ///< the next input sample, on the source's clock
    std::int64_t out_ = 0;                     ///< likewise of what is in output_
    PlanarSamples input_;
    PlanarSamples output_;  ///< resampled, from used_ on not yet handed out
    std::size_t used_ = 0;
    std::optional<std::int64_t> next_block_;  ///< where `go_on` goes on
    std::int64_t missing_ = 0;                ///< input samples, of the block at hand
    bool is_concealed_ = false;
};

/// The stream's sample at the source's time 0: the first picture that is presented; of sound alone,
/// the first sample.
[[nodiscard]] std::int64_t sample_at_source_zero(const MediaInfo& info, const FrameTable& table,
                                                 const SoundStream& stream);

}  // namespace reelpool::worker
