#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reelpool::plan::test {

/// A part of a comp of 1920x1080.
struct Place {
    int x = 0;
    int y = 0;
    int width = 1920;
    int height = 1080;
};

/// One clip. Units: output frames at 30 a second.
struct Layer {
    std::string shows;  ///< a file, or "@" and the name of a comp
    int in = 0;         ///< the source frame that is shown first
    int start = 0;
    int length = 0;
    Place place{};
    double opacity = 1;
    bool reverse = false;
};

struct SampleComp {
    int length = 0;
    std::vector<Layer> layers;  ///< bottom to top
};

/// A timeline of files of one length: 1080p, 30 frames a second, a keyframe every 250 frames.
struct Sample {
    std::uint32_t frames_per_file = 0;
    std::map<std::string, SampleComp> comps;  ///< "main" is what is rendered
};

/// The sample as a project file, each file with its name as path. A clip that begins where the one
/// below it ends goes on in its track.
[[nodiscard]] std::string project_json(const Sample& sample);

/// Ten layers of one file, 1.3 s apart: five in the main comp, five in a comp inside it.
[[nodiscard]] Sample ten_times_one_file();
/// Ten files: three shots in the background, five nested comps, two pictures on top; each file is
/// shown in up to three places.
[[nodiscard]] Sample nested_comps();
/// Eleven comps, each inside the one before, and three files.
[[nodiscard]] Sample comps_eleven_deep();
/// Cuts of half a second, two of each file; the second is far from the first in time, and further
/// on in the file.
[[nodiscard]] Sample cuts(int files);
/// Ten layers of one file that begin at times spread over 13 s, each at this scale.
[[nodiscard]] Sample ten_offsets(double scale);

}  // namespace reelpool::plan::test
