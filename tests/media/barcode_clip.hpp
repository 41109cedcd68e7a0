#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace reelpool::test_media {

/// A test clip: a moving, textured picture with a barcode in every frame.
struct BarcodeClip {
    int media_id = 0;  ///< 0..255
    int width = 320;
    int height = 180;
    std::string fps = "30";  ///< as ffmpeg reads it: 30, 30000/1001, 29.97
    int frames = 60;
    int first_frame = 0;                     ///< the number in the first frame's barcode
    std::vector<std::string> encoding = {};  ///< ffmpeg's output options, such as -c:v libx264
    std::filesystem::path out = {};
};

/// One frame as planar yuv420p (limited range), Y then U then V, chroma sizes rounded up.
[[nodiscard]] std::vector<std::byte> barcode_frame(const BarcodeClip& clip, int number);

/// Makes the clip with the ffmpeg command line; throws when ffmpeg fails.
void make_barcode_clip(const BarcodeClip& clip);

/// Encoder arguments for small H.264 clips, tagged BT.709, limited range.
[[nodiscard]] std::vector<std::string> small_h264(int keyframe_interval = 12);

/// Encoder arguments for lossless FFV1 in the given pixel format, tagged BT.709, limited range.
[[nodiscard]] std::vector<std::string> lossless_ffv1(const std::string& pixel_format = "yuv420p");

}  // namespace reelpool::test_media
