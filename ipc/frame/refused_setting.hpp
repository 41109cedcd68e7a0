#pragma once

#include <string>
#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool {

/// A setting of the output that cannot be had. Errors: usage.
[[nodiscard]] inline Unexpected refused_setting(std::string what, std::string hint) {
    return unexpected({.code = ErrorCode::usage,
                       .component = Component::output,
                       .subject = {},
                       .what = std::move(what),
                       .cause = {},
                       .hint = std::move(hint)});
}

/// The names of all items, for the hint.
template <class Items, class Name>
[[nodiscard]] std::string listed(const Items& items, Name name) {
    std::string text;
    for (const auto& item : items) {
        if (!text.empty()) text += ", ";
        text += name(item);
    }
    return text;
}

}  // namespace reelpool
