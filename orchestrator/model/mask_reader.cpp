#include "orchestrator/model/mask_reader.hpp"

#include <string>

#include "orchestrator/model/curve_reader.hpp"

namespace reelpool::model {
namespace {

constexpr NumberRange pixels{-1e7, 1e7};
constexpr NumberRange lengths{0, 1e7};
constexpr NumberRange unit{0, 1};

std::optional<Curve> read_point(const ObjectReader& object, std::string_view name,
                                const Rational& fps, NumberRange range) {
    return object.read(name, std::optional<Curve>(), [&](const ValueReader& v) {
        return std::optional(read_point_curve(v, fps, range));
    });
}

ClipMaskVertex read_vertex(const ValueReader& v, const Rational& fps) {
    ClipMaskVertex vertex;
    if (v.value.kind() == JsonKind::array) {
        vertex.point.constant = v.read_point(pixels);
        return vertex;
    }
    const ObjectReader object(v.problems, v.value, v.place, mask_vertex_fields());
    object.require("point");
    vertex.point = read_point(object, "point", fps, pixels).value_or(Curve{});
    vertex.in = read_point(object, "in", fps, pixels).value_or(Curve{});
    vertex.out = read_point(object, "out", fps, pixels).value_or(Curve{});
    return vertex;
}

std::vector<ClipMaskVertex> read_vertices(const ValueReader& v, const Rational& fps) {
    std::vector<ClipMaskVertex> vertices;
    if (!v.is(JsonKind::array)) return vertices;
    if (v.value.size() < 2 || v.value.size() > max_mask_vertices)
        v.refuse("a path has 2 to " + std::to_string(max_mask_vertices) + " vertices");
    std::int64_t index = 0;
    for (const JsonValue part : v.value) {
        const Place place{.parent = &v.place, .index = index++};
        if (v.problems.any()) break;
        vertices.push_back(read_vertex({v.problems, part, place}, fps));
    }
    return vertices;
}

ClipMask read_mask(const ValueReader& v, const Rational& fps) {
    const ObjectReader object(v.problems, v.value, v.place, mask_fields());
    object.require("shape");
    ClipMask mask;
    mask.shape = object.read("shape", MaskShape::rect, [](const ValueReader& part) {
        return static_cast<MaskShape>(part.read_word(mask_shapes()));
    });
    mask.mode = object.read("mode", MaskMode::add, [](const ValueReader& part) {
        return static_cast<MaskMode>(part.read_word(mask_modes()));
    });
    const bool is_path = mask.shape == MaskShape::path;
    for (const std::string_view name : {"center", "size"})
        if (is_path && object.has(name))
            object.refuse("a \"path\" has \"vertices\", not a " + quoted(name));
    if (!is_path && object.has("vertices")) object.refuse("only a \"path\" has \"vertices\"");
    if (is_path) object.require("vertices");
    mask.center = read_point(object, "center", fps, pixels);
    mask.size = read_point(object, "size", fps, lengths);
    mask.vertices = object.read("vertices", std::vector<ClipMaskVertex>(),
                                [&](const ValueReader& part) { return read_vertices(part, fps); });
    const auto number = [&](std::string_view name, Curve otherwise, NumberRange range) {
        return object.read(name, std::move(otherwise), [&](const ValueReader& part) {
            return read_number_curve(part, fps, range);
        });
    };
    mask.feather = number("feather", {}, lengths);
    mask.expansion = number("expansion", {}, pixels);
    mask.opacity = number("opacity", mask.opacity, unit);
    mask.is_inverted =
        object.read("invert", false, [](const ValueReader& part) { return part.read_bool(); });
    return mask;
}

}  // namespace

std::vector<ClipMask> read_masks(const ValueReader& value, const Rational& fps) {
    std::vector<ClipMask> masks;
    if (!value.is(JsonKind::array)) return masks;
    if (value.value.size() > max_masks)
        value.refuse("a clip has at most " + std::to_string(max_masks) + " masks");
    std::int64_t index = 0;
    for (const JsonValue part : value.value) {
        const Place place{.parent = &value.place, .index = index++};
        if (value.problems.any()) break;
        masks.push_back(read_mask({value.problems, part, place}, fps));
    }
    return masks;
}

}  // namespace reelpool::model
