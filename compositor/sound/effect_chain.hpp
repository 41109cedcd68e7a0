#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/frame/sound_effect.hpp"

namespace reelpool::compositor {

/// Effects that one sound passes through, made of libavfilter's filters in one graph of one thread.
/// As many samples come out as go in, some of them later.
/// Thread: one.
class EffectChain {
  public:
    /// Errors: internal, libavfilter does not take what the table allows.
    [[nodiscard]] static Result<EffectChain> create(const std::vector<SoundEffect>& effects,
                                                    std::uint32_t rate_hz,
                                                    std::uint64_t layout_mask,
                                                    std::uint64_t key_mask);

    EffectChain(EffectChain&&) noexcept;
    EffectChain& operator=(EffectChain&&) = delete;
    ~EffectChain();

    using Rows = std::vector<std::vector<float>>;  ///< by channel
    /// The next samples, and as many of every key, in the order of the ducks.
    /// Appends what comes out. Errors: render.
    [[nodiscard]] Status push(const Rows& samples, std::span<const Rows> keys, Rows& out);
    /// There are no more. Appends what was still inside, tails included.
    [[nodiscard]] Status finish(Rows& out);

  private:
    struct State;
    explicit EffectChain(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace reelpool::compositor
