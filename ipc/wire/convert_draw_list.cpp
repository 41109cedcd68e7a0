#include <algorithm>
#include <cmath>

#include "ipc/frame/canvas_layout.hpp"
#include "ipc/wire/convert.hpp"

namespace reelpool::wire {
namespace {

double finite(double value) {
    if (!std::isfinite(value)) throw Malformed("a number is not finite");
    return value;
}

double share(double value) {
    if (!(value >= 0 && value <= 1)) throw Malformed("an opacity or a share is outside 0..1");
    return value;
}

void write(proto::Matrix::Builder to, const Matrix& from) {
    to.setXx(from.xx);
    to.setXy(from.xy);
    to.setYx(from.yx);
    to.setYy(from.yy);
    to.setTx(from.tx);
    to.setTy(from.ty);
}

Matrix read(proto::Matrix::Reader from) {
    return {finite(from.getXx()), finite(from.getXy()), finite(from.getYx()),
            finite(from.getYy()), finite(from.getTx()), finite(from.getTy())};
}

void write(proto::Rect::Builder to, const Rect& from) {
    to.setLeft(from.left);
    to.setTop(from.top);
    to.setRight(from.right);
    to.setBottom(from.bottom);
}

Rect read(proto::Rect::Reader from) {
    return {finite(from.getLeft()), finite(from.getTop()), finite(from.getRight()),
            finite(from.getBottom())};
}

void write(proto::Rgba::Builder to, const Color& from) {
    to.setR(from.r);
    to.setG(from.g);
    to.setB(from.b);
    to.setA(from.a);
}

Color read(proto::Rgba::Reader from) {
    return {finite(from.getR()), finite(from.getG()), finite(from.getB()), finite(from.getA())};
}

void write(proto::FrameSource::Builder to, const FrameSource& from) {
    to.setMedia(from.media.value);
    to.setFrame(from.frame.value);
    wire::write(to.initLevel(), from.level);
    wire::write(to.initFormat(), from.format);
    to.setWidth(from.width);
    to.setHeight(from.height);
    wire::write(to.initColor(), from.color);
    to.setSegment(from.slot.segment.value);
    to.setOffsetBytes(from.slot.offset_bytes);
}

FrameSource read(proto::FrameSource::Reader from) {
    FrameSource to;
    to.media = MediaId{from.getMedia()};
    to.frame = FrameIndex{from.getFrame()};
    to.level = wire::read(from.getLevel());
    to.format = wire::read(from.getFormat());
    to.width = from.getWidth();
    to.height = from.getHeight();
    check_size(to.width, to.height);
    to.color = wire::read(from.getColor());
    to.slot = {SegmentId{from.getSegment()}, from.getOffsetBytes()};
    return to;
}

void write(proto::MaskPoint::Builder to, const MaskPoint& from) {
    to.setX(from.x);
    to.setY(from.y);
}

MaskPoint read(proto::MaskPoint::Reader from) {
    return {finite(from.getX()), finite(from.getY())};
}

void write(proto::Mask::Builder to, const Mask& from) {
    to.setShape(static_cast<std::uint8_t>(from.shape));
    to.setMode(static_cast<std::uint8_t>(from.mode));
    to.setIsInverted(from.is_inverted);
    to.setFeather(from.feather);
    to.setExpansion(from.expansion);
    to.setOpacity(from.opacity);
    write(to.initCenter(), from.center);
    write(to.initSize(), from.size);
    auto vertices = to.initVertices(static_cast<unsigned>(from.vertices.size()));
    for (unsigned i = 0; i < vertices.size(); ++i) {
        write(vertices[i].initPoint(), from.vertices[i].point);
        write(vertices[i].initIn(), from.vertices[i].in);
        write(vertices[i].initOut(), from.vertices[i].out);
    }
}

Mask read(proto::Mask::Reader from) {
    Mask to;
    to.shape = read_enum(from.getShape(), MaskShape::path);
    to.mode = read_enum(from.getMode(), MaskMode::intersect);
    to.is_inverted = from.getIsInverted();
    to.feather = finite(from.getFeather());
    to.expansion = finite(from.getExpansion());
    to.opacity = share(from.getOpacity());
    to.center = read(from.getCenter());
    to.size = read(from.getSize());
    if (to.feather < 0 || to.size.x < 0 || to.size.y < 0)
        throw Malformed("a mask has a length below 0");
    const auto vertices = from.getVertices();
    if (vertices.size() > max_mask_vertices) throw Malformed("a mask has too many vertices");
    if (to.shape == MaskShape::path && vertices.size() < 2)
        throw Malformed("a mask's path has less than two vertices");
    for (const auto vertex : vertices)
        to.vertices.push_back(
            {read(vertex.getPoint()), read(vertex.getIn()), read(vertex.getOut())});
    return to;
}

void write(proto::Effect::Builder to, const PictureEffect& from) {
    to.setKind(static_cast<std::uint8_t>(from.kind));
    auto values = to.initValues(static_cast<unsigned>(from.values.size()));
    for (unsigned i = 0; i < values.size(); ++i) values.set(i, from.values[i]);
    if (from.table.dimensions == 0) return;
    auto table = to.initTable();
    table.setFirst(from.table.first);
    table.setDimensions(static_cast<std::uint8_t>(from.table.dimensions));
    table.setSize(from.table.size);
    table.setChecksum(from.table.checksum);
}

PictureEffect read(proto::Effect::Reader from) {
    PictureEffect to{.kind = from.getKind(), .values = {}};
    const auto values = from.getValues();
    if (values.size() > max_effect_numbers) throw Malformed("an effect has too many numbers");
    for (const double value : values) to.values.push_back(value);
    if (from.hasTable()) {
        const auto table = from.getTable();
        to.table = {table.getFirst(), table.getDimensions(), table.getSize(), table.getChecksum()};
    }
    if (!is_sane(to)) throw Malformed("an effect does not exist, or has impossible numbers");
    return to;
}

void write(proto::DrawLayer::Builder to, const DrawLayer& from) {
    switch (from.kind) {
        case LayerKind::frame:
            write(to.initFrame(), from.frame);
            break;
        case LayerKind::solid:
            write(to.initSolid(), from.solid);
            break;
        case LayerKind::group:
            to.setGroup(from.group);
            break;
        case LayerKind::canvas:
            to.setCanvas(from.canvas);
            wire::write(to.initLevel(), from.level);
            break;
        case LayerKind::mix: {
            auto mix = to.initMix();
            mix.setKind(static_cast<std::uint8_t>(from.mix.kind));
            mix.setFirst(from.group);
            mix.setSecond(from.mix.second);
            mix.setProgress(from.mix.progress);
            mix.setSoftness(from.mix.softness);
            break;
        }
        case LayerKind::adjustment:
            to.setAdjustment();
            break;
    }
    to.setSampling(static_cast<std::uint8_t>(from.sampling));
    to.setOpacity(from.opacity);
    to.setBlend(static_cast<std::uint8_t>(from.blend));
    to.setDissolveTrack(from.dissolve.track);
    to.setDissolveFrame(from.dissolve.frame);
    write(to.initMatrix(), from.matrix);
    write(to.initRect(), from.rect);
    std::uint32_t edges = 0;
    for (std::size_t i = 0; i < from.edges.size(); ++i)
        edges |= static_cast<std::uint32_t>(from.edges[i]) << (8 * i);
    to.setEdges(edges);
    if (!from.effects.empty()) {
        auto effects = to.initEffects(static_cast<unsigned>(from.effects.size()));
        for (unsigned i = 0; i < effects.size(); ++i) write(effects[i], from.effects[i]);
    }
    if (from.masks.empty()) return;
    write(to.initMaskMatrix(), from.mask_matrix);
    auto masks = to.initMasks(static_cast<unsigned>(from.masks.size()));
    for (unsigned i = 0; i < masks.size(); ++i) write(masks[i], from.masks[i]);
}

DrawLayer read(proto::DrawLayer::Reader from) {
    DrawLayer to;
    switch (from.which()) {
        case proto::DrawLayer::FRAME:
            to.kind = LayerKind::frame;
            to.frame = read(from.getFrame());
            break;
        case proto::DrawLayer::SOLID:
            to.kind = LayerKind::solid;
            to.solid = read(from.getSolid());
            break;
        case proto::DrawLayer::GROUP:
            to.kind = LayerKind::group;
            to.group = from.getGroup();
            break;
        case proto::DrawLayer::CANVAS:
            to.kind = LayerKind::canvas;
            to.canvas = from.getCanvas();
            to.level = wire::read(from.getLevel());
            break;
        case proto::DrawLayer::MIX: {
            const auto mix = from.getMix();
            to.kind = LayerKind::mix;
            to.group = mix.getFirst();
            to.mix = {read_enum(mix.getKind(), MixKind::iris), mix.getSecond(),
                      share(mix.getProgress()), share(mix.getSoftness())};
            break;
        }
        case proto::DrawLayer::ADJUSTMENT:
            to.kind = LayerKind::adjustment;
            break;
    }
    to.sampling = read_enum(from.getSampling(), Sampling::bicubic);
    to.opacity = share(from.getOpacity());
    to.blend = read_enum(from.getBlend(), BlendMode::silhouette_luma);
    to.dissolve = {from.getDissolveTrack(), from.getDissolveFrame()};
    to.matrix = read(from.getMatrix());
    to.rect = read(from.getRect());
    for (std::size_t i = 0; i < to.edges.size(); ++i)
        to.edges[i] =
            read_enum(static_cast<std::uint8_t>(from.getEdges() >> (8 * i)), EdgeRule::seam);
    const auto masks = from.getMasks();
    if (masks.size() > max_masks) throw Malformed("a layer has too many masks");
    if (masks.size() > 0 && to.kind == LayerKind::mix) throw Malformed("a mix has masks");
    if (masks.size() > 0) to.mask_matrix = read(from.getMaskMatrix());
    for (const auto mask : masks) to.masks.push_back(read(mask));
    const auto effects = from.getEffects();
    if (effects.size() > max_layer_effects) throw Malformed("a layer has too many effects");
    if (effects.size() > 0 && to.kind == LayerKind::mix) throw Malformed("a mix has effects");
    for (const auto effect : effects) to.effects.push_back(read(effect));
    return to;
}

void write(capnp::List<proto::DrawGroup>::Builder to, const std::vector<DrawGroup>& from) {
    for (unsigned g = 0; g < to.size(); ++g) {
        const DrawGroup& group = from[g];
        write(to[g].initBackground(), group.background);
        to[g].setComp(group.comp);
        to[g].setLight(static_cast<std::uint8_t>(group.light));
        auto layers = to[g].initLayers(static_cast<unsigned>(group.layers.size()));
        for (unsigned i = 0; i < layers.size(); ++i) write(layers[i], group.layers[i]);
    }
}

/// Layers may show the canvases that were read before, at the levels that these have.
void check_canvas(const DrawLayer& layer, const std::vector<DrawCanvas>& before) {
    if (layer.canvas >= before.size())
        throw Malformed("a layer shows a canvas that does not come before it");
    const std::vector<Level>& levels = before[layer.canvas].levels;
    if (!std::binary_search(levels.begin(), levels.end(), layer.level))
        throw Malformed("a layer shows a canvas at a level that it has not");
}

std::vector<DrawGroup> read(capnp::List<proto::DrawGroup>::Reader from,
                            const std::vector<DrawCanvas>& canvases) {
    std::vector<DrawGroup> to;
    for (const auto group : from) {
        DrawGroup& added = to.emplace_back();
        added.background = read(group.getBackground());
        added.comp = group.getComp();
        added.light = read_enum(group.getLight(), Light::linear_part);
        for (const auto layer : group.getLayers()) {
            const DrawLayer read_layer = read(layer);
            const auto is_below = [&to](std::uint32_t index) {
                return std::size_t{index} + 1 < to.size();
            };
            const bool is_mix = read_layer.kind == LayerKind::mix;
            const bool has_group = read_layer.kind == LayerKind::group || is_mix;
            if ((has_group && !is_below(read_layer.group)) ||
                (is_mix && !is_below(read_layer.mix.second)))
                throw Malformed("a group refers to one that does not come before it");
            if (read_layer.kind == LayerKind::canvas) check_canvas(read_layer, canvases);
            added.layers.push_back(read_layer);
        }
    }
    if (to.empty()) throw Malformed("a draw list has no groups");
    return to;
}

void write(proto::DrawCanvas::Builder to, const DrawCanvas& from) {
    to.setWidth(from.width);
    to.setHeight(from.height);
    to.setHasAlpha(from.has_alpha);
    auto levels = to.initLevels(static_cast<unsigned>(from.levels.size()));
    for (unsigned i = 0; i < levels.size(); ++i) wire::write(levels[i], from.levels[i]);
    write(to.initGroups(static_cast<unsigned>(from.groups.size())), from.groups);
}

DrawCanvas read(proto::DrawCanvas::Reader from, const std::vector<DrawCanvas>& before) {
    DrawCanvas to{.width = from.getWidth(), .height = from.getHeight(), .levels = {}, .groups = {}};
    check_size(to.width, to.height);
    to.has_alpha = from.getHasAlpha();
    for (const auto level : from.getLevels()) to.levels.push_back(wire::read(level));
    if (!validate_levels(to.levels)) throw Malformed("a canvas's levels do not follow one another");
    to.groups = read(from.getGroups(), before);
    return to;
}

}  // namespace

void write(proto::DrawList::Builder to, const DrawList& from) {
    to.setOutput(from.output.value);
    auto canvases = to.initCanvases(static_cast<unsigned>(from.canvases.size()));
    for (unsigned i = 0; i < canvases.size(); ++i) write(canvases[i], from.canvases[i]);
    write(to.initGroups(static_cast<unsigned>(from.groups.size())), from.groups);
}

DrawList read(proto::DrawList::Reader from) {
    DrawList to;
    to.output = OutputIndex{from.getOutput()};
    for (const auto canvas : from.getCanvases()) to.canvases.push_back(read(canvas, to.canvases));
    to.groups = read(from.getGroups(), to.canvases);
    return to;
}

}  // namespace reelpool::wire
