#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compositor/encode/output_file.hpp"
#include "compositor/picture.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor::test {

/// A new directory under the system's folder for temporary files, deleted with everything in it.
class TempDir {
  public:
    TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir();

    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

/// What a command writes to stdout; the test fails if it does not end with 0.
[[nodiscard]] std::string output_of(const std::string& command);

/// Moving gradients with a little noise: frame `index` of an endless film, always the same.
/// The memory ends where the slot layout ends, and the page behind it may not be touched.
/// Shape: planes and strides as slot_layout has them.
[[nodiscard]] Picture synthetic_picture(std::uint32_t index, const OutputFormat& format);

/// Its samples without gaps, plane after plane, 16 bit little endian beyond 8 bits.
[[nodiscard]] std::vector<std::uint8_t> packed_samples(const Picture& picture,
                                                       const OutputFormat& format);

/// Pictures of `synthetic_picture` that somebody still holds.
[[nodiscard]] int pictures_alive();

/// Valid settings: 192x108 (256x144 for dnxhr), 30000/1001, keyframes every 25 frames.
[[nodiscard]] OutputSettings settings_for(Codec codec, Container container,
                                          const std::string& part_path, std::uint32_t frame_count);

/// create, write everything, finish; the test fails if any of it does.
OutputSummary encode_film(const OutputSettings& settings);

/// ffprobe's fields of the video stream.
[[nodiscard]] std::map<std::string, std::string> stream_fields(const std::string& path);

struct ProbedPacket {
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    bool has_dts = false;
    bool is_key = false;
};
[[nodiscard]] std::vector<ProbedPacket> probe_packets(const std::string& path);

/// The pictures of a file as the ffmpeg command line decodes them, packed as `packed_samples`.
/// `input` may be any ffmpeg input arguments.
[[nodiscard]] std::vector<std::uint8_t> decoded_samples(const std::string& input,
                                                        const OutputFormat& format);

/// Peak signal to noise ratio in dB over all samples; infinite for equal ones.
[[nodiscard]] double psnr_db(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b,
                             int bit_depth);

[[nodiscard]] std::vector<std::uint8_t> file_bytes(const std::string& path);
[[nodiscard]] bool path_exists(const std::string& path);

}  // namespace reelpool::compositor::test
