#pragma once

#include <cstdint>

namespace reelpool::run {

enum class EngineKind : std::uint8_t { v1, v2 };
/// What the user asked for.
enum class EngineChoice : std::uint8_t { automatic, v1, v2 };

}  // namespace reelpool::run
