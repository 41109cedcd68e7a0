#include "ipc/av/errors.hpp"

extern "C" {
#include <libavutil/error.h>
}

#include <array>
#include <cerrno>
#include <utility>

namespace reelpool::av {

std::string error_text(int averror) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(averror, text.data(), text.size());
    return text.data();
}

Error av_error(ErrorCode code, Component component, std::string what, int averror) {
    const bool is_shortage = averror == AVERROR(ENOMEM) || averror == AVERROR(EAGAIN) ||
                             averror == AVERROR(EMFILE) || averror == AVERROR(ENFILE);
    return Error{.code = is_shortage ? ErrorCode::retryable : code,
                 .component = component,
                 .subject = {},
                 .what = std::move(what),
                 .cause = error_text(averror),
                 .hint = {}};
}

}  // namespace reelpool::av
