#include "sample_timelines.hpp"

#include <cstdint>
#include <cstdio>
#include <iterator>
#include <set>

namespace reelpool::plan::test {
namespace {

constexpr std::uint32_t long_file_frames = 720;
constexpr std::uint32_t middle_file_frames = 360;
constexpr std::uint32_t short_file_frames = 90;

std::string frames(int count) {
    return '"' + std::to_string(count) + "f\"";
}

std::string decimal(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

std::string clip_json(const Layer& layer) {
    const Place& place = layer.place;
    const bool is_comp = layer.shows.front() == '@';
    std::string text =
        is_comp ? R"({"comp": ")" + layer.shows.substr(1) : R"({"media": ")" + layer.shows;
    text += R"(", "in": )" + frames(layer.in) + R"(, "start": )" + frames(layer.start) +
            R"(, "duration": )" + frames(layer.length) + R"(, "opacity": )" +
            decimal(layer.opacity);
    if (layer.reverse) text += R"(, "reverse": true)";
    return text + R"(, "transform": {"scale": )" + decimal(place.width / 1920.0) +
           R"(, "position": [)" + decimal(place.x + place.width / 2.0) + ", " +
           decimal(place.y + place.height / 2.0) + "]}}";
}

std::string comp_json(const SampleComp& comp) {
    std::string text = R"({"width": 1920, "height": 1080, "fps": 30, "duration": )" +
                       frames(comp.length) + R"(, "tracks": [)";
    int end_of_track = -1;
    for (const Layer& layer : comp.layers) {
        if (layer.start == end_of_track)
            text += ", ";
        else
            text += end_of_track < 0 ? R"({"clips": [)" : R"(]}, {"clips": [)";
        text += clip_json(layer);
        end_of_track = layer.start + layer.length;
    }
    return text + "]}]}";
}

}  // namespace

std::string project_json(const Sample& sample) {
    std::set<std::string> files;
    std::string comps;
    for (const auto& [name, comp] : sample.comps) {
        for (const Layer& layer : comp.layers)
            if (layer.shows.front() != '@') files.insert(layer.shows);
        comps += (comps.empty() ? "\"" : ", \"") + name + "\": " + comp_json(comp);
    }
    std::string media;
    for (const std::string& file : files)
        media += (media.empty() ? "\"" : ", \"") + file + R"(": {"path": ")" + file + "\"}";
    return R"({"reelpool": 1, "main": "main", "media": {)" + media + R"(}, "comps": {)" + comps +
           "}}";
}

Sample ten_times_one_file() {
    const int step = 39;
    return {.frames_per_file = long_file_frames,
            .comps = {{"main",
                       {300,
                        {{"l0", 0, 0, 300, {0, 0, 640, 360}},
                         {"l0", 2 * step, 0, 300, {640, 0, 640, 360}},
                         {"l0", 4 * step, 0, 300, {1280, 0, 640, 360}},
                         {"l0", 6 * step, 0, 300, {0, 360, 640, 360}},
                         {"l0", 8 * step, 0, 300, {0, 720, 640, 360}},
                         {"@inner", 0, 0, 300, {640, 360, 1280, 720}}}}},
                      {"inner",
                       {300,
                        {{"l0", step, 0, 300, {0, 0, 960, 540}},
                         {"l0", 3 * step, 0, 300, {960, 0, 960, 540}},
                         {"l0", 5 * step, 0, 300, {0, 540, 960, 540}},
                         {"l0", 7 * step, 0, 300, {960, 540, 960, 540}},
                         {"l0", 9 * step, 0, 300, {480, 270, 960, 540}}}}}}};
}

Sample nested_comps() {
    return {.frames_per_file = middle_file_frames,
            .comps = {
                {"main",
                 {300,
                  {{"s0", 10, 0, 110},
                   {"s1", 20, 95, 110},
                   {"s2", 0, 190, 110},
                   {"@n1", 0, 0, 100, {960, 0, 960, 540}},
                   {"@n2", 0, 60, 120, {0, 540, 960, 540}, 0.8},
                   {"@n3", 0, 120, 140, {}, 0.5},
                   {"@n4", 0, 180, 120, {1200, 100, 640, 360}},
                   {"@n5", 0, 200, 100, {100, 100, 800, 450}, 0.9},
                   {"s8", 100, 20, 200, {60, 60, 480, 270}, 0.7},
                   {"s9", 40, 100, 150, {1380, 750, 480, 270}, 0.85}}}},
                {"n1",
                 {100,
                  {{"s3", 0, 0, 100},
                   {"s4", 60, 0, 100, {960, 540, 960, 540}, 0.8},
                   {"s5", 33, 20, 80, {0, 0, 640, 360}}}}},
                {"n2", {120, {{"s6", 50, 0, 120}, {"s0", 200, 0, 120, {100, 100, 800, 450}, 0.7}}}},
                {"n3",
                 {140,
                  {{"s7", 77, 0, 80},
                   {"s1", 200, 65, 75},
                   {"s4", 120, 0, 140, {1200, 600, 640, 360}, 0.9},
                   {"s2", 180, 0, 140, {80, 600, 640, 360}, 0.9}}}},
                {"n4",
                 {120,
                  {{"s5", 150, 0, 120},
                   {"s6", 180, 0, 120, {480, 270, 960, 540}, 0.6},
                   {"s7", 200, 30, 90, {0, 0, 480, 270}}}}},
                {"n5",
                 {100,
                  {{"s8", 10, 0, 100},
                   {"s9", 200, 0, 100, {960, 0, 960, 540}, 0.75},
                   {"s3", 240, 0, 100, {0, 540, 960, 540}, 0.75}}}}}};
}

Sample comps_eleven_deep() {
    const std::vector<std::string> files{"l0", "l1", "l2"};
    const std::size_t depth = 10;
    Sample sample{.frames_per_file = long_file_frames, .comps = {}};
    for (std::size_t i = 0; i <= depth; ++i) {
        const int at = static_cast<int>(i);
        SampleComp& comp = sample.comps[i == 0 ? "main" : "c" + std::to_string(i)];
        comp.length = 300;
        const std::string& file = files[i % files.size()];
        if (i == depth) {
            comp.layers = {{file, 31 * at, 0, 300}};
            break;
        }
        comp.layers = {{"@c" + std::to_string(i + 1), 0, 0, 300, {48, 27, 1824, 1026}},
                       {file, 31 * at, 0, 300, {at % 4 * 480, at / 4 * 270, 480, 270}}};
    }
    return sample;
}

Sample cuts(int files) {
    const int length = 15;
    Sample sample{.frames_per_file = short_file_frames, .comps = {}};
    SampleComp& main = sample.comps["main"];
    main.length = 2 * files * length;
    for (int i = 0; i < 2 * files; ++i)
        main.layers.push_back(
            {"m" + std::to_string(i * 7 % files), i < files ? 15 : 45, i * length, length});
    return sample;
}

Sample ten_offsets(double scale) {
    const int width = static_cast<int>(1920 * scale);
    const int height = static_cast<int>(1080 * scale);
    Sample sample{.frames_per_file = long_file_frames, .comps = {}};
    SampleComp& main = sample.comps["main"];
    main.length = 300;
    for (int i = 0; i < 10; ++i)
        main.layers.push_back({"l0",
                               i * 13 * 30 / 9,
                               0,
                               300,
                               {200 + 150 * i - width / 2, 300 - height / 2, width, height},
                               0.9});
    return sample;
}

}  // namespace reelpool::plan::test
