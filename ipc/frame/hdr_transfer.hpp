#pragma once

#include "ipc/frame/color.hpp"

namespace reelpool {

/// Whether its codes reach beyond SDR's white: SMPTE ST 2084 and ARIB STD-B67.
[[nodiscard]] constexpr bool is_hdr(ColorTransfer transfer) {
    return transfer == ColorTransfer::pq || transfer == ColorTransfer::hlg;
}

}  // namespace reelpool
