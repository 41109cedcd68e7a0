#include "compositor/render/fused_effects.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

#include "effect_names.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::compositor {
namespace {

static_assert(EFFECT_ENTRIES * ENTRY_WORDS == max_effect_numbers);
static_assert(FUSED_EFFECTS * 8 <= 32 && std::size(shaders::effect_names) < 255);

/// Its number in effects.comp.
std::uint32_t shader_number(const PictureEffect& effect) {
    const auto begin = std::begin(shaders::effect_names);
    const std::string_view name =
        effect.table.dimensions == 1 ? std::string_view("curves") : effect.type().name;
    const auto found = std::find(begin, std::end(shaders::effect_names), name);
    REELPOOL_CHECK(found != std::end(shaders::effect_names));
    return static_cast<std::uint32_t>(found - begin) + 1;
}

void add_numbers(const PictureEffect& effect, std::vector<shaders::ListEntry>& entries) {
    std::array<std::uint32_t, max_effect_numbers> words{};
    for (std::size_t i = 0; i < effect.values.size(); ++i)
        words[i] = std::bit_cast<std::uint32_t>(static_cast<float>(effect.values[i]));
    if (effect.table.dimensions != 0) {
        words[0] = std::bit_cast<std::uint32_t>(static_cast<float>(effect.table.first));
        words[1] = std::bit_cast<std::uint32_t>(static_cast<float>(effect.table.size));
    }
    for (std::size_t i = 0; i < words.size(); i += ENTRY_WORDS)
        entries.push_back({words[i], words[i + 1], words[i + 2], words[i + 3]});
}

}  // namespace

std::vector<FusedEffects> fused(const std::vector<PictureEffect>& effects) {
    std::vector<FusedEffects> chains;
    for (std::size_t i = 0; i < effects.size(); ++i) {
        const std::size_t place = i % FUSED_EFFECTS;
        if (place == 0) chains.emplace_back();
        chains.back().effects |= shader_number(effects[i]) << (8 * place);
        add_numbers(effects[i], chains.back().numbers);
    }
    return chains;
}

}  // namespace reelpool::compositor
