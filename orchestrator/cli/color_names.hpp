#pragma once

#include "ipc/frame/color.hpp"

namespace reelpool::cli {

// FFmpeg's words for code points of ITU-T H.273; "other" for those without a name here.
[[nodiscard]] const char* name_of(ColorMatrix matrix);
[[nodiscard]] const char* name_of(ColorPrimaries primaries);
[[nodiscard]] const char* name_of(ColorTransfer transfer);
[[nodiscard]] const char* name_of(ColorRange range);
[[nodiscard]] const char* name_of(ChromaSiting siting);

}  // namespace reelpool::cli
