#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ipc/frame/picture_effect.hpp"

namespace reelpool::model {

/// A look-up table of an effect: R'G'B' for evenly spaced R'G'B'.
struct EffectTable {
    std::uint32_t dimensions = 3;  ///< 1: each component by itself
    std::uint32_t size = 2;        ///< entries along one dimension, >= 2
    std::array<float, 3> low{0, 0, 0};  ///< what the first entry is for
    std::array<float, 3> high{1, 1, 1};
    std::vector<std::array<float, 3>> entries;  ///< red varies fastest
};

/// Tables one after the other as the compositor reads them.
class TableFile {
  public:
    /// Appends the table and says where it is.
    [[nodiscard]] EffectTablePlace add(const EffectTable& table);
    [[nodiscard]] std::span<const float> floats() const { return floats_; }

  private:
    std::vector<float> floats_;
};

}  // namespace reelpool::model
