#include "renderer.hpp"

#include <algorithm>

#include "raster.hpp"
#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

/// Output frames whose pictures are in memory together; each batch decodes from the start.
constexpr std::size_t batch = 32;

/// `to_output`: from the group's own pixels, which are those of a canvas or of the output.
void collect_pictures(const Group& group, const Affine& to_output,
                      std::vector<PlacedPicture>& pictures) {
    for_each_layer(group, [&](const Layer& layer) {
        if (const auto* picture = std::get_if<Picture>(&layer.source)) {
            pictures.push_back({.name = picture->frame,
                                .to_output = to_output.after(picture->to_coded.inverse()),
                                .width = picture->facts->width,
                                .height = picture->facts->height});
        } else if (const auto* inner = std::get_if<std::shared_ptr<Group>>(&layer.source)) {
            collect_pictures(**inner, to_output, pictures);
        } else if (const auto* raster = std::get_if<Raster>(&layer.source)) {
            collect_pictures(*raster->canvas, to_output.after(raster->to_canvas.inverse()),
                             pictures);
        }
    });
}

}  // namespace

Renderer::Renderer(Project project, RenderOptions options)
    : project_(std::move(project)),
      options_(std::move(options)),
      format_(output_format_named(options_.pixel_format)),
      library_(project_),
      builder_(project_, library_) {
    const Comp& main = project_.comps.at(project_.main);
    width_ = options_.size ? options_.size->first : main.width;
    height_ = options_.size ? options_.size->second : main.height;
    fps_ = options_.fps.value_or(main.fps);
}

int Renderer::frame_count() {
    return static_cast<int>(
        ceil_of(builder_.comp_duration(project_.comps.at(project_.main)) * fps_));
}

Group Renderer::group_at(int frame) {
    if (frame < 0 || frame >= frame_count()) {
        throw ReferenceError("there is no frame " + std::to_string(frame));
    }
    return builder_.main_at(Rational(frame) / fps_, width_, height_);
}

ShownFrames Renderer::shown_at(int frame) {
    std::set<FrameName> names;
    collect_frames(group_at(frame), names);
    return {.output_frame = frame, .shown = {names.begin(), names.end()}};
}

std::vector<PlacedPicture> Renderer::pictures_at(int frame) {
    std::vector<PlacedPicture> pictures;
    collect_pictures(group_at(frame), Affine{}, pictures);
    return pictures;
}

void Renderer::render(const std::vector<int>& frames,
                      const std::function<void(int, const OutputPicture&)>& take) {
    for (std::size_t begin = 0; begin < frames.size(); begin += batch) {
        const std::size_t end = std::min(frames.size(), begin + batch);
        std::vector<Group> groups;
        std::set<FrameName> names;
        for (std::size_t k = begin; k < end; ++k) {
            groups.push_back(group_at(frames[k]));
            collect_frames(groups.back(), names);
        }
        library_.prefetch(names);
        std::map<std::pair<FrameName, Level>, std::shared_ptr<const PlanarFrame>> levels;
        for (std::size_t k = begin; k < end; ++k) {
            Group& group = groups[k - begin];
            bind_pictures(group, library_, levels);
            draw_rasters(group);
            take(frames[k], draw(group, width_, height_, format_));
        }
        library_.forget_frames();
    }
}

}  // namespace reelpool::reference
