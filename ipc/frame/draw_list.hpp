#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/frame/blend_mode.hpp"
#include "ipc/frame/color.hpp"
#include "ipc/frame/mask.hpp"
#include "ipc/frame/picture_effect.hpp"
#include "ipc/frame/pixel_format.hpp"
#include "ipc/frame/slot_layout.hpp"

namespace reelpool {

/// x' = xx x + xy y + tx; y' = yx x + yy y + ty. Columns: (xx, yx) and (xy, yy).
struct Matrix {
    double xx = 1, xy = 0, yx = 0, yy = 1, tx = 0, ty = 0;
    friend bool operator==(const Matrix&, const Matrix&) = default;

    [[nodiscard]] double determinant() const { return xx * yy - xy * yx; }
    /// Of a matrix that is not singular.
    [[nodiscard]] Matrix inverse() const;
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

enum class Sampling : std::uint8_t { bilinear = 0, smooth = 1, nearest = 2, bicubic = 3 };

enum class LayerKind : std::uint8_t {
    frame = 0,
    solid = 1,
    group = 2,
    canvas = 3,
    mix = 4,
    /// Has no picture: changes everything below it in its group by its effects, with the weight of
    /// its opacity, coverage and masks. Alpha stays.
    adjustment = 5,
};

/// How one group turns into another.
enum class MixKind : std::uint8_t {
    dissolve = 0,
    wipe_left = 1,  ///< the edge travels to the left
    wipe_right = 2,
    wipe_up = 3,
    wipe_down = 4,
    iris = 5,
};

/// Two groups as one picture: the first weighted with 1 - w, the second with w, which is
/// clamp((progress (1 + softness) - q) / max(softness, one output pixel), 0, 1) or, of dissolve,
/// `progress`. q is 0..1 along the edge's travel over the layer's rect; of iris, the distance from
/// its centre in half diagonals.
struct Mix {
    MixKind kind = MixKind::dissolve;
    std::uint32_t second = 0;  ///< index among the owner's groups, as DrawLayer::group
    double progress = 0;       ///< 0..1
    double softness = 0;       ///< 0..1
    friend bool operator==(const Mix&, const Mix&) = default;
};

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

/// What decides where a layer blended with `dissolve` shows: besides the pixel, these.
struct DissolveSeed {
    std::uint32_t track = 0;  ///< the layer's track in its comp
    std::uint32_t frame = 0;  ///< of its comp, at the comp's own rate
    friend bool operator==(const DissolveSeed&, const DissolveSeed&) = default;
};

/// One layer of a group, bottom to top. `rect` and `matrix` are in the source's own units:
/// coded pixels of the full picture for frames, comp pixels for all others.
struct DrawLayer {
    LayerKind kind = LayerKind::solid;
    FrameSource frame;         ///< kind frame
    Color solid;               ///< kind solid
    /// Kind group, and a mix's first: index among the owner's groups, below the owner's.
    std::uint32_t group = 0;
    Mix mix;                   ///< kind mix; has no opacity, and reaches everywhere
    std::uint32_t canvas = 0;  ///< kind canvas: index into DrawList::canvases, below the owner's
    Level level;               ///< kind canvas: among that canvas's levels
    Sampling sampling = Sampling::bilinear;  ///< kinds frame and canvas
    double opacity = 1;                      ///< 0..1
    BlendMode blend = BlendMode::normal;
    DissolveSeed dissolve;  ///< blend dissolve
    Matrix matrix;          ///< source units -> pixels of output or canvas, all parents included
    Rect rect;              ///< what is shown of the source (crop); coverage is 0 outside
    std::array<EdgeRule, 4> edges{};  ///< left, top, right, bottom
    std::vector<Mask> masks{};  ///< what is shown is multiplied by them; never of a mix
    Matrix mask_matrix;       ///< pixels of the masks -> pixels of output or canvas
    /// On what is shown, one after the other, before opacity, coverage and masks; none of a mix, nor
    /// of a group that is part of one in linear light.
    std::vector<PictureEffect> effects{};
    friend bool operator==(const DrawLayer&, const DrawLayer&) = default;
};

/// In what light the layers of a group are put over one another.
enum class Light : std::uint8_t {
    codes = 0,   ///< R'G'B' as it is
    linear = 1,  ///< in linear light; R'G'B' again at its end
    /// As `linear`, but left so: a part of a linear group, as a side of a mix is.
    linear_part = 2,
};

/// A comp at one time: layers over a background that reaches everywhere.
struct DrawGroup {
    Color background{0, 0, 0, 0};
    Light light = Light::codes;
    std::vector<DrawLayer> layers;
    std::uint32_t comp = 0;  ///< which comp of the project, for reports
    friend bool operator==(const DrawGroup&, const DrawGroup&) = default;
};

/// A comp that is drawn by itself, once for an output frame, at scale 1, and then shown as a
/// picture wherever layers of kind canvas say. Its layers lead to its own pixels.
struct DrawCanvas {
    std::uint32_t width = 0;  ///< pixels
    std::uint32_t height = 0;
    bool has_alpha = true;  ///< false: it is opaque all over
    /// Those that are shown, and those that they are halved from: see validate_levels.
    std::vector<Level> levels{Level{}};
    std::vector<DrawGroup> groups;  ///< deepest first; the last one is the comp
    friend bool operator==(const DrawCanvas&, const DrawCanvas&) = default;
};

/// One output frame. Canvases and groups deepest first; the last group is the main comp, and is
/// drawn over black.
struct DrawList {
    OutputIndex output;
    std::vector<DrawCanvas> canvases;
    std::vector<DrawGroup> groups;
    friend bool operator==(const DrawList&, const DrawList&) = default;
};

/// Calls `visit` for all layers of a (const) DrawList, those of the canvases first, in order.
template <class List, class Visit>
void for_each_layer(List& list, Visit&& visit) {
    for (auto& canvas : list.canvases)
        for (auto& group : canvas.groups)
            for (auto& layer : group.layers) visit(layer);
    for (auto& group : list.groups)
        for (auto& layer : group.layers) visit(layer);
}

/// The memory that the canvases of a draw list take, or those of any of an export's.
struct CanvasBytes {
    std::uint64_t all = 0;      ///< at once
    std::uint64_t largest = 0;  ///< of one level of one canvas
    friend bool operator==(const CanvasBytes&, const CanvasBytes&) = default;
};

/// How colours are rounded to the output's codes.
enum class Dither : std::uint8_t {
    none = 0,
    /// Up or down as Bayer's 8 x 8 matrix says at the sample's place in its plane; codes that need no
    /// rounding stay.
    ordered = 1,
};

/// The picture that a draw list is rendered into.
struct OutputFormat {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    PixelFormat format;
    ColorDescription color;  ///< no field `unspecified`
    Dither dither = Dither::none;  ///< of 8 bits alone; alpha is not dithered
    friend bool operator==(const OutputFormat&, const OutputFormat&) = default;
};

}  // namespace reelpool
