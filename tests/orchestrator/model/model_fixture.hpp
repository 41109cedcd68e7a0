#pragma once

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/model/project.hpp"
#include "orchestrator/model/timeline.hpp"

namespace reelpool::model_test {

using namespace reelpool::model;

/// A video of `frames` frames at a constant rate, 8-bit 4:2:0.
inline MediaFacts video(std::uint32_t width, std::uint32_t height, Rational fps,
                        std::uint32_t frames, std::uint32_t id = 0) {
    MediaFacts facts;
    facts.id = MediaId{id};
    facts.info.codec = "h264";
    facts.info.format = yuv420p;
    facts.info.width = width;
    facts.info.height = height;
    facts.table.time_base = Rational(1) / fps;
    for (std::uint32_t n = 0; n < frames; ++n) facts.table.pts.push_back(n);
    facts.table.end_pts = frames;
    facts.table.keyframes = {0};
    return facts;
}

inline MediaFacts still(std::uint32_t width, std::uint32_t height, std::uint32_t id = 0) {
    MediaFacts facts = video(width, height, 25, 1, id);
    facts.info.codec = "png";
    facts.info.format = planar_rgb;
    facts.info.is_still = true;
    return facts;
}

/// {"reelpool": 1, ...} around the members of "media" and "comps".
inline std::string project_text(const std::string& media, const std::string& comps) {
    return R"({"reelpool": 1, "main": "main", "media": {)" + media + R"(}, "comps": {)" + comps +
           "}}";
}

/// One comp at 30 fps, 640x360, with these tracks, and maybe other comps.
inline std::string main_comp(const std::string& tracks, const std::string& duration = "10") {
    return R"("main": {"width": 640, "height": 360, "fps": 30, "duration": )" + duration +
           R"(, "tracks": [)" + tracks + "]}";
}

/// One track for each text, which is a clip or several.
inline std::string tracks(const std::vector<std::string>& clips) {
    std::string text;
    for (const std::string& clip : clips)
        text += (text.empty() ? "" : ", ") + std::string(R"({"clips": [)") + clip + "]}";
    return text;
}

inline Project parse(const std::string& text) {
    auto project = parse_project(text);
    if (!project) throw std::runtime_error(to_string(project.error()));
    return std::move(project).value();
}

inline OutputGeometry geometry_of(const Project& project) {
    const Comp& main = project.comps[project.main];
    return {.width = main.width, .height = main.height, .fps = main.fps};
}

/// The timeline of a project whose media are known, at the main comp's size and rate.
inline Timeline timeline_of(const std::string& text, const std::vector<MediaFacts>& media,
                            std::optional<OutputGeometry> output = std::nullopt) {
    Project project = parse(text);
    const OutputGeometry geometry = output.value_or(geometry_of(project));
    auto timeline = Timeline::build(
        project, std::vector<std::optional<MediaFacts>>(media.begin(), media.end()), geometry);
    if (!timeline) throw std::runtime_error(to_string(timeline.error()));
    return std::move(timeline).value();
}

/// The source frames of the main comp's first layer, for output frames 0 to `count` - 1.
inline std::vector<std::uint32_t> shown_frames(const Timeline& timeline, std::uint32_t count) {
    std::vector<std::uint32_t> frames;
    for (std::uint32_t n = 0; n < count; ++n) {
        const DrawList list = timeline.frame(OutputIndex{n});
        const DrawLayer* layer = &list.groups.back().layers.at(0);
        while (layer->kind == LayerKind::group) layer = &list.groups.at(layer->group).layers.at(0);
        frames.push_back(layer->frame.frame.value);
    }
    return frames;
}

/// The error of a project text as one line, or "" when it is fine.
inline std::string problem_of(const std::string& text) {
    const auto project = parse_project(text);
    return project ? "" : to_string(project.error());
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace reelpool::model_test
