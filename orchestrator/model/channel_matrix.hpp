#pragma once

#include <cstdint>
#include <vector>

namespace reelpool::model {

/// A linear map from some channels to others, by rows of outputs.
class ChannelMatrix {
  public:
    ChannelMatrix(std::uint32_t outputs, std::uint32_t inputs)
        : outputs_(outputs), inputs_(inputs), gains_(std::size_t{outputs} * inputs) {}
    [[nodiscard]] static ChannelMatrix identity(std::uint32_t channels);

    [[nodiscard]] std::uint32_t outputs() const { return outputs_; }
    [[nodiscard]] std::uint32_t inputs() const { return inputs_; }
    [[nodiscard]] double& at(std::uint32_t output, std::uint32_t input) {
        return gains_[std::size_t{output} * inputs_ + input];
    }
    [[nodiscard]] double at(std::uint32_t output, std::uint32_t input) const {
        return gains_[std::size_t{output} * inputs_ + input];
    }
    friend bool operator==(const ChannelMatrix&, const ChannelMatrix&) = default;
    /// First `inner`, then `outer`.
    friend ChannelMatrix operator*(const ChannelMatrix& outer, const ChannelMatrix& inner);

  private:
    std::uint32_t outputs_;
    std::uint32_t inputs_;
    std::vector<double> gains_;
};

/// What channels of one speaker layout become in another: a speaker that is there keeps its
/// channel; one that is not is shared among its neighbours. LFE is dropped where there is none.
/// Source: ITU-R BS.775-3, table 2 (down-mixing), and the same factors for what it does not list.
[[nodiscard]] ChannelMatrix layout_matrix(std::uint64_t from_mask, std::uint64_t to_mask);

/// One channel on a place between left and right: equal power; without a left and a right, the
/// centre. `pan` is in -1..1.
[[nodiscard]] ChannelMatrix mono_pan(double pan, std::uint64_t mask);

/// Moves what every pair of left and right plays towards one side.
/// Source: W3C Web Audio API, StereoPannerNode.
[[nodiscard]] ChannelMatrix stereo_pan(double pan, std::uint64_t mask);

/// Output k is channel picks[k] - 1, or silent where it is 0.
[[nodiscard]] ChannelMatrix pick_matrix(const std::vector<std::uint8_t>& picks,
                                        std::uint32_t inputs);

}  // namespace reelpool::model
