#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/unique_fd.hpp"
#include "ipc/frame/media_info.hpp"

/// Media made by the ffmpeg command line, and what that command line decodes from them.
namespace reelpool::worker::test {

/// The path of a file `name` that `ffmpeg -i <source> <arguments> name` makes, once per build
/// directory. `input` is everything that comes before the output's options.
[[nodiscard]] std::string generated(const std::string& name, const std::string& input,
                                    const std::string& arguments);

/// A moving test picture of 160x90 at 25 fps.
[[nodiscard]] std::string moving_picture(int frames, const std::string& filters = {});

/// Where generated files lie, with a final slash.
[[nodiscard]] std::string media_directory();

/// Runs a shell command; fails the test if it fails.
void run_command(const std::string& command);

[[nodiscard]] std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);
[[nodiscard]] UniqueFd open_file(const std::string& path);

using Planes = std::vector<std::vector<std::uint16_t>>;

/// Every frame that ffmpeg decodes linearly, without any conversion but the named pixel format's,
/// as planes in ffmpeg's order; `format` must be planar.
[[nodiscard]] std::vector<Planes> decoded_by_ffmpeg(const std::string& path,
                                                    const std::string& pix_fmt, std::uint32_t width,
                                                    std::uint32_t height);

/// A raw picture in a planar pixel format of FFmpeg, from `bytes` on.
[[nodiscard]] Planes split_planes(const char* bytes, const std::string& pix_fmt,
                                  std::uint32_t width, std::uint32_t height);

}  // namespace reelpool::worker::test
