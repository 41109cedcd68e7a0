#pragma once

#include <map>
#include <string>
#include <vector>

#include "barcode_clip.hpp"
#include "child.hpp"
#include "renderer.hpp"
#include "temp_folder.hpp"

namespace reelpool::reference {

/// Renders frames of a project text whose media lie in the folder.
inline std::map<int, OutputPicture> render_text(const test_media::TempFolder& folder,
                                                const std::string& project,
                                                const std::vector<int>& frames,
                                                const RenderOptions& options = {}) {
    Renderer renderer(read_project(folder.write("project.json", project)), options);
    std::map<int, OutputPicture> pictures;
    renderer.render(frames,
                    [&](int frame, const OutputPicture& picture) { pictures[frame] = picture; });
    return pictures;
}

/// Decodes frames of a file, through a filter, with the ffmpeg command line.
inline std::vector<OutputPicture> decode_with_ffmpeg(const std::string& file,
                                                     const std::string& filter, int width,
                                                     int height,
                                                     const std::string& pixel_format = "yuv420p") {
    const PixelFormat format = pixel_format_named(pixel_format);
    test_media::Child ffmpeg = test_media::Child::reading(
        {"ffmpeg", "-v", "error", "-nostdin", "-i", file, "-filter_complex", filter, "-vsync",
         "passthrough", "-f", "rawvideo", "-pix_fmt", pixel_format, "-"});
    std::vector<std::byte> bytes(format.frame_bytes(width, height));
    std::vector<OutputPicture> pictures;
    while (ffmpeg.read(bytes) == bytes.size()) {
        pictures.push_back({.width = width,
                            .height = height,
                            .depth = format.depth,
                            .planes = unpack_frame(format, width, height, bytes).planes});
    }
    return pictures;
}

}  // namespace reelpool::reference
