// The JSON Schema in docs/ knows the same fields and words as the program.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "ipc/frame/picture_effect.hpp"
#include "ipc/frame/sound_effect.hpp"
#include "orchestrator/model/field_names.hpp"
#include "orchestrator/model/json_document.hpp"

namespace reelpool::model_test {
namespace {

using namespace reelpool::model;
using Names = std::set<std::string>;

std::string text_of(const std::string& path) {
    const char* root = std::getenv("REELPOOL_SOURCE_ROOT");
    REQUIRE(root != nullptr);
    std::ifstream file(std::string(root) + "/" + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}
std::string schema_text() {
    return text_of("docs/project.schema.json");
}

/// As people write it: without zeros behind the point.
std::string short_number(double number) {
    std::string text = std::to_string(number);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

/// The definition of an effect on pictures in the schema, without "..." around what `text` has.
std::string definition_of(const PictureEffectType& type) {
    const std::string name(type.name);
    std::string text = "      \"" + name + "\": {\n        \"type\": \"object\",\n" +
                       "        \"required\": [\"type\"" +
                       (type.nature == EffectNature::lut ? ", \"path\"" : "") + "],\n        \"properties\": {\n" +
                       "          \"type\": { \"const\": \"" + name + "\" }";
    for (const PictureEffectParameter& parameter : type.parameters) {
        const std::string bounds = "\"minimum\": " + short_number(parameter.low) +
                                   ", \"maximum\": " + short_number(parameter.high);
        const bool is_triple = parameter.numbers > 1;
        text += ",\n          \"" + std::string(parameter.name) + "\": { \"$ref\": \"#/$defs/" +
                (is_triple ? "effectTriple" : "effectNumber") + "\", " + bounds +
                (is_triple ? ", \"items\": { " + bounds + " }" : "") +
                ", \"default\": " + short_number(parameter.otherwise) + " }";
    }
    if (type.nature == EffectNature::lut)
        text += ",\n          \"path\": { \"type\": \"string\", \"minLength\": 1 }";
    if (type.nature == EffectNature::curves)
        for (const char* const name_of_curve : {"red", "green", "blue", "master"})
            text += ",\n          \"" + std::string(name_of_curve) +
                    "\": { \"$ref\": \"#/$defs/toneCurve\" }";
    return text + "\n        },\n        \"patternProperties\": { \"^x-\": {} },\n" +
           "        \"additionalProperties\": false\n      }";
}

/// The rows of an effect on pictures in the documentation's table.
std::vector<std::string> rows_of(const PictureEffectType& type) {
    std::vector<std::string> rows;
    for (const PictureEffectParameter& parameter : type.parameters) {
        const bool changes_always = type.nature == EffectNature::always_changes;
        rows.push_back("| `" + std::string(type.name) + "` | `" + std::string(parameter.name) +
                       "`" + (parameter.numbers > 1 ? " (r, g, b)" : "") + " | " +
                       std::string(parameter.unit) + " | " + short_number(parameter.low) + ".." +
                       short_number(parameter.high) + " | " + short_number(parameter.otherwise) +
                       " | " + (changes_always ? "" : short_number(parameter.neutral)) + " |\n");
    }
    if (type.nature == EffectNature::lut)
        rows.push_back("| `" + std::string(type.name) + "` | `path` | | a file | required | |\n");
    if (type.nature == EffectNature::curves)
        for (const char* const curve : {"red", "green", "blue", "master"})
            rows.push_back("| `curves` | `" + std::string(curve) +
                           "` | | points [x, y] of 0..1 | straight | straight |\n");
    return rows;
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

TEST_CASE("the schema and the documentation know the effects on sound as the table does") {
    const std::string text = schema_text();
    const auto document = JsonDocument::parse(text);
    REQUIRE(document.has_value());
    const std::string documentation = text_of("docs/project-format.md");
    const JsonValue effects = at(document->root(), {"$defs", "soundEffects"});
    CHECK(effects.size() == sound_effect_types().size());
    const std::size_t on_pictures = at(document->root(), {"$defs", "pictureEffects"}).size();
    CHECK(at(document->root(), {"$defs", "effects", "items", "oneOf"}).size() ==
          effects.size() + on_pictures);
    std::size_t rows = 0;
    for (const SoundEffectType& type : sound_effect_types()) {
        const std::string name(type.name);
        CAPTURE(name);
        const JsonValue properties = at(effects, {name, "properties"});
        CHECK(at(properties, {"type", "const"}).text() == name);
        Names fields{"type"};
        if (name == "duck") fields.insert("track");
        for (const SoundEffectParameter& parameter : type.parameters) {
            const std::string field(parameter.name);
            CAPTURE(field);
            fields.insert(field);
            const auto number = [&](const char* key) {
                return std::string(at(properties, {field, key}).text());
            };
            CHECK(number("minimum") == short_number(parameter.low));
            CHECK(number("maximum") == short_number(parameter.high));
            CHECK(number("default") == short_number(parameter.otherwise));
            const std::string row = "| `" + name + "` | `" + std::string(type.filter) + "` | `" +
                                    field + "` | " + std::string(parameter.unit) + " | " +
                                    short_number(parameter.low) + ".." +
                                    short_number(parameter.high) + " | " +
                                    short_number(parameter.otherwise) + " |\n";
            CHECK(documentation.find(row) != std::string::npos);
            ++rows;
        }
        CHECK(members(properties) == fields);
    }
    CHECK(rows == 35);
}

TEST_CASE("the schema and the documentation know the effects on pictures as the table does") {
    const std::string schema = schema_text();
    const std::string documentation = text_of("docs/project-format.md");
    const auto document = JsonDocument::parse(schema);
    REQUIRE(document.has_value());
    CHECK(at(document->root(), {"$defs", "pictureEffects"}).size() ==
          picture_effect_types().size());
    const auto check_part = [](const std::string& whole, const std::string& part) {
        const bool is_there = whole.find(part) != std::string::npos;
        CAPTURE(part);
        CHECK(is_there);
    };
    for (const PictureEffectType& type : picture_effect_types()) {
        const std::string name(type.name);
        check_part(schema, definition_of(type));
        check_part(schema, "{ \"$ref\": \"#/$defs/pictureEffects/" + name + "\" }");
        for (const std::string& row : rows_of(type)) check_part(documentation, row);
        check_part(documentation, "- `" + name + "`: " + std::string(type.line) + "\n");
    }
}

}  // namespace reelpool::model_test
