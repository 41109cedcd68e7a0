#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

/// The shader's parameter blocks and shared numbers as C++; the text is the shader's own.
namespace reelpool::shaders {

using uint = std::uint32_t;
#include "shaders/include/constants.glsl"
#include "shaders/include/parameters.glsl"

/// std430 gives an array of structs of 32-bit scalars a stride of their bare sum.
template <class Block, std::size_t words>
inline constexpr bool is_scalar_block =
    std::is_trivially_copyable_v<Block>&& std::is_standard_layout_v<Block> &&
    sizeof(Block) == words * 4 && alignof(Block) == 4;

static_assert(is_scalar_block<Tile, TILE_WORDS>);
static_assert(is_scalar_block<Sample, SAMPLE_WORDS>);
static_assert(is_scalar_block<Coverage, COVERAGE_WORDS>);
// The shader loads the members by their order.
static_assert(offsetof(Tile, initial) == 5 * 4);
static_assert(offsetof(Sample, scale) == 2 * 4);
static_assert(offsetof(Sample, column_x) == 8 * 4);
static_assert(offsetof(Sample, half_width) == 16 * 4);
static_assert(offsetof(Sample, last_row) == 21 * 4);
static_assert(offsetof(Coverage, top_c) == 8 * 4);
static_assert(offsetof(Coverage, bottom_c) == 11 * 4);

/// An item or a segment's header in a list.
struct ListEntry {
    std::uint32_t x = 0, y = 0, z = 0, w = 0;
};
static_assert(sizeof(ListEntry) == ENTRY_WORDS * 4);

/// What a module's pipelines can do, and its SPIR-V.
struct Module {
    std::uint32_t kinds;
    std::span<const std::uint32_t> spirv;
};

/// What a dispatch is told: first words of its tiles and of the sections.
struct Push {
    std::uint32_t tiles = 0, lists = 0, samples = 0, coverages = 0;
    std::uint32_t zero = 0;
};
static_assert(sizeof(Push) == 20);

static_assert(TILE_WIDTH == LOCAL_WIDTH * PIXELS_X);
static_assert(TILE_HEIGHT == LOCAL_HEIGHT * PIXELS_Y);
static_assert(SCRATCH_TILE_WORDS * 16 == TILE_WIDTH * TILE_HEIGHT * 8);

}  // namespace reelpool::shaders
