#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder_worker/planar_picture.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool::worker {

/// Where a plane is written to.
struct PlaneTarget {
    std::byte* data = nullptr;
    std::size_t stride_bytes = 0;
};

/// Averages planes down to a level: sums of samples are exact (an odd last sample is paired with
/// itself at each halving, a side of one sample is halved no more) and rounded once,
/// (sum + half) >> halvings.
/// Thread: one at a time; it keeps its scratch rows between calls.
class Halver {
  public:
    /// Writes `source` at `level`; level (0, 0) copies.
    /// Shape: the target has room for halved(width, level.x) by halved(height, level.y) samples of
    /// `sample_bytes` (1 or 2).
    void write(const PlaneView& source, int sample_bytes, Level level, PlaneTarget target);

  private:
    void write_bytes(const PlaneView& source, int nx, int ny, PlaneTarget target);
    void write_words(const PlaneView& source, int nx, int ny, PlaneTarget target);
    void write_any(const PlaneView& source, int sample_bytes, int nx, int ny, PlaneTarget target);

    std::vector<std::uint16_t> words_[2];
    std::vector<std::uint32_t> longs_[2];
    std::vector<std::uint64_t> sums_;
};

}  // namespace reelpool::worker
