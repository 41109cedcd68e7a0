#pragma once

#include <filesystem>
#include <string>

namespace reelpool::export_test {

/// Makes the twelve media of engine projects: random media, and four with GOPs of 12 to 250 frames.
void make_engine_media(const std::filesystem::path& folder);

/// A project made from a seed, the same everywhere, that asks much of a decoder shared by clips.
///
/// Shape: comps nested 0 to 6 deep, 1 to 12 files, 1 to 40 clips on tracks that overlap; speeds
/// from 1/4 to 4, constant or keyed, reverse, remap; at most 320x180 and 60 frames. By turns of the
/// seed a project is a mixture; a wall of one file at several offsets and sizes; at a few frames a
/// second with a file that comes back at its end; or many cuts.
[[nodiscard]] std::string engine_project(unsigned seed);

}  // namespace reelpool::export_test
