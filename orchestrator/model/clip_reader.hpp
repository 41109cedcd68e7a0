#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/value_reader.hpp"

namespace reelpool::model {

/// The names that clips may refer to. Owner: the document whose texts they are.
struct ProjectNames {
    std::unordered_map<std::string_view, std::uint32_t> media;
    std::unordered_map<std::string_view, std::uint32_t> comps;
    TableFile& tables;  ///< where those of effects go
};

/// What a clip's or a track's gain may be.
inline constexpr NumberRange gain_range_db{-200, 60};

/// Reads clip `index` of a track whose comp runs at `fps`.
[[nodiscard]] Clip read_clip(Problems& problems, JsonValue value, const Place& place,
                             std::uint32_t index, const Rational& fps, const ProjectNames& names);

}  // namespace reelpool::model
