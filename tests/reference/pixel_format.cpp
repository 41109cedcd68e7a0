#include "pixel_format.hpp"

#include <map>
#include <regex>

#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

/// Formats that ffmpeg rewrites into an equal one that is simpler to read, without loss.
const std::map<std::string, std::string>& rewritten() {
    static const std::map<std::string, std::string> names{
        {"nv12", "yuv420p"},       {"nv21", "yuv420p"},       {"nv16", "yuv422p"},
        {"nv24", "yuv444p"},       {"yuyv422", "yuv422p"},    {"uyvy422", "yuv422p"},
        {"p010le", "yuv420p10le"}, {"p016le", "yuv420p16le"}, {"pal8", "rgba"},
        {"monow", "gray"},         {"monob", "gray"}};
    return names;
}

PixelFormat yuv_format(const std::smatch& m) {
    static const std::map<std::string, std::pair<int, int>> shifts{
        {"420", {1, 1}}, {"422", {1, 0}}, {"444", {0, 0}},
        {"440", {0, 1}}, {"411", {2, 0}}, {"410", {2, 2}}};
    PixelFormat format;
    format.family = Family::yuv;
    format.alpha = m[1] == "a";
    format.full_range_name = m[1] == "j";
    format.shift_x = shifts.at(m[2]).first;
    format.shift_y = shifts.at(m[2]).second;
    format.depth = m[3].length() == 0 ? 8 : std::stoi(m[3]);
    format.order = {0, 1, 2, 3};
    return format;
}

/// Packed names spell their components in the order of storage: rgb24, bgra, 0rgb, rgba64le.
PixelFormat packed_rgb(const std::string& letters, int depth) {
    PixelFormat format;
    format.family = Family::rgb;
    format.packed = true;
    format.depth = depth;
    for (const char c : letters) {
        const std::string planes = "rgba";
        const auto at = planes.find(c);
        format.order.push_back(at == std::string::npos ? -1 : static_cast<int>(at));
        if (c == 'a') format.alpha = true;
    }
    return format;
}

std::uint16_t sample_at(const PixelFormat& format, std::span<const std::byte> bytes,
                        std::size_t index) {
    if (format.depth <= 8) return std::to_integer<std::uint16_t>(bytes[index]);
    const auto first = std::to_integer<unsigned>(bytes[2 * index]);
    const auto second = std::to_integer<unsigned>(bytes[2 * index + 1]);
    return static_cast<std::uint16_t>(format.big_endian ? first * 256 + second
                                                        : second * 256 + first);
}

}  // namespace

std::size_t PixelFormat::frame_bytes(int width, int height) const {
    const std::size_t sample = depth <= 8 ? 1 : 2;
    const auto area = [](int w, int h) {
        return static_cast<std::size_t>(w) * static_cast<std::size_t>(h);
    };
    if (packed) return area(width, height) * order.size() * sample;
    std::size_t total = 0;
    for (int p = 0; p < plane_count(); ++p) {
        total += area(plane_width(p, width), plane_height(p, height)) * sample;
    }
    return total;
}

PixelFormat pixel_format_named(const std::string& name) {
    const auto other = rewritten().find(name);
    const std::string raw = other == rewritten().end() ? name : other->second;
    std::smatch m;
    PixelFormat format;
    if (std::regex_match(raw, m, std::regex("yuv([aj]?)(4[0-9]{2})p([0-9]*)(le|be)?"))) {
        format = yuv_format(m);
    } else if (std::regex_match(raw, m, std::regex("gray([0-9]*)(le|be)?"))) {
        format.family = Family::gray;
        format.depth = m[1].length() == 0 ? 8 : std::stoi(m[1]);
        format.order = {0};
    } else if (std::regex_match(raw, m, std::regex("ya(8|16)(le|be)?"))) {
        format.family = Family::gray;
        format.alpha = true;
        format.packed = true;
        format.depth = std::stoi(m[1]);
        format.order = {0, 1};
    } else if (std::regex_match(raw, m, std::regex("gbr(a?)p([0-9]*)(le|be)?"))) {
        format.family = Family::rgb;
        format.alpha = m[1] == "a";
        format.depth = m[2].length() == 0 ? 8 : std::stoi(m[2]);
        format.order = {1, 2, 0, 3};
    } else if (std::regex_match(raw, m, std::regex("([rgba0]{3,4})(24|48le|48be|64le|64be)?"))) {
        format = packed_rgb(m[1], m[2].length() > 2 ? 16 : 8);
    } else {
        throw ReferenceError("pixel format " + name + " is not built here");
    }
    format.raw_name = raw;
    format.big_endian = raw.ends_with("be");
    return format;
}

PlanarFrame unpack_frame(const PixelFormat& format, int width, int height,
                         std::span<const std::byte> bytes) {
    PlanarFrame frame;
    for (int p = 0; p < format.plane_count(); ++p) {
        Plane plane{.width = format.plane_width(p, width),
                    .height = format.plane_height(p, height),
                    .samples = {}};
        plane.samples.resize(static_cast<std::size_t>(plane.width) *
                             static_cast<std::size_t>(plane.height));
        frame.planes.push_back(std::move(plane));
    }
    std::size_t next = 0;
    if (format.packed) {
        const std::size_t pixels = frame.planes[0].samples.size();
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            for (const int plane : format.order) {
                const std::uint16_t value = sample_at(format, bytes, next++);
                if (plane >= 0)
                    frame.planes[static_cast<std::size_t>(plane)].samples[pixel] = value;
            }
        }
        return frame;
    }
    for (int stored = 0; stored < format.plane_count(); ++stored) {
        const int plane = format.order[static_cast<std::size_t>(stored)];
        for (auto& sample : frame.planes[static_cast<std::size_t>(plane)].samples) {
            sample = sample_at(format, bytes, next++);
        }
    }
    return frame;
}

}  // namespace reelpool::reference
