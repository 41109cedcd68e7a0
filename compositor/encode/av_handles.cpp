#include "compositor/encode/av_handles.hpp"

#include <array>
#include <cerrno>
#include <cstring>

extern "C" {
#include <libavutil/error.h>
}

namespace reelpool::compositor {
namespace {

std::string file_hint(int errno_value) {
    switch (errno_value) {
        case ENOSPC:
        case EDQUOT:
            return "free space on that disk, or write to another one, and export again";
        case EFBIG:
            return "raise the limit on the size of files, or write to another disk";
        case EEXIST:
            return "another export may be writing there; if none is, delete it and export again";
        case ENOENT:
        case ENOTDIR:
            return "create the folder first";
        case EACCES:
        case EPERM:
        case EROFS:
            return "choose a folder that may be written to";
        case EIO:
            return "the disk may be failing; write to another one";
        default:
            return {};
    }
}

}  // namespace

std::string av_error_text(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

Error encoder_error(std::string what, int av_error) {
    const bool is_shortage = av_error == AVERROR(ENOMEM) || av_error == AVERROR(EAGAIN);
    return {.code = is_shortage ? ErrorCode::retryable : ErrorCode::output,
            .component = Component::encoder,
            .subject = {},
            .what = std::move(what),
            .cause = av_error_text(av_error),
            .hint = is_shortage ? "close other programs or raise the memory limit" : ""};
}

Error internal_error(Component component, std::string what) {
    return {.code = ErrorCode::internal,
            .component = component,
            .subject = {},
            .what = std::move(what),
            .cause = {},
            .hint = "this is a bug in Reelpool: please report it with the project file"};
}

Error file_error(const std::string& path, std::string what, int errno_value) {
    return {.code = ErrorCode::output,
            .component = Component::output,
            .subject = path,
            .what = std::move(what),
            .cause = std::strerror(errno_value),
            .hint = file_hint(errno_value)};
}

}  // namespace reelpool::compositor
