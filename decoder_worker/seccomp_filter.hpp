#pragma once

#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// From now on this process can do what a decoder does: compute, manage its memory and its threads,
/// read the descriptors that it has, and speak on its channel. Looking for files is answered with
/// EACCES, because libraries do that and go on without. Everything else kills the process (SIGSYS).
/// Thread: the process must have no other (a sanitizer's are included).
/// Errors: the kernel refuses the filter.
[[nodiscard]] Status allow_only_decoding();

}  // namespace reelpool::worker
