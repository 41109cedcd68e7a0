#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/seek_stress/access_patterns.hpp"
#include "tools/seek_stress/picture_hash.hpp"
#include "tools/seek_stress/worker_driver.hpp"

namespace reelpool::seek_stress {

/// A frame that came out otherwise than from linear decoding.
struct Mismatch {
    std::uint32_t frame = 0;
    std::int64_t pts = 0;
    std::string what;  ///< what differs, in words
    friend bool operator==(const Mismatch&, const Mismatch&) = default;
};

/// What a number of requests brought to light.
struct Comparison {
    std::uint64_t frames = 0;     ///< compared
    std::uint64_t concealed = 0;  ///< not compared: the codec flagged errors in them, and what it
                                  ///< puts in their place depends on its threads
    std::vector<Mismatch> mismatches;
};

/// Sends the requests, waits for their frames, and compares each with `linear`.
/// Errors: the worker failed.
[[nodiscard]] Result<Comparison> compare_requests(WorkerDriver& worker,
                                                  const std::vector<Request>& requests,
                                                  const std::vector<PictureHash>& linear);

}  // namespace reelpool::seek_stress
