#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "compositor/sound/effect_chain.hpp"
#include "compositor/sound/sample_sum.hpp"

namespace reelpool::compositor {

/// One bus of the mix while it is there: what is added up for it, its effects, and where what comes
/// out of them goes. Effects may give samples later than they got them, so a bus runs behind what
/// is added to it, and whatever hears it waits. Thread: one.
class Bus {
  public:
    /// `parent`: null: the mix itself.
    /// Errors: internal: the effects cannot be made.
    [[nodiscard]] static Result<std::shared_ptr<Bus>> create(const SoundBus& description,
                                                             std::shared_ptr<Bus> parent,
                                                             std::uint32_t rate_hz,
                                                             std::uint64_t mix_mask);

    [[nodiscard]] std::uint64_t key() const { return key_; }
    /// Whether a later chunk means the same bus by its key: channels, routes and effects.
    [[nodiscard]] bool is_described_by(const SoundBus& description) const;
    [[nodiscard]] const std::shared_ptr<Bus>& parent() const { return parent_; }
    [[nodiscard]] SampleSum& input() { return input_; }
    [[nodiscard]] const std::vector<std::shared_ptr<Bus>>& keys() const { return keys_; }
    /// Whose sounds its ducks hear.
    void set_keys(std::vector<std::shared_ptr<Bus>> keys) { keys_ = std::move(keys); }

    /// It goes on, with these gains.
    void extend(const SoundBus& description);
    /// It ends where it was last extended to.
    void end() { is_over_ = true; }
    [[nodiscard]] bool is_over() const { return is_over_; }
    [[nodiscard]] std::uint64_t end_sample() const { return end_; }

    /// What it gives is known up to here; a finished one is known for ever.
    [[nodiscard]] std::uint64_t known_to() const {
        return is_finished() ? ~std::uint64_t{0} : done_;
    }
    [[nodiscard]] bool is_finished() const { return is_over_ && done_ >= end_; }
    /// Samples that its effects have got.
    [[nodiscard]] std::uint64_t fed_to() const { return fed_; }

    /// Nothing before `complete` will be added any more: plays it into `to`.
    /// Errors: render.
    [[nodiscard]] Status advance(std::uint64_t complete, SampleSum& to);

    /// No duck needs what was heard before `sample` any more.
    void forget_heard(std::uint64_t sample);

  private:
    struct Envelope {
        std::vector<std::uint64_t> points;
        std::vector<double> gains;
    };
    Bus(const SoundBus& description, std::shared_ptr<Bus> parent, std::uint32_t mix_channels);
    [[nodiscard]] Result<SampleRows> run_effects(std::uint64_t complete);
    [[nodiscard]] SampleRows heard_between(std::uint64_t begin, std::uint64_t end) const;
    void play(const SampleRows& samples, SampleSum& to);

    const std::uint64_t key_;
    const std::shared_ptr<Bus> parent_;
    const std::uint64_t layout_mask_;
    const std::vector<SoundRoute> routes_;
    const std::vector<SoundEffect> effects_;
    SampleSum input_;
    std::optional<EffectChain> chain_;  ///< none: it is only listened to
    std::vector<std::shared_ptr<Bus>> keys_;
    std::deque<Envelope> envelopes_;  ///< from `done_` on
    std::uint64_t end_;
    std::uint64_t fed_;
    std::uint64_t done_;
    bool is_over_ = false;
    bool is_flushed_ = false;
    SampleSum heard_sum_;        ///< with its gains, in the channels of the mix
    SampleRows heard_;           ///< the same, as far as it is known
    std::uint64_t heard_begin_;  ///< sample of the first of these
};

}  // namespace reelpool::compositor
