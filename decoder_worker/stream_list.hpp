#pragma once

#include <vector>

#include "ipc/av/handles.hpp"
#include "ipc/frame/media_info.hpp"

namespace reelpool::worker {

/// Every stream of a container, as far as its header and probing tell. `shown` is the index of the
/// one whose pictures are meant.
[[nodiscard]] std::vector<StreamSummary> list_streams(const AVFormatContext& container, int shown);

}  // namespace reelpool::worker
