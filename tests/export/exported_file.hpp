#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "barcode.hpp"
#include "output_picture.hpp"
#include "renderer.hpp"

namespace reelpool::export_test {

using reference::OutputPicture;

/// All frames of a file, decoded by the ffmpeg command line in the file's own pixel format.
[[nodiscard]] std::vector<OutputPicture> decode_all(const std::filesystem::path& file);

/// Only these frames (ascending) of a file.
[[nodiscard]] std::vector<OutputPicture> decode_frames(const std::filesystem::path& file,
                                                       const std::vector<int>& frames);

/// The output of a filter graph over one file as yuv420p pictures of the given size.
[[nodiscard]] std::vector<OutputPicture> filter_with_ffmpeg(const std::filesystem::path& file,
                                                            const std::string& graph, int width,
                                                            int height);

/// One MD5 per frame, as ffmpeg's framemd5 prints them, after a filter ("null" for none).
[[nodiscard]] std::vector<std::string> frame_md5s(const std::filesystem::path& file,
                                                  const std::string& filter = "null");

/// The barcode that a picture shows in a place.
[[nodiscard]] std::optional<test_media::BarcodeReading> barcode_in(
    const OutputPicture& picture, const test_media::Placement& placement);

/// Where a layer's whole picture lies in the output.
[[nodiscard]] test_media::Placement placement_of(const reference::PlacedPicture& picture);

/// The frame numbers read from full-frame barcodes, -1 where nothing is readable.
[[nodiscard]] std::vector<int> frame_numbers(const std::vector<OutputPicture>& pictures);

}  // namespace reelpool::export_test
