#pragma once

#include <string>

namespace reelpool::export_test {

/// A project with up to three comps inside each other, made from a seed, the same everywhere.
///
/// It mixes what the format has: solids, media, nests, speed, reverse, remap, fades, opacity,
/// crop, fit, anchors, positions, scales, rotations, most of them animated now and then.
[[nodiscard]] std::string random_project(unsigned seed);

/// Frames of the main comp of every random project.
inline constexpr int random_project_frames = 16;

}  // namespace reelpool::export_test
