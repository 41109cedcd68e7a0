#include "exported_file.hpp"

#include <sstream>
#include <stdexcept>

#include "child.hpp"
#include "json_value.hpp"

namespace reelpool::export_test {
namespace {

using test_media::Child;

struct StoredVideo {
    int width = 0;
    int height = 0;
    std::string pixel_format;
};

StoredVideo look_at(const std::filesystem::path& file) {
    const auto told = reference::parse_json(test_media::run_or_throw(
        {"ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
         "stream=width,height,pix_fmt", "-of", "json", file.string()}));
    const auto& stream = told.find("streams")->items.at(0);
    return {.width = std::stoi(stream.find("width")->text),
            .height = std::stoi(stream.find("height")->text),
            .pixel_format = stream.find("pix_fmt")->text};
}

std::vector<OutputPicture> read_pictures(Child ffmpeg, const StoredVideo& video) {
    const auto format = reference::pixel_format_named(video.pixel_format);
    std::vector<std::byte> bytes(format.frame_bytes(video.width, video.height));
    std::vector<OutputPicture> pictures;
    while (ffmpeg.read(bytes) == bytes.size()) {
        auto planes = reference::unpack_frame(format, video.width, video.height, bytes).planes;
        pictures.push_back({.width = video.width,
                            .height = video.height,
                            .depth = format.depth,
                            .planes = std::move(planes)});
    }
    if (ffmpeg.finish() != 0) throw std::runtime_error("ffmpeg could not decode");
    return pictures;
}

std::vector<OutputPicture> decode_through(const std::filesystem::path& file,
                                          const std::string& filter, const StoredVideo& video) {
    return read_pictures(Child::reading({"ffmpeg", "-v", "error", "-nostdin", "-i", file.string(),
                                         "-filter_complex", filter, "-vsync", "passthrough", "-f",
                                         "rawvideo", "-pix_fmt", video.pixel_format, "-"}),
                         video);
}

}  // namespace

std::vector<OutputPicture> decode_all(const std::filesystem::path& file) {
    return decode_through(file, "[0:v]null", look_at(file));
}

std::vector<OutputPicture> decode_frames(const std::filesystem::path& file,
                                         const std::vector<int>& frames) {
    std::string expression;
    for (const int frame : frames) {
        expression += (expression.empty() ? "eq(n\\," : "+eq(n\\,") + std::to_string(frame) + ")";
    }
    return decode_through(file, "[0:v]select=" + expression, look_at(file));
}

std::vector<OutputPicture> filter_with_ffmpeg(const std::filesystem::path& file,
                                              const std::string& graph, int width, int height) {
    return decode_through(file, graph,
                          {.width = width, .height = height, .pixel_format = "yuv420p"});
}

std::vector<std::string> frame_md5s(const std::filesystem::path& file, const std::string& filter) {
    std::istringstream lines(test_media::run_or_throw(
        {"ffmpeg", "-v", "error", "-nostdin", "-i", file.string(), "-map", "0:v:0", "-vf", filter,
         "-vsync", "passthrough", "-f", "framemd5", "-"}));
    std::vector<std::string> sums;
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line[0] != '#') sums.push_back(line.substr(line.rfind(' ') + 1));
    }
    return sums;
}

std::optional<test_media::BarcodeReading> barcode_in(const OutputPicture& picture,
                                                     const test_media::Placement& placement) {
    return test_media::read_barcode(
        {picture.planes[0].samples, picture.planes[0].width, picture.planes[0].height}, placement);
}

test_media::Placement placement_of(const reference::PlacedPicture& picture) {
    const reference::Affine& m = picture.to_output;
    return {.x = m.e,
            .y = m.f,
            .ux = m.a * picture.width,
            .uy = m.c * picture.width,
            .vx = m.b * picture.height,
            .vy = m.d * picture.height};
}

std::vector<int> frame_numbers(const std::vector<OutputPicture>& pictures) {
    std::vector<int> numbers;
    for (const OutputPicture& picture : pictures) {
        const auto read =
            barcode_in(picture, test_media::placed_at(0, 0, picture.width, picture.height));
        numbers.push_back(read ? read->frame : -1);
    }
    return numbers;
}

}  // namespace reelpool::export_test
