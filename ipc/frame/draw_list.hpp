#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/frame/color.hpp"
#include "ipc/frame/pixel_format.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool {

/// x' = xx x + xy y + tx; y' = yx x + yy y + ty. Columns: (xx, yx) and (xy, yy).
struct Matrix {
    double xx = 1, xy = 0, yx = 0, yy = 1, tx = 0, ty = 0;
    friend bool operator==(const Matrix&, const Matrix&) = default;

    [[nodiscard]] double determinant() const { return xx * yy - xy * yx; }
};

/// `outer` after `inner`.
[[nodiscard]] Matrix operator*(const Matrix& outer, const Matrix& inner);

/// How one edge of a rectangle limits its coverage.
enum class EdgeRule : std::uint8_t {
    own = 0,   ///< antialiased: a = clamp(d + 1/2)
    none = 1,  ///< no coverage of its own (the canvas's edge has it): a = 1
    seam = 2,  ///< lies under an upper layer's coinciding edge: a = 1 where d > -1/2, else 0
};

struct Rect {
    double left = 0, top = 0, right = 0, bottom = 0;
    friend bool operator==(const Rect&, const Rect&) = default;
};

enum class Sampling : std::uint8_t { bilinear = 0, smooth = 1 };

enum class LayerKind : std::uint8_t { frame = 0, solid = 1, group = 2 };

/// Where a frame's slot lies.
struct SlotAddress {
    SegmentId segment;
    std::uint32_t offset_bytes = 0;
    friend bool operator==(const SlotAddress&, const SlotAddress&) = default;
};

/// One source frame at one level, premultiplied, in its slot.
struct FrameSource {
    MediaId media;
    FrameIndex frame;
    Level level;
    PixelFormat format;
    std::uint32_t width = 0;  ///< of the full coded picture
    std::uint32_t height = 0;
    ColorDescription color;  ///< no field `unspecified`
    SlotAddress slot;        ///< filled in when the frame is drawn
    friend bool operator==(const FrameSource&, const FrameSource&) = default;
};

/// R'G'B' codes 0..1, straight alpha.
struct Color {
    double r = 0, g = 0, b = 0, a = 1;
    friend bool operator==(const Color&, const Color&) = default;
};

/// One layer of a group, bottom to top. `rect` and `matrix` are in the source's own units:
/// coded pixels of the full picture for frames, comp pixels for solids and groups.
struct DrawLayer {
    LayerKind kind = LayerKind::solid;
    FrameSource frame;        ///< kind frame
    Color solid;              ///< kind solid
    std::uint32_t group = 0;  ///< kind group: index into DrawList::groups, smaller than the owner's
    Sampling sampling = Sampling::bilinear;  ///< kind frame
    double opacity = 1;                      ///< 0..1
    Matrix matrix;                    ///< source units -> output pixels, all parents included
    Rect rect;                        ///< what is shown of the source (crop); coverage is 0 outside
    std::array<EdgeRule, 4> edges{};  ///< left, top, right, bottom
    friend bool operator==(const DrawLayer&, const DrawLayer&) = default;
};

/// A comp at one time: layers over a background that reaches everywhere.
struct DrawGroup {
    Color background{0, 0, 0, 0};
    std::vector<DrawLayer> layers;
    std::uint32_t comp = 0;  ///< which comp of the project, for reports
    friend bool operator==(const DrawGroup&, const DrawGroup&) = default;
};

/// One output frame. Groups deepest first; the last one is the main comp, and is drawn over black.
struct DrawList {
    OutputIndex output;
    std::vector<DrawGroup> groups;
    friend bool operator==(const DrawList&, const DrawList&) = default;
};

/// The picture that a draw list is rendered into.
struct OutputFormat {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    PixelFormat format;
    ColorDescription color;  ///< no field `unspecified`
    friend bool operator==(const OutputFormat&, const OutputFormat&) = default;
};

}  // namespace reelpool
