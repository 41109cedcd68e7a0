#include "tests/compositor/encode/test_support.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>

#include "ipc/frame/slot_layout.hpp"

namespace reelpool::compositor::test {
namespace {

std::atomic<int> alive{0};

/// Before main: no thread runs yet.
[[maybe_unused]] const bool is_silent = (silence_encoder_libraries(), true);

/// Memory that ends right before a page that may not be touched.
class GuardedMemory {
  public:
    explicit GuardedMemory(std::size_t bytes) : mapped_(bytes + page) {
        void* start =
            ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(start != MAP_FAILED);
        start_ = static_cast<std::byte*>(start);
        REQUIRE(::mprotect(start_ + bytes, page, PROT_NONE) == 0);
        ++alive;
    }
    GuardedMemory(const GuardedMemory&) = delete;
    GuardedMemory& operator=(const GuardedMemory&) = delete;
    ~GuardedMemory() {
        ::munmap(start_, mapped_);
        --alive;
    }
    [[nodiscard]] std::byte* data() const { return start_; }

  private:
    static constexpr std::size_t page = 4096;
    std::size_t mapped_;
    std::byte* start_ = nullptr;
};

SlotLayout layout_of(const OutputFormat& format) {
    auto layout = slot_layout(format.format, format.width, format.height, Level{});
    REQUIRE(layout);
    return *layout;
}

/// 0..1: a gradient that moves with time, and a little noise.
double film(std::uint32_t index, std::uint32_t plane, double x, double y, std::uint32_t& noise) {
    noise = noise * 1664525U + 1013904223U;
    const double grain = (static_cast<double>(noise >> 24) / 255.0 - 0.5) * 0.02;
    const double t = static_cast<double>(index) / 30.0;
    const double p = static_cast<double>(plane);
    return 0.5 + 0.2 * std::sin(6.0 * x + 2.0 * t + p) + 0.2 * std::sin(5.0 * y - 1.5 * t + p) +
           grain;
}

void fill_plane(std::byte* target, const PlaneLayout& plane, std::uint32_t number,
                std::uint32_t index, int bit_depth) {
    std::uint32_t noise = index * 7919U + number;
    const double maximum = static_cast<double>((1 << bit_depth) - 1);
    for (std::uint32_t y = 0; y < plane.height; ++y) {
        std::byte* row = target + std::size_t{plane.stride_bytes} * y;
        for (std::uint32_t x = 0; x < plane.width; ++x) {
            const double value = film(index, number, static_cast<double>(x) / plane.width,
                                      static_cast<double>(y) / plane.height, noise);
            const auto code = static_cast<std::uint32_t>(value * maximum + 0.5);
            if (bit_depth > 8) {
                row[2 * std::size_t{x}] = static_cast<std::byte>(code & 0xff);
                row[2 * std::size_t{x} + 1] = static_cast<std::byte>(code >> 8);
            } else {
                row[x] = static_cast<std::byte>(code);
            }
        }
    }
}

std::string quoted(const std::string& text) {
    return "'" + text + "'";
}

}  // namespace

TempDir::TempDir() {
    std::string pattern = std::filesystem::temp_directory_path() / "reelpool-encode-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}

TempDir::~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string output_of(const std::string& command) {
    std::FILE* pipe = ::popen((command + " </dev/null").c_str(), "re");
    REQUIRE(pipe != nullptr);
    std::string text;
    std::array<char, 65536> buffer{};
    std::size_t got = 0;
    while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0)
        text.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    CHECK_MESSAGE(status == 0, command);
    return text;
}

Picture synthetic_picture(std::uint32_t index, const OutputFormat& format) {
    const SlotLayout layout = layout_of(format);
    auto memory = std::make_shared<GuardedMemory>(layout.bytes);
    Picture picture{.index = OutputIndex{index}, .planes = {}, .strides_bytes = {}, .hold = memory};
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(layout.plane_count); ++plane) {
        std::byte* target = memory->data() + layout.planes[plane].offset_bytes;
        fill_plane(target, layout.planes[plane], static_cast<std::uint32_t>(plane), index,
                   format.format.bit_depth);
        picture.planes[plane] = target;
        picture.strides_bytes[plane] = layout.planes[plane].stride_bytes;
    }
    return picture;
}

std::vector<std::uint8_t> packed_samples(const Picture& picture, const OutputFormat& format) {
    const SlotLayout layout = layout_of(format);
    std::vector<std::uint8_t> samples;
    for (std::size_t plane = 0; plane < static_cast<std::size_t>(layout.plane_count); ++plane) {
        const std::size_t row_bytes = std::size_t{layout.planes[plane].width} *
                                      static_cast<std::size_t>(format.format.sample_bytes());
        for (std::uint32_t y = 0; y < layout.planes[plane].height; ++y) {
            const auto* row = reinterpret_cast<const std::uint8_t*>(
                picture.planes[plane] + std::size_t{picture.strides_bytes[plane]} * y);
            samples.insert(samples.end(), row, row + row_bytes);
        }
    }
    return samples;
}

int pictures_alive() {
    return alive;
}

