#include "barcode_clip.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <stdexcept>

#include "barcode.hpp"
#include "child.hpp"

namespace reelpool::test_media {
namespace {

/// A sum of three moving waves, taken from tables: one per row, column and diagonal.
class Waves {
  public:
    Waves(int width, int height, double amplitude, double phase) {
        constexpr double turn = 2 * std::numbers::pi;
        for (int x = 0; x < width; ++x) {
            across_.push_back(to_int(amplitude * std::sin(turn * (3.7 * x / width - phase))));
        }
        for (int y = 0; y < height; ++y) {
            down_.push_back(to_int(amplitude * std::sin(turn * (2.9 * y / height + 1.3 * phase))));
        }
        for (int d = 0; d < width + height; ++d) {
            diagonal_.push_back(
                to_int(0.8 * amplitude * std::sin(turn * (11.0 * d / width + 2 * phase))));
        }
    }

    [[nodiscard]] int at(int x, int y) const {
        return across_[static_cast<std::size_t>(x)] + down_[static_cast<std::size_t>(y)] +
               diagonal_[static_cast<std::size_t>(x + y)];
    }

  private:
    static int to_int(double value) { return static_cast<int>(std::lround(value)); }

    std::vector<int> across_;
    std::vector<int> down_;
    std::vector<int> diagonal_;
};

/// Fixed fine grain, -7..7, that moves with the frame.
int grain(int x, int y, int number) {
    auto h = static_cast<std::uint32_t>((x + 3 * number) & 63) * 0x9E3779B1u ^
             static_cast<std::uint32_t>((y + number) & 63) * 0x85EBCA77u;
    h ^= h >> 15;
    h *= 0xC2B2AE3Du;
    h ^= h >> 13;
    return static_cast<int>(h % 15u) - 7;
}

std::byte code(int value, int low, int high) {
    return static_cast<std::byte>(std::clamp(value, low, high));
}

/// The barcode cell at a pixel, or -1 outside the barcode.
int cell_at(const BarcodeClip& clip, int x, int y) {
    const double column = (2.0 * (x + 0.5) / clip.width - 0.5) * barcode_columns;
    const double row = (2.0 * (y + 0.5) / clip.height - 0.5) * barcode_rows;
    if (column < 0 || row < 0 || column >= barcode_columns || row >= barcode_rows) return -1;
    return static_cast<int>(row) * barcode_columns + static_cast<int>(column);
}

void paint_luma(const BarcodeClip& clip, int number, const Waves& waves,
                std::vector<std::byte>& out) {
    const auto cells = encode_barcode({.media_id = clip.media_id, .frame = number});
    for (int y = 0; y < clip.height; ++y) {
        for (int x = 0; x < clip.width; ++x) {
            const int texture = waves.at(x, y) + grain(x, y, number);
            const int cell = cell_at(clip, x, y);
            const int value =
                cell < 0 ? 126 + texture
                         : (cells[static_cast<std::size_t>(cell)] ? 196 : 60) + texture / 6;
            out.push_back(code(value, 16, 235));
        }
    }
}

}  // namespace

std::vector<std::byte> barcode_frame(const BarcodeClip& clip, int number) {
    const double phase = number / 40.0 + clip.media_id * 0.37;
    const int chroma_width = (clip.width + 1) / 2;
    const int chroma_height = (clip.height + 1) / 2;
    std::vector<std::byte> frame;
    frame.reserve(static_cast<std::size_t>(clip.width) * static_cast<std::size_t>(clip.height) * 2);
    paint_luma(clip, number, Waves(clip.width, clip.height, 32, phase), frame);
    for (int plane = 0; plane < 2; ++plane) {
        const Waves waves(chroma_width, chroma_height, 22,
                          (plane == 0 ? 0.6 : -0.8) * phase + plane);
        const int middle = 128 + ((clip.media_id * (plane == 0 ? 29 : 47)) % 25) - 12;
        for (int y = 0; y < chroma_height; ++y) {
            for (int x = 0; x < chroma_width; ++x) {
                frame.push_back(code(middle + waves.at(x, y), 16, 240));
            }
        }
    }
    return frame;
}

void make_barcode_clip(const BarcodeClip& clip) {
    std::vector<std::string> argv{"ffmpeg",
                                  "-v",
                                  "error",
                                  "-nostdin",
                                  "-y",
                                  "-f",
                                  "rawvideo",
                                  "-pix_fmt",
                                  "yuv420p",
                                  "-s",
                                  std::to_string(clip.width) + "x" + std::to_string(clip.height),
                                  "-r",
                                  clip.fps,
                                  "-i",
                                  "-"};
    argv.insert(argv.end(), clip.encoding.begin(), clip.encoding.end());
    argv.push_back(clip.out.string());
    Child ffmpeg = Child::feeding(argv);
    for (int number = 0; number < clip.frames; ++number) {
        ffmpeg.write(barcode_frame(clip, clip.first_frame + number));
    }
    if (ffmpeg.finish() != 0)
        throw std::runtime_error("ffmpeg could not make " + clip.out.string());
}

std::vector<std::string> small_h264(int keyframe_interval) {
    return {"-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-bf",
            "2",
            "-crf",
            "18",
            "-g",
            std::to_string(keyframe_interval),
            "-threads",
            "1",
            "-pix_fmt",
            "yuv420p",
            "-colorspace",
            "bt709",
            "-color_primaries",
            "bt709",
            "-color_trc",
            "bt709",
            "-color_range",
            "tv"};
}

std::vector<std::string> lossless_ffv1(const std::string& pixel_format) {
    return {"-c:v",         "ffv1",  "-threads",         "1",     "-pix_fmt",   pixel_format,
            "-colorspace",  "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-color_range", "tv"};
}

}  // namespace reelpool::test_media
