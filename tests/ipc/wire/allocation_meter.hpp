#pragma once

#include <cstddef>

namespace reelpool::test {

/// The largest single allocation by operator new since the last call of `reset_allocations`.
/// Thread: any, but all threads share one meter.
[[nodiscard]] std::size_t largest_allocation();
void reset_allocations();

}  // namespace reelpool::test
