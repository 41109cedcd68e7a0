#pragma once

#include <cstdint>

namespace reelpool::compositor {

/// How many specialisations of its shader a device gets. The picture is the same.
enum class Variants : std::uint8_t {
    automatic,  ///< `exact` for CPUs, `families` for GPUs
    exact,      ///< one for each set of kinds: a CPU runs both sides of a branch, and compiles fast
    families,   ///< one for each module: a GPU branches for nothing, and compiles for a second
};

}  // namespace reelpool::compositor
