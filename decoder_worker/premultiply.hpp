#pragma once

#include <cstdint>
#include <vector>

#include "decoder_worker/planar_picture.hpp"
#include "ipc/frame/color.hpp"

namespace reelpool::worker {

/// Multiplies straight alpha into a picture's colours, per sample in the picture's own depth:
/// v' = zero + round((v - zero) x a / amax). Zero is black for luma (of limited or full range),
/// the middle for chroma, 0 for R, G, B. A subsampled chroma sample uses the mean alpha of the luma
/// samples that it covers.
/// Thread: one at a time; it owns the planes of its last result.
class Premultiplier {
  public:
    /// Shape: `picture` has an alpha plane, which the result shares.
    [[nodiscard]] PlanarPicture apply(const PlanarPicture& picture, ColorRange range);

  private:
    void sum_alpha(const PlanarPicture& picture);

    std::vector<std::byte> planes_[3];
    std::vector<std::uint32_t> alpha_sums_;    ///< per chroma sample
    std::vector<std::uint32_t> alpha_maxima_;  ///< the sum that means opaque
};

}  // namespace reelpool::worker
