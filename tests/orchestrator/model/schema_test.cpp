// The JSON Schema in docs/ knows the same fields and words as the program.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "orchestrator/model/field_names.hpp"
#include "orchestrator/model/json_document.hpp"

namespace reelpool::model_test {
namespace {

using namespace reelpool::model;
using Names = std::set<std::string>;

std::string schema_text() {
    const char* root = std::getenv("REELPOOL_SOURCE_ROOT");
    REQUIRE(root != nullptr);
    std::ifstream file(std::string(root) + "/docs/project.schema.json");
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The value at a path of member names.
JsonValue at(JsonValue value, const std::vector<std::string>& path) {
    for (const std::string& name : path) {
        bool found = false;
        for (const JsonValue member : value) {
            if (member.key() != name) continue;
            value = member;
            found = true;
            break;
        }
        CAPTURE(name);
        REQUIRE(found);
    }
    return value;
}

Names members(JsonValue object) {
    Names names;
    for (const JsonValue member : object) names.emplace(member.key());
    return names;
}

Names elements(JsonValue list) {
    Names names;
    for (const JsonValue element : list) names.emplace(element.text());
    return names;
}

Names built(std::span<const FieldName> fields) {
    Names names;
    for (const FieldName& field : fields)
        if (field.built == Built::yes) names.emplace(field.name);
    return names;
}

}  // namespace

TEST_CASE("the schema lists exactly the fields that are built") {
    const std::string text = schema_text();
    const auto document = JsonDocument::parse(text);
    REQUIRE(document.has_value());
    const JsonValue root = document->root();
    const auto properties = [&](std::vector<std::string> path) {
        path.push_back("properties");
        return members(at(root, path));
    };
    CHECK(properties({}) == built(project_fields()));
    CHECK(properties({"$defs", "medium"}) == built(medium_fields()));
    CHECK(properties({"$defs", "medium", "properties", "color"}) == built(color_fields()));
    CHECK(properties({"$defs", "comp"}) == built(comp_fields()));
    CHECK(properties({"$defs", "track"}) == built(track_fields()));
    CHECK(properties({"$defs", "clip"}) == built(clip_fields()));
    CHECK(properties({"$defs", "clip", "properties", "crop"}) == built(crop_fields()));
    CHECK(properties({"$defs", "clip", "properties", "transform"}) == built(transform_fields()));
    CHECK(properties({"$defs", "clip", "properties", "transition"}) == built(transition_fields()));
    CHECK(properties({"$defs", "clip", "properties", "matte"}) == built(matte_fields()));
    CHECK(properties({"$defs", "mask"}) == built(mask_fields()));
    CHECK(properties({"$defs", "remap"}) == built(keys_fields()));
}

TEST_CASE("the schema lists exactly the words that are built") {
    const std::string text = schema_text();
    const auto document = JsonDocument::parse(text);
    REQUIRE(document.has_value());
    const auto words = [&](const std::vector<std::string>& path) {
        return elements(at(document->root(), path));
    };
    const auto color = [&](const std::string& name) {
        return words({"$defs", "medium", "properties", "color", "properties", name, "enum"});
    };
    CHECK(color("matrix") == built(matrix_names()));
    CHECK(color("range") == built(range_names()));
    CHECK(color("primaries") == built(primaries_names()));
    CHECK(color("transfer") == built(transfer_names()));
    CHECK(words({"$defs", "medium", "properties", "deinterlace", "enum"}) ==
          built(deinterlace_modes()));
    CHECK(words({"$defs", "clip", "properties", "fit", "enum"}) == built(fit_modes()));
    CHECK(words({"$defs", "clip", "properties", "sampling", "enum"}) == built(sampling_modes()));
    CHECK(words({"$defs", "clip", "properties", "pitch", "enum"}) == built(pitch_modes()));
    CHECK(words({"$defs", "comp", "properties", "channelLayout", "enum"}) ==
          built(channel_layouts()));
    CHECK(words({"$defs", "clip", "properties", "blend", "enum"}) == built(blend_modes()));
    CHECK(words({"$defs", "clip", "properties", "transition", "properties", "type", "enum"}) ==
          built(transition_types()));
    CHECK(words({"$defs", "mask", "properties", "shape", "enum"}) == built(mask_shapes()));
    CHECK(words({"$defs", "mask", "properties", "mode", "enum"}) == built(mask_modes()));
    CHECK(words({"$defs", "clip", "properties", "matte", "properties", "use", "enum"}) ==
          built(matte_uses()));
    const JsonValue ease = *at(document->root(), {"$defs", "ease", "oneOf"}).begin();
    CHECK(elements(at(ease, {"enum"})) == built(ease_names()));
}

}  // namespace reelpool::model_test
