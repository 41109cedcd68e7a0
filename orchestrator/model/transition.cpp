#include "orchestrator/model/transition.hpp"

namespace reelpool::model {
namespace {

/// Where what comes begins; nothing for transitions that move nothing.
std::optional<Value> origin_of(TransitionKind kind) {
    switch (kind) {
        case TransitionKind::slide_left:
        case TransitionKind::push_left:
            return Value{1, 0};
        case TransitionKind::slide_right:
        case TransitionKind::push_right:
            return Value{-1, 0};
        case TransitionKind::slide_up:
        case TransitionKind::push_up:
            return Value{0, 1};
        case TransitionKind::slide_down:
        case TransitionKind::push_down:
            return Value{0, -1};
        case TransitionKind::dissolve:
        case TransitionKind::wipe_left:
        case TransitionKind::wipe_right:
        case TransitionKind::wipe_up:
        case TransitionKind::wipe_down:
        case TransitionKind::iris:
        case TransitionKind::dip:
            break;
    }
    return std::nullopt;
}

bool is_push(TransitionKind kind) {
    return kind >= TransitionKind::push_left && kind <= TransitionKind::push_down;
}

}  // namespace

Offsets offsets_of(TransitionKind kind, double progress) {
    Offsets offsets;
    const std::optional<Value> origin = origin_of(kind);
    if (!origin) return offsets;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        offsets.coming[axis] = (*origin)[axis] * (1 - progress);
        // Ahead of it by the comp's size.
        if (is_push(kind)) offsets.leaving[axis] = offsets.coming[axis] - (*origin)[axis];
    }
    return offsets;
}

std::optional<MixKind> mix_of(TransitionKind kind) {
    if (origin_of(kind)) return std::nullopt;
    if (kind == TransitionKind::wipe_left) return MixKind::wipe_left;
    if (kind == TransitionKind::wipe_right) return MixKind::wipe_right;
    if (kind == TransitionKind::wipe_up) return MixKind::wipe_up;
    if (kind == TransitionKind::wipe_down) return MixKind::wipe_down;
    return kind == TransitionKind::iris ? MixKind::iris : MixKind::dissolve;
}

}  // namespace reelpool::model
