#pragma once

#include <string>
#include <vector>

#include "blend.hpp"

namespace reelpool::reference {

/// An effect on pictures at one time, its parameters in the documentation's order; those of red,
/// green and blue are three.
struct Effect {
    std::string name;
    std::vector<double> values;
};

/// Straight R'G'B' after the effects, one after the other; each gets it clamped to 0..1, and so it
/// comes out. `unsure`: as of Layered.
[[nodiscard]] Rgb changed(const std::vector<Effect>& effects, Rgb colour, bool& unsure);

}  // namespace reelpool::reference