OutputSettings settings_for(Codec codec, Container container, const std::string& part_path,
                            std::uint32_t frame_count) {
    const bool is_dnxhr = codec == Codec::dnxhr;
    auto format = output_format_for(codec, container, is_dnxhr ? 256 : 192, is_dnxhr ? 144 : 108,
                                    ColorDescription{});
    REQUIRE(format);
    OutputSettings settings;
    settings.part_path = part_path;
    settings.png_pattern = codec == Codec::png ? "frame_%04d.png" : "";
    settings.codec = codec;
    settings.container = container;
    settings.format = *format;
    settings.frame_rate = Rational(30000, 1001);
    settings.frame_count = frame_count;
    settings.keyframe_interval = 25;
    return settings;
}

OutputSummary encode_film(const OutputSettings& settings) {
    auto file = OutputFile::create(settings);
    REQUIRE_MESSAGE(file, (file ? "" : to_string(file.error())));
    for (std::uint32_t index = 0; index < settings.frame_count; ++index) {
        const auto status = (*file)->write(synthetic_picture(index, settings.format));
        REQUIRE_MESSAGE(status, (status ? "" : to_string(status.error())));
    }
    auto summary = (*file)->finish();
    REQUIRE_MESSAGE(summary, (summary ? "" : to_string(summary.error())));
    CHECK((*file)->frames_taken() == settings.frame_count);
    return *summary;
}

std::map<std::string, std::string> stream_fields(const std::string& path) {
    std::istringstream lines(
        output_of("ffprobe -v error -show_streams -show_format -of "
                  "default=noprint_wrappers=1 " +
                  quoted(path)));
    std::map<std::string, std::string> fields;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos)
            fields.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return fields;
}

std::vector<ProbedPacket> probe_packets(const std::string& path) {
    std::istringstream lines(output_of(
        "ffprobe -v error -show_entries packet=pts,dts,flags -of csv=p=0 " + quoted(path)));
    std::vector<ProbedPacket> packets;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string pts;
        std::string dts;
        std::string flags;
        std::getline(fields, pts, ',');
        std::getline(fields, dts, ',');
        std::getline(fields, flags, ',');
        packets.push_back({.pts = std::atoll(pts.c_str()),
                           .dts = std::atoll(dts.c_str()),
                           .has_dts = dts != "N/A",
                           .is_key = flags.starts_with("K")});
    }
    return packets;
}

std::vector<std::uint8_t> decoded_samples(const std::string& input, const OutputFormat& format) {
    const bool is_rgb = format.format.model == ColorModel::rgb;
    // swscale splits packed pixels with alpha by way of Y'CbCr.
    const bool is_packed = is_rgb && format.format.has_alpha && format.format.bit_depth == 8;
    const std::string pixel_format =
        is_packed ? "rgba" : to_text(format.format) + (format.format.bit_depth > 8 ? "le" : "");
    const std::string raw =
        output_of("ffmpeg -v error " + input + " -vsync passthrough -f rawvideo -pix_fmt " +
                  pixel_format + " -");
    std::vector<std::uint8_t> samples(raw.begin(), raw.end());
    if (!is_rgb) return samples;
    if (is_packed) {
        const std::size_t pixels = std::size_t{format.width} * format.height;
        std::vector<std::uint8_t> planar(samples.size());
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const std::size_t frame = i / (4 * pixels);
            planar[(frame * 4 + i % 4) * pixels + i / 4 % pixels] = samples[i];
        }
        return planar;
    }
    // ffmpeg's planes are G, B, R; ours are R, G, B.
    const std::size_t plane = std::size_t{format.width} * format.height *
                              static_cast<std::size_t>(format.format.sample_bytes());
    const auto planes = static_cast<std::size_t>(format.format.plane_count());
    std::vector<std::size_t> order{2, 0, 1, 3};
    order.resize(planes);
    std::vector<std::uint8_t> ordered;
    ordered.reserve(samples.size());
    for (std::size_t frame = 0; frame + planes * plane <= samples.size(); frame += planes * plane)
        for (const std::size_t source : order) {
            const auto begin =
                samples.begin() + static_cast<std::ptrdiff_t>(frame + source * plane);
            ordered.insert(ordered.end(), begin, begin + static_cast<std::ptrdiff_t>(plane));
        }
    return ordered;
}

double psnr_db(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b,
               int bit_depth) {
    REQUIRE(a.size() == b.size());
    const std::size_t step = bit_depth > 8 ? 2 : 1;
    double sum = 0;
    for (std::size_t i = 0; i + step <= a.size(); i += step) {
        const int left = step == 2 ? a[i] | a[i + 1] << 8 : a[i];
        const int right = step == 2 ? b[i] | b[i + 1] << 8 : b[i];
        sum += static_cast<double>(left - right) * (left - right);
    }
    if (sum == 0) return std::numeric_limits<double>::infinity();
    const double peak = static_cast<double>((1 << bit_depth) - 1);
    return 10.0 * std::log10(peak * peak * static_cast<double>(a.size() / step) / sum);
}

std::vector<std::uint8_t> file_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool path_exists(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0;
}

}  // namespace reelpool::compositor::test
