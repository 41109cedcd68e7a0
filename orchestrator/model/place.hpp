#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ipc/base/rational.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::model {

/// Where something stands in the project file. Units: both count from 1; 0: unknown.
struct TextPosition {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const TextPosition&, const TextPosition&) = default;
};

/// One step of a path such as `comps.main.tracks[0].clips[2].opacity`.
/// Owner: the caller's stack; a place must not outlive its parent.
struct Place {
    const Place* parent = nullptr;
    std::string_view name = {};  ///< member of an object, when `index` < 0
    std::int64_t index = -1;     ///< element of a list
};

[[nodiscard]] std::string to_text(const Place& place);

/// `comps.main`, or `comps["my comp"]` where the name is no plain word.
[[nodiscard]] std::string member_path(std::string_view list, std::string_view name);

/// The text of a name or value inside double quotes, shortened and made safe for a terminal.
[[nodiscard]] std::string quoted(std::string_view text);

/// Seconds for people: "2.5 s", or "1001/30000 s" where the decimal does not end.
[[nodiscard]] std::string seconds_text(const Time& time);

/// An error in the project file. `path` is the place in words, such as `comps.main.width`.
[[nodiscard]] Error project_error(TextPosition position, std::string_view path, std::string what,
                                  std::string hint = {});

/// The known name nearest to `wrong`, or "" when none is near.
[[nodiscard]] std::string nearest_name(std::string_view wrong,
                                       std::span<const std::string_view> known);

}  // namespace reelpool::model
