#pragma once

#include <cstdint>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/sound_mix.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/run/compositor_link.hpp"

namespace reelpool::run {

/// Tells the compositor what the sound of an export is mixed from, chunk by chunk, in order.
/// Thread: the event loop's.
class SoundMixdown {
  public:
    /// Both must outlive it; `timeline` is the whole one.
    SoundMixdown(const model::Timeline& timeline, CompositorLink& compositor);

    /// What every chunk reads, in the order of mixing.
    [[nodiscard]] const std::vector<SoundChunk>& chunks() const { return chunks_; }
    /// All blocks of the next chunk lie in these slots.
    void send(std::uint32_t chunk, const std::vector<SoundSlot>& slots);
    /// Errors: internal, the compositor was not given that chunk.
    [[nodiscard]] Status on_done(std::uint32_t chunk);
    /// Every chunk is mixed.
    [[nodiscard]] bool is_done() const { return done_ == chunks_.size(); }

  private:
    const model::Timeline& timeline_;
    CompositorLink& compositor_;
    std::vector<SoundChunk> chunks_;
    std::uint32_t sent_ = 0;
    std::uint32_t done_ = 0;
};

}  // namespace reelpool::run
