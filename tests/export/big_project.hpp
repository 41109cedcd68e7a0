#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reelpool::export_test {

/// The size of the big project: 6 files, 12 layers, comps nested 4 deep below the main one.
///
/// One layer fills the frame; eleven small ones lie around its middle, so that every barcode of
/// the project made from barcode clips stays readable. Layers turn, shrink, fade, are cropped,
/// slowed, reversed and remapped; two of the nests are groups with an opacity.
struct BigProject {
    int width = 1920;
    int height = 1080;
    int seconds = 30;  ///< even; the output has 30 frames a second
};

/// One of its six files.
struct BigProjectFile {
    int media_id = 0;  ///< 1..6; the project calls it f1..f6 and the file is f1.mp4..f6.mp4
    std::string fps;
    int frames = 0;
    int keyframe_interval = 250;
};

[[nodiscard]] std::vector<BigProjectFile> big_project_files(const BigProject& shape);

/// The project's text; its files lie in a folder of that name beside it.
[[nodiscard]] std::string big_project_text(const BigProject& shape, const std::string& folder);

/// Makes the six files from barcode clips, or from any footage (shifted, mirrored and tinted).
void make_barcode_files(const BigProject& shape, const std::filesystem::path& folder);
void make_footage_files(const BigProject& shape, const std::filesystem::path& footage,
                        const std::filesystem::path& folder);

}  // namespace reelpool::export_test
