// barcode_media: makes a test clip with a barcode in every frame.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "barcode_clip.hpp"

namespace {

using reelpool::test_media::BarcodeClip;

constexpr const char* usage =
    "usage: barcode_media [--id N] [--size WxH] [--fps R] [--frames N] [--first N] --out FILE\n"
    "                     [-- FFMPEG-OUTPUT-OPTIONS]\n";

/// Reads the command line; throws on anything that is not understood.
BarcodeClip read_arguments(const std::vector<std::string>& words) {
    BarcodeClip clip;
    std::size_t at = 0;
    for (; at + 1 < words.size() && words[at] != "--"; at += 2) {
        const std::string& name = words[at];
        const std::string& value = words[at + 1];
        if (name == "--id") {
            clip.media_id = std::stoi(value);
        } else if (name == "--size") {
            clip.width = std::stoi(value);
            clip.height = std::stoi(value.substr(value.find('x') + 1));
        } else if (name == "--fps") {
            clip.fps = value;
        } else if (name == "--frames") {
            clip.frames = std::stoi(value);
        } else if (name == "--first") {
            clip.first_frame = std::stoi(value);
        } else if (name == "--out") {
            clip.out = value;
        } else {
            throw std::invalid_argument("unknown option " + name);
        }
    }
    if (at < words.size() && words[at] != "--") throw std::invalid_argument("odd " + words[at]);
    for (++at; at < words.size(); ++at) clip.encoding.push_back(words[at]);
    if (clip.out.empty()) throw std::invalid_argument("--out is missing");
    return clip;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        BarcodeClip clip = read_arguments(std::vector<std::string>(argv + 1, argv + argc));
        if (clip.encoding.empty()) clip.encoding = reelpool::test_media::small_h264(250);
        reelpool::test_media::make_barcode_clip(clip);
        return 0;
    } catch (const std::invalid_argument& problem) {
        std::fprintf(stderr, "barcode_media: %s\n%s", problem.what(), usage);
        return 2;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "barcode_media: %s\n", problem.what());
        return 1;
    }
}
