#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "output_picture.hpp"
#include "project.hpp"

namespace reelpool::reference {

/// How a project is rendered.
struct RenderOptions {
    std::optional<std::pair<int, int>> size;  ///< default the main comp's
    std::optional<Rational> fps;              ///< default the main comp's
    std::string pixel_format = "yuv420p";
};

/// What one output frame shows: which frame of which medium.
struct ShownFrames {
    int output_frame = 0;
    std::vector<FrameName> shown;  ///< in ascending order
};

/// One picture in an output frame, however deep it is nested.
struct PlacedPicture {
    FrameName name;
    Affine to_output;  ///< coded pixels to output pixels
    int width = 0;     ///< of the coded picture
    int height = 0;
};

/// Renders projects, one frame after another.
class Renderer {
  public:
    Renderer(Project project, RenderOptions options);

    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    /// The number of output frames: ceil(duration x rate).
    [[nodiscard]] int frame_count();
    /// Draws the frames in the order given; each is handed over and then forgotten.
    void render(const std::vector<int>& frames,
                const std::function<void(int, const OutputPicture&)>& take);
    /// The frames that visible layers show, without drawing.
    [[nodiscard]] ShownFrames shown_at(int frame);
    /// Every visible layer that shows a medium, from the bottom to the top.
    [[nodiscard]] std::vector<PlacedPicture> pictures_at(int frame);

  private:
    [[nodiscard]] Group group_at(int frame);

    Project project_;
    RenderOptions options_;
    OutputFormat format_;
    MediaLibrary library_;
    SceneBuilder builder_;
    int width_ = 0;
    int height_ = 0;
    Rational fps_;
};

}  // namespace reelpool::reference
