#include "ipc/base/result.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace reelpool {

const char* component_name(Component component) {
    switch (component) {
        case Component::project:
            return "Project";
        case Component::planner:
            return "Planner";
        case Component::shared_decoder:
            return "SharedDecoder";
        case Component::frame_cache:
            return "FrameCache";
        case Component::worker:
            return "Worker";
        case Component::nested_renderer:
            return "NestedRenderer";
        case Component::compositor:
            return "Compositor";
        case Component::encoder:
            return "Encoder";
        case Component::output:
            return "Output";
    }
    return "Unknown";
}

std::string to_string(const Error& error) {
    std::string text = component_name(error.component);
    if (!error.subject.empty()) text += ": " + error.subject;
    text += ": " + error.what;
    if (!error.cause.empty()) text += " (" + error.cause + ")";
    if (!error.hint.empty()) text += "; " + error.hint;
    return text;
}

Error errno_error(Component component, std::string what, int errno_value) {
    return Error{.code = ErrorCode::retryable,
                 .component = component,
                 .subject = {},
                 .what = std::move(what),
                 .cause = std::strerror(errno_value),
                 .hint = {}};
}

void fail_check(const char* expression, const char* file, int line) {
    std::fprintf(stderr, "reelpool: internal error: %s does not hold (%s:%d)\n", expression, file,
                 line);
    std::abort();
}

}  // namespace reelpool
