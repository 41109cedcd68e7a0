#pragma once

#include <atomic>
#include <cstdint>

namespace reelpool::worker {

/// What all cursors of a worker have done. Thread: any.
struct Counters {
    std::atomic<std::uint64_t> frames_decoded{0};
    std::atomic<std::uint64_t> frames_skipped{0};
    std::atomic<std::uint64_t> frames_copied{0};
    std::atomic<std::uint64_t> frames_direct{0};
    std::atomic<std::uint64_t> frames_converted{0};
    std::atomic<std::uint64_t> seeks{0};
    std::atomic<std::uint64_t> seek_corrections{0};
    std::atomic<std::uint64_t> sound_blocks{0};
    std::atomic<std::uint64_t> sound_seeks{0};
    std::atomic<std::uint64_t> copy_ns{0};             ///< CPU time of copies at full size
    std::atomic<std::uint64_t> picture_bytes_read{0};  ///< of image sequences, file by file
};

}  // namespace reelpool::worker
