#include "tests/compositor/render/compare.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <utility>

#include "compositor/vk/instance.hpp"

namespace reelpool::testing {
namespace {

/// Never destroyed: while one instance lives, driver and layers stay loaded, and leak reports can
/// name whose memory it is.
const auto* const lasting_instance = new Result<compositor::vk::Instance>(
    compositor::vk::Instance::create(compositor::vk::Validation::on));

}  // namespace

Difference compare(const compositor::Picture& picture, const OutputFormat& output,
                   const std::vector<ReferencePlane>& reference) {
    Difference difference;
    for (std::size_t p = 0; p < reference.size(); ++p) {
        const ReferencePlane& plane = reference[p];
        double squares = 0;
        for (std::uint32_t y = 0; y < plane.height; ++y)
            for (std::uint32_t x = 0; x < plane.width; ++x) {
                if (plane.unsure[std::size_t{y} * plane.width + x]) continue;
                const double exact = plane.codes[std::size_t{y} * plane.width + x];
                const int expected = rounded(exact, output.format.bit_depth);
                const int got = sample_of(picture, output.format, static_cast<int>(p), x, y);
                squares += std::pow(got - expected, 2);
                if (std::abs(got - expected) <= difference.largest) continue;
                difference.largest = std::abs(got - expected);
                difference.where = "plane " + std::to_string(p) + " (" + std::to_string(x) + ", " +
                                   std::to_string(y) + "): " + std::to_string(got) +
                                   " instead of " + std::to_string(exact);
            }
        const double mean = squares / static_cast<double>(plane.codes.size());
        const double top = std::pow(2.0, output.format.bit_depth) - 1;
        if (mean > 0)
            difference.worst_psnr =
                std::min(difference.worst_psnr, 10 * std::log10(top * top / mean));
    }
    return difference;
}

Stage::Stage(const OutputFormat& output, Footage& footage, wire::FrameAccess access,
             compositor::Variants variants)
    : output_(output), footage_(footage) {
    REQUIRE(lasting_instance->has_value());
    compositor::RendererOptions options;
    options.access = access;
    options.variants = variants;
    options.output = output;
    options.canvas_bytes = {32 << 20, 32 << 20};
    options.validation = true;
    auto renderer = compositor::Renderer::create(options);
    REQUIRE_MESSAGE(renderer, (renderer ? "" : to_string(renderer.error())));
    renderer_ = std::move(renderer).value();
    footage.map_into(*renderer_);
}

Stage::~Stage() {
    for (const std::string& message : renderer_->validation_messages()) FAIL_CHECK(message);
}

compositor::Picture Stage::draw(const DrawList& list) {
    auto submission = renderer_->submit(list);
    REQUIRE_MESSAGE(submission, (submission ? "" : to_string(submission.error())));
    auto picture = renderer_->finish(std::move(submission).value());
    REQUIRE_MESSAGE(picture, (picture ? "" : to_string(picture.error())));
    return std::move(picture).value();
}

Difference Stage::draw_and_compare(const DrawList& list) {
    const auto slot = [this](const FrameSource& frame) { return footage_.slot(frame); };
    return compare(draw(list), output_, draw_reference(list, output_, slot));
}

}  // namespace reelpool::testing
