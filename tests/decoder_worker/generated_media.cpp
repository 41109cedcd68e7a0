#include "tests/decoder_worker/generated_media.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavutil/common.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace reelpool::worker::test {

std::string media_directory() {
    const char* root = std::getenv("REELPOOL_BUILD_ROOT");
    const std::string path = std::string(root != nullptr ? root : "/tmp") + "/worker-test-media/";
    ::mkdir(path.c_str(), 0755);
    return path;
}

void run_command(const std::string& command) {
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
}

std::string moving_picture(int frames, const std::string& filters) {
    return "-f lavfi -i testsrc2=size=160x90:rate=25 -vf \"trim=end_frame=" +
           std::to_string(frames) + (filters.empty() ? "" : "," + filters) + "\"";
}

std::string generated(const std::string& name, const std::string& input,
                      const std::string& arguments) {
    const std::string path = media_directory() + name;
    if (::access(path.c_str(), R_OK) == 0) return path;
    // Several tests may make the same file at once: the last rename wins.
    const std::string part = media_directory() + "part" + std::to_string(::getpid()) + "-" + name;
    run_command("ffmpeg -nostdin -v error -y " + input + " " + arguments + " " + part);
    REQUIRE(std::rename(part.c_str(), path.c_str()) == 0);
    return path;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    INFO(path);
    REQUIRE(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    REQUIRE(file.good());
}

UniqueFd open_file(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    INFO(path);
    REQUIRE(static_cast<bool>(fd));
    return fd;
}

Planes split_planes(const char* bytes, const std::string& pix_fmt, std::uint32_t width,
                    std::uint32_t height) {
    const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(av_get_pix_fmt(pix_fmt.c_str()));
    REQUIRE(format != nullptr);
    const bool is_wide = format->comp[0].depth > 8;
    Planes planes;
    const int count = av_pix_fmt_count_planes(av_get_pix_fmt(pix_fmt.c_str()));
    for (int plane = 0; plane < count; ++plane) {
        const bool is_chroma = (plane == 1 || plane == 2) && format->nb_components >= 3 &&
                               (format->flags & AV_PIX_FMT_FLAG_RGB) == 0;
        const std::uint32_t w = is_chroma ? static_cast<std::uint32_t>(AV_CEIL_RSHIFT(
                                                static_cast<int>(width), format->log2_chroma_w))
                                          : width;
        const std::uint32_t h = is_chroma ? static_cast<std::uint32_t>(AV_CEIL_RSHIFT(
                                                static_cast<int>(height), format->log2_chroma_h))
                                          : height;
        std::vector<std::uint16_t> samples(std::size_t{w} * h);
        for (std::uint16_t& sample : samples) {
            if (is_wide) {
                std::memcpy(&sample, bytes, 2);
                bytes += 2;
            } else {
                sample = static_cast<std::uint8_t>(*bytes++);
            }
        }
        planes.push_back(std::move(samples));
    }
    return planes;
}

std::vector<Planes> decoded_by_ffmpeg(const std::string& path, const std::string& pix_fmt,
                                      std::uint32_t width, std::uint32_t height) {
    const std::string raw = media_directory() + "raw" + std::to_string(::getpid());
    run_command("ffmpeg -nostdin -v error -y -noautorotate -i " + path +
                " -map 0:v:0 -fps_mode passthrough -f rawvideo -pix_fmt " + pix_fmt + " " + raw +
                " 2>/dev/null");
    const std::string bytes = read_file(raw);
    ::unlink(raw.c_str());
    const int frame_bytes = av_image_get_buffer_size(
        av_get_pix_fmt(pix_fmt.c_str()), static_cast<int>(width), static_cast<int>(height), 1);
    REQUIRE(frame_bytes > 0);
    const auto size = static_cast<std::size_t>(frame_bytes);
    REQUIRE(bytes.size() % size == 0);
    std::vector<Planes> frames;
    for (std::size_t at = 0; at < bytes.size(); at += size)
        frames.push_back(split_planes(bytes.data() + at, pix_fmt, width, height));
    return frames;
}

}  // namespace reelpool::worker::test
