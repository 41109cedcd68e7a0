#include "compare.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "reference_error.hpp"

namespace reelpool::reference {

std::vector<PlaneDifference> compare(const OutputPicture& a, const OutputPicture& b) {
    if (a.planes.size() != b.planes.size()) throw ReferenceError("the plane counts differ");
    std::vector<PlaneDifference> differences;
    for (std::size_t p = 0; p < a.planes.size(); ++p) {
        const Plane& first = a.planes[p];
        const Plane& second = b.planes[p];
        if (first.width != second.width || first.height != second.height) {
            throw ReferenceError("the plane sizes differ");
        }
        PlaneDifference difference;
        double squares = 0;
        for (std::size_t k = 0; k < first.samples.size(); ++k) {
            const auto is_unsure = [k, p](const OutputPicture& picture) {
                return !picture.unsure.empty() && picture.unsure[p].samples[k] != 0;
            };
            if (is_unsure(a) || is_unsure(b)) continue;
            const int gap = std::abs(int(first.samples[k]) - int(second.samples[k]));
            squares += double(gap) * gap;
            if (gap > difference.largest) {
                difference.largest = gap;
                difference.x = static_cast<int>(k) % first.width;
                difference.y = static_cast<int>(k) / first.width;
            }
        }
        const double peak = std::ldexp(1.0, a.depth) - 1;
        const double mean = squares / static_cast<double>(first.samples.size());
        difference.psnr_db = mean == 0 ? 999 : 10 * std::log10(peak * peak / mean);
        differences.push_back(difference);
    }
    return differences;
}

std::string to_string(const std::vector<PlaneDifference>& differences) {
    std::string line;
    for (std::size_t p = 0; p < differences.size(); ++p) {
        const PlaneDifference& d = differences[p];
        char text[120];
        std::snprintf(text, sizeof text, "plane %zu: %.1f dB, max %d at (%d, %d); ", p, d.psnr_db,
                      d.largest, d.x, d.y);
        line += text;
    }
    return line;
}

}  // namespace reelpool::reference
