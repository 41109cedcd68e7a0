#pragma once

#include <cstdint>
#include <optional>

#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// Where the samples of a stream lie, counted from time 0 of its container.
///
/// Within a stretch samples are counted; only where a stretch begins, at the start, after a seek
/// and where the time stamps leave the count, a time stamp tells its place. Time stamps that are
/// coarser than samples (milliseconds, in Matroska) or guessed by demuxers (of the later frames of
/// a packet, in transport streams) still say which frame it is, and frames of a fixed length lie on
/// a grid. Thread: one at a time.
class SoundClock {
  public:
    /// A time stamp that is so far from the count is believed: less than half a frame of 30 fps,
    /// and more than what time stamps jitter.
    static constexpr int gap_ms = 15;
    /// One that lies so far before it is not: the stamps start anew, the sound does not.
    static constexpr int reset_ms = 1000;

    SoundClock(AVRational time_base, int rate_hz) : time_base_(time_base), rate_hz_(rate_hz) {}

    /// What the first frames were like. `length`: of all but the last frame; 0: they differ.
    void learn(std::int64_t first, std::int64_t second, std::int64_t length);
    /// Time stamps alone do not tell where a sample lies.
    [[nodiscard]] bool must_count() const { return is_coarse() && length_ == 0; }

    /// The sample at a time stamp; nothing for none, or an absurd one.
    [[nodiscard]] std::optional<std::int64_t> sample_at(std::int64_t pts) const;
    [[nodiscard]] std::int64_t pts_before(std::int64_t sample) const;

    /// The next frame lies there, unless its time stamp says something else.
    void expect(std::int64_t sample);
    /// The next frame begins a stretch.
    void lose_count() { is_counting_ = false; }
    /// Where a frame lies, or nothing where nobody knows.
    [[nodiscard]] std::optional<std::int64_t> place(std::int64_t pts, std::int64_t samples);

  private:
    [[nodiscard]] bool is_coarse() const;
    [[nodiscard]] std::int64_t on_grid(std::int64_t sample) const;

    AVRational time_base_;
    int rate_hz_;
    std::int64_t anchor_ = 0;  ///< a point of the grid
    std::int64_t length_ = 0;  ///< of frames, if they all have the same
    std::int64_t next_ = 0;
    bool is_counting_ = false;
};

}  // namespace reelpool::worker
