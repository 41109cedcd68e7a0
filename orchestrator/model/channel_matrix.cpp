#include "orchestrator/model/channel_matrix.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "ipc/base/result.hpp"
#include "ipc/frame/sound_settings.hpp"

namespace reelpool::model {
namespace {

constexpr double half_power = std::numbers::sqrt2 / 2;

std::uint32_t count(std::uint64_t mask) {
    return static_cast<std::uint32_t>(std::popcount(mask));
}

/// The place of a speaker among the channels of a layout that has it.
std::uint32_t place(std::uint64_t speaker, std::uint64_t mask) {
    return count(mask & (speaker - 1));
}

/// Fills in what one input channel becomes.
class Fold {
  public:
    Fold(ChannelMatrix& matrix, std::uint64_t from, std::uint64_t to, std::uint32_t input)
        : matrix_(matrix), from_(from), to_(to), input_(input) {}

    void run(std::uint64_t speaker) {
        using namespace speaker;
        if (to(speaker)) return add(speaker, 1);
        switch (speaker) {
            case front_left:
            case front_right:
                return add(front_center, half_power);
            case front_center:
                return add_both(front_left, front_right, half_power);
            case low_frequency:
                return;
            case front_left_of_center:
            case front_right_of_center:
                if (to(front_left)) return add(speaker >> 6, 1);
                return add(front_center, half_power);
            case back_left:
            case back_right:
                return surround(speaker << 5, speaker >> 4);
            case side_left:
            case side_right:
                return surround(speaker >> 5, speaker >> 9);
            case back_center:
                return rear_center();
            case top_front_left:
            case top_back_left:
                return front(front_left, half_power);
            case top_front_right:
            case top_back_right:
                return front(front_right, half_power);
            default:
                return both(0.5);  // what lies in the middle, or is not known
        }
    }

  private:
    [[nodiscard]] bool to(std::uint64_t speaker) const { return (to_ & speaker) != 0; }
    void add(std::uint64_t speaker, double gain) {
        if (to(speaker)) matrix_.at(place(speaker, to_), input_) += gain;
    }
    void add_both(std::uint64_t left, std::uint64_t right, double gain) {
        add(left, gain);
        add(right, gain);
    }
    /// On a front speaker, or what stands for it.
    void front(std::uint64_t speaker, double gain) {
        if (to(speaker)) return add(speaker, gain);
        add(speaker::front_center, gain * half_power);
    }
    void both(double gain) {
        front(speaker::front_left, gain);
        front(speaker::front_right, gain);
    }
    /// A side or back speaker: its neighbour, the middle behind, or the front.
    void surround(std::uint64_t neighbour, std::uint64_t front_speaker) {
        if (to(neighbour)) return add(neighbour, (from_ & neighbour) != 0 ? half_power : 1);
        if (to(speaker::back_center)) return add(speaker::back_center, half_power);
        front(front_speaker, half_power);
    }
    void rear_center() {
        using namespace speaker;
        if (to(back_left)) return add_both(back_left, back_right, half_power);
        if (to(side_left)) return add_both(side_left, side_right, half_power);
        both(0.5);
    }

    ChannelMatrix& matrix_;
    std::uint64_t from_;
    std::uint64_t to_;
    std::uint32_t input_;
};

using SpeakerPair = std::pair<std::uint64_t, std::uint64_t>;
constexpr std::array<SpeakerPair, 3> pairs{{{speaker::front_left, speaker::front_right},
                                            {speaker::back_left, speaker::back_right},
                                            {speaker::side_left, speaker::side_right}}};

}  // namespace

ChannelMatrix ChannelMatrix::identity(std::uint32_t channels) {
    ChannelMatrix matrix(channels, channels);
    for (std::uint32_t i = 0; i < channels; ++i) matrix.at(i, i) = 1;
    return matrix;
}

ChannelMatrix operator*(const ChannelMatrix& outer, const ChannelMatrix& inner) {
    REELPOOL_CHECK(outer.inputs_ == inner.outputs_);
    ChannelMatrix product(outer.outputs_, inner.inputs_);
    for (std::uint32_t o = 0; o < outer.outputs_; ++o)
        for (std::uint32_t k = 0; k < outer.inputs_; ++k)
            for (std::uint32_t i = 0; i < inner.inputs_; ++i)
                product.at(o, i) += outer.at(o, k) * inner.at(k, i);
    return product;
}

ChannelMatrix layout_matrix(std::uint64_t from_mask, std::uint64_t to_mask) {
    ChannelMatrix matrix(count(to_mask), count(from_mask));
    std::uint32_t input = 0;
    for (std::uint64_t rest = from_mask; rest != 0; rest &= rest - 1)
        Fold(matrix, from_mask, to_mask, input++).run(rest & (~rest + 1));
    return matrix;
}

ChannelMatrix mono_pan(double pan, std::uint64_t mask) {
    ChannelMatrix matrix(count(mask), 1);
    if ((mask & speaker::front_left) == 0) {
        matrix.at(place(speaker::front_center, mask), 0) = 1;
        return matrix;
    }
    const double angle = (pan + 1) * (std::numbers::pi / 4);
    matrix.at(place(speaker::front_left, mask), 0) = std::cos(angle);
    matrix.at(place(speaker::front_right, mask), 0) = std::sin(angle);
    return matrix;
}

ChannelMatrix stereo_pan(double pan, std::uint64_t mask) {
    ChannelMatrix matrix = ChannelMatrix::identity(count(mask));
    if (pan == 0) return matrix;  // exactly: the cosine of a right angle is not quite 0
    for (const auto& [left, right] : pairs) {
        if ((mask & left) == 0) continue;
        const std::uint32_t l = place(left, mask);
        const std::uint32_t r = place(right, mask);
        const double angle = (pan <= 0 ? pan + 1 : pan) * (std::numbers::pi / 2);
        if (pan <= 0) {
            matrix.at(l, r) = std::cos(angle);
            matrix.at(r, r) = std::sin(angle);
        } else {
            matrix.at(l, l) = std::cos(angle);
            matrix.at(r, l) = std::sin(angle);
        }
    }
    return matrix;
}

ChannelMatrix pick_matrix(const std::vector<std::uint8_t>& picks, std::uint32_t inputs) {
    ChannelMatrix matrix(static_cast<std::uint32_t>(picks.size()), inputs);
    for (std::uint32_t k = 0; k < picks.size(); ++k)
        if (picks[k] > 0) matrix.at(k, picks[k] - 1U) = 1;
    return matrix;
}

}  // namespace reelpool::model
