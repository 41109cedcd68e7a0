#pragma once

#include <string>
#include <vector>

#include "output_picture.hpp"

namespace reelpool::reference {

/// How far one plane is from another.
struct PlaneDifference {
    double psnr_db = 0;  ///< 999 for equal planes
    int largest = 0;     ///< largest absolute difference, in codes
    int x = 0, y = 0;    ///< where the largest is
};

/// Compares plane by plane, all samples that are sure; throws ReferenceError when the sizes differ.
[[nodiscard]] std::vector<PlaneDifference> compare(const OutputPicture& a, const OutputPicture& b);

/// The differences as one line of text, for test messages.
[[nodiscard]] std::string to_string(const std::vector<PlaneDifference>& differences);

}  // namespace reelpool::reference
