#pragma once

#include <string>
#include <vector>

#include "tests/compositor/render/footage.hpp"
#include "tests/compositor/render/reference_draw.hpp"

namespace reelpool::testing {

/// How far a picture lies from the reference.
struct Difference {
    int largest = 0;          ///< in codes, against the rounded reference
    double worst_psnr = 1e9;  ///< of the worst plane, against the rounded reference
    std::string where;        ///< of the largest
};
[[nodiscard]] Difference compare(const compositor::Picture& picture, const OutputFormat& output,
                                 const std::vector<ReferencePlane>& reference);

/// A renderer with the validation layer, and footage mapped into it.
class Stage {
  public:
    Stage(const OutputFormat& output, Footage& footage,
          wire::FrameAccess access = wire::FrameAccess::automatic,
          compositor::Variants variants = compositor::Variants::automatic);
    ~Stage();  ///< fails the test if the validation layer has said anything

    [[nodiscard]] compositor::Picture draw(const DrawList& list);
    [[nodiscard]] Difference draw_and_compare(const DrawList& list);
    [[nodiscard]] compositor::Renderer& renderer() { return *renderer_; }

  private:
    OutputFormat output_;
    Footage& footage_;
    std::unique_ptr<compositor::Renderer> renderer_;
};

}  // namespace reelpool::testing
