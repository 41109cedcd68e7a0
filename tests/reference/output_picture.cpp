#include "output_picture.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <thread>

#include "colour.hpp"
#include "composite.hpp"
#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

/// Calls `row(y)` for all rows, on all cores.
template <class Row>
void for_rows(int rows, const Row& row) {
    std::atomic<int> next{0};
    std::vector<std::thread> threads;
    const unsigned count = std::max(1u, std::thread::hardware_concurrency());
    for (unsigned k = 0; k < count; ++k) {
        threads.emplace_back([&] {
            for (int y = next++; y < rows; y = next++) row(y);
        });
    }
    for (std::thread& thread : threads) thread.join();
}

Plane empty_plane(int width, int height) {
    Plane plane{.width = width, .height = height, .samples = {}};
    plane.samples.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    return plane;
}

/// floor(code + 1/2), where codes that are halves but for the noise of double precision count as
/// halves: means of two samples are common, and in exact numbers they go up.
std::uint16_t rounded(double code, int depth) {
    return static_cast<std::uint16_t>(
        std::clamp(std::floor(code + 0.5 + 1e-9), 0.0, std::ldexp(1.0, depth) - 1));
}

void draw_rgb(const Group& group, const OutputFormat& format, OutputPicture& picture) {
    const CodeRange range = luma_range(format.depth, true);
    for_rows(picture.height, [&](int y) {
        for (int x = 0; x < picture.width; ++x) {
            const Rgba c = composite_at(group, {x + 0.5, y + 0.5});
            picture.planes[0].at(x, y) = rounded(range.code(c.g), format.depth);
            picture.planes[1].at(x, y) = rounded(range.code(c.b), format.depth);
            picture.planes[2].at(x, y) = rounded(range.code(c.r), format.depth);
            for (Plane& plane : picture.unsure) plane.at(x, y) = c.unsure ? 1 : 0;
        }
    });
}

void draw_yuv(const Group& group, const OutputFormat& format, OutputPicture& picture) {
    const CodeRange luma = luma_range(format.depth, false);
    const CodeRange chroma = chroma_range(format.depth, false);
    // Luma where `plane` is 0, else both chroma components.
    const auto put = [&](int plane, int x, int y, Point at) {
        const Rgba c = composite_at(group, at);
        const Triple yuv = rgb_to_yuv(Matrix::bt709, {c.r, c.g, c.b});
        const int last = plane == 0 ? 0 : 2;
        for (int p = plane; p <= last; ++p) {
            const auto index = static_cast<std::size_t>(p);
            const double code = p == 0   ? luma.code(yuv.first)
                                : p == 1 ? chroma.code(yuv.second)
                                         : chroma.code(yuv.third);
            picture.planes[index].at(x, y) = rounded(code, format.depth);
            picture.unsure[index].at(x, y) = c.unsure ? 1 : 0;
        }
    };
    for_rows(picture.height, [&](int y) {
        for (int x = 0; x < picture.width; ++x) put(0, x, y, {x + 0.5, y + 0.5});
    });
    const double step_x = 1 << format.shift_x;
    const double step_y = 1 << format.shift_y;
    for_rows(picture.planes[1].height, [&](int l) {
        // Sited left: on the first luma column of its group, in the middle of its rows.
        for (int k = 0; k < picture.planes[1].width; ++k)
            put(1, k, l, {step_x * k + 0.5, step_y * (l + 0.5)});
    });
}

}  // namespace

OutputFormat output_format_named(const std::string& name) {
    // The names are those that sources have; only some of them can be written.
    const std::string known = name.ends_with("10") || name.ends_with("12") ? name + "le" : name;
    const PixelFormat parsed = pixel_format_named(known);
    if (parsed.alpha || parsed.packed || parsed.full_range_name || parsed.family == Family::gray) {
        throw ReferenceError("output format " + name + " is not built here");
    }
    return {.name = known,
            .depth = parsed.depth,
            .shift_x = parsed.shift_x,
            .shift_y = parsed.shift_y,
            .rgb = parsed.family == Family::rgb};
}

OutputPicture draw(const Group& group, int width, int height, const OutputFormat& format) {
    OutputPicture picture{.width = width, .height = height, .depth = format.depth, .planes = {}};
    picture.planes.push_back(empty_plane(width, height));
    const int chroma_width = (width + (1 << format.shift_x) - 1) >> format.shift_x;
    const int chroma_height = (height + (1 << format.shift_y) - 1) >> format.shift_y;
    for (int p = 0; p < 2; ++p) picture.planes.push_back(empty_plane(chroma_width, chroma_height));
    picture.unsure = picture.planes;
    if (format.rgb) {
        draw_rgb(group, format, picture);
    } else {
        draw_yuv(group, format, picture);
    }
    return picture;
}

void write_raw(const OutputPicture& picture, const std::filesystem::path& file) {
    std::ofstream out(file, std::ios::binary);
    for (const Plane& plane : picture.planes) {
        for (const std::uint16_t sample : plane.samples) {
            out.put(static_cast<char>(sample & 0xFF));
            if (picture.depth > 8) out.put(static_cast<char>(sample >> 8));
        }
    }
    if (!out.flush()) throw ReferenceError("cannot write " + file.string());
}

}  // namespace reelpool::reference
