#pragma once

#include <string>

#include "ipc/base/result.hpp"

namespace reelpool::av {

/// What an AVERROR number means, in FFmpeg's words.
[[nodiscard]] std::string error_text(int averror);

/// An Error for a failed FFmpeg call; `what` names the call or what it was for.
/// Memory and descriptor shortage become ErrorCode::retryable, all else keeps `code`.
[[nodiscard]] Error av_error(ErrorCode code, Component component, std::string what, int averror);

}  // namespace reelpool::av
