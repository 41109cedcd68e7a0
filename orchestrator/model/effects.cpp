#include "orchestrator/model/effects.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::model {
namespace {

PictureEffect effect_at(const ClipEffect& from, const Time& local) {
    PictureEffect effect{.kind = from.kind, .values = {}, .table = from.table};
    std::size_t at = 0;
    for (const PictureEffectParameter& parameter : effect.type().parameters) {
        for (std::uint8_t n = 0; n < parameter.numbers; ++n) {
            // Eases may overshoot.
            const double value =
                std::clamp(from.values[at++].at(local)[0], parameter.low, parameter.high);
            effect.values.push_back(parameter.is_whole ? std::floor(value) : value);
        }
    }
    return effect;
}

}  // namespace

std::vector<PictureEffect> effects_at(const Clip& clip, const Track& track, const Time& local) {
    std::vector<PictureEffect> effects;
    for (const auto* list : {&clip.effects, &track.picture_effects}) {
        for (const ClipEffect& from : *list) {
            PictureEffect effect = effect_at(from, local);
            if (!is_neutral(effect)) effects.push_back(std::move(effect));
        }
    }
    return effects;
}

bool need_full_level(const std::vector<PictureEffect>& effects) {
    return std::any_of(effects.begin(), effects.end(), [](const PictureEffect& effect) {
        return effect.type().nature == EffectNature::always_changes;
    });
}

}  // namespace reelpool::model
