// Wrong projects: one clear message with the place, never a crash.
#include <doctest/doctest.h>

#include "model_fixture.hpp"
#include "orchestrator/model/json_document.hpp"

namespace reelpool::model_test {
namespace {

const std::string one_medium = R"("a": {"path": "a.mp4"})";

std::string with_clip(const std::string& clip) {
    return project_text(one_medium, main_comp(tracks({clip})));
}

void check_problem(const std::string& text, const std::vector<std::string>& words) {
    const std::string problem = problem_of(text);
    CAPTURE(problem);
    CHECK(!problem.empty());
    CHECK(problem.size() < 1000);
    for (const std::string& word : words) {
        CAPTURE(word);
        CHECK(contains(problem, word));
    }
}

}  // namespace

TEST_CASE("an unknown field names the place and the nearest known field") {
    const std::string text = "{\"reelpool\": 1, \"main\": \"main\",\n\"media\": {" + one_medium +
                             "},\n\"comps\": {" +
                             main_comp(tracks({R"({"media": "a", "duration": 1},
 {"media": "a", "start": 1, "opactiy": 0.5})"})) +
                             "}}";
    check_problem(text, {"comps.main.tracks[0].clips[1].opactiy: did you mean \"opacity\"?",
                         "line 4, column 29"});
    const auto error = parse_project(text).error();
    CHECK(error.code == ErrorCode::project);
    CHECK(error.component == Component::project);
    check_problem(with_clip(R"({"media": "a", "fade_in": 1})"), {"did you mean \"fadeIn\"?"});
    check_problem(with_clip(R"({"media": "a", "zzzzzz": 1})"), {"there is no such field"});
    check_problem(R"({"reelpool": 1, "main": "main", "midea": {}, "comps": {}})",
                  {"midea: did you mean \"media\"?"});
}

TEST_CASE("names that begin with x- belong to other programs") {
    CHECK(problem_of(with_clip(R"({"media": "a", "x-label": {"colour": [1, null]}})")) == "");
}

TEST_CASE("wrong types name what was there") {
    check_problem(with_clip(R"({"media": "a", "opacity": "full"})"),
                  {"clips[0].opacity", "must be a number", "\"full\""});
    check_problem(with_clip(R"({"media": 7})"), {"clips[0].media", "must be a text"});
    check_problem(with_clip(R"({"media": "a", "transform": {"position": [1]}})"),
                  {"transform.position", "two numbers"});
    check_problem(with_clip(R"({"media": "a", "transform": {"rotation": {"keys": [[0]]}}})"),
                  {"rotation.keys[0]", "[time, value"});
    check_problem(with_clip(R"({"media": "a", "reverse": 1})"), {"reverse", "true or false"});
    check_problem("[]", {"an object", "line 1, column 1"});
    check_problem(with_clip("7"), {"clips[0]", "an object"});
    check_problem(with_clip(R"({"media": "a", "crop": null})"), {"clips[0].crop", "null"});
    check_problem(with_clip(R"({"solid": "red"})"), {"clips[0].solid", "colour"});
    check_problem(with_clip(R"({"solid": "#12345g"})"), {"clips[0].solid", "colour"});
}

TEST_CASE("text that is no JSON has a line and a column") {
    check_problem("", {"empty"});
    check_problem(" \n\t ", {"empty"});
    check_problem("\xef\xbb\xbf", {"empty"});
    check_problem("{\"reelpool\": 1,\n", {"not valid JSON", "line"});
    check_problem("{} {}", {"not valid JSON", "column 4"});
    check_problem("{\"a\": NaN}", {"not valid JSON"});
    check_problem("{\"a\": Infinity}", {"not valid JSON"});
    check_problem("{\"a\": 1e999}", {"too large"});
    check_problem("{\"a\": \"\\ud800\"}", {"not valid JSON"});
    check_problem("{\"a\": \"\xff\"}", {"not valid JSON"});
    check_problem(std::string("\xff\xfe{\0}\0", 6), {"UTF-16"});
    check_problem("{\"reelpool\": 1, \"main\": \"m\", \"main\": \"n\"}",
                  {"\"main\" stands twice", "line 1, column 30", "line 1, column 17"});
    check_problem(std::string(70, '[') + std::string(70, ']'), {"deep", "column 65"});
    check_problem(std::string(1'000'000, '['), {"deep"});
    std::string deep;
    for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
    check_problem(deep, {"deep"});
    check_problem(std::string(max_project_bytes + 1, ' '), {"larger than 64 MiB"});
}

TEST_CASE("a byte order mark is tolerated") {
    CHECK(problem_of("\xef\xbb\xbf" + with_clip(R"({"media": "a"})")) == "");
}

TEST_CASE("columns count characters") {
    check_problem("{\"\xc3\xa4\xc3\xb6\": 1, \"reelpool\": 1}", {"column 2"});
    check_problem("{\"x-\xc3\xa4\": 1, \"bad\": 1}", {"column 12"});
}

TEST_CASE("times that make no sense") {
    check_problem(with_clip(R"({"media": "a", "duration": -1})"),
                  {"clips[0].duration", "must not be negative"});
    check_problem(with_clip(R"({"media": "a", "start": "1/0"})"),
                  {"clips[0].start", "denominator is 0"});
    for (const char* text : {"\"soon\"", "\"1/-2\"", "\"f\"", "\"1.5f\"", "\"1.5/2\"", "\"2.5\"",
                             "\"/\"", "\"\"", "\"1/2/3\"", "\"+1/2\"", "1e30", "\" 1/2\"",
                             "\"99999999999999999999/1\"", "1e-30", "0.1234567890123456789"})
        check_problem(with_clip(std::string(R"({"media": "a", "start": )") + text + "}"),
                      {"clips[0].start", "no time"});
    check_problem(with_clip(R"({"media": "a", "in": "-1f"})"), {"clips[0].in", "negative"});
    check_problem(with_clip(R"({"media": "a", "speed": -1})"), {"clips[0].speed", "reverse"});
    check_problem(with_clip(R"({"media": "a", "remap": {"keys": [[1, 0], [1, 2]]}})"),
                  {"remap.keys[1]", "must increase"});
    check_problem(with_clip(R"({"media": "a", "opacity": {"keys": []}})"), {"opacity.keys"});
    check_problem(with_clip(R"({"media": "a", "remap": 3})"), {"remap", "an object"});
}

TEST_CASE("frame rates and sizes") {
    const auto comp = [](const std::string& fields) {
        return project_text("", R"("main": {)" + fields + R"(, "duration": 1})");
    };
    for (const char* fps : {"0", "-25", "1001", "\"30/0\"", "\"thirty\"", "\"30\"", "1e-12"})
        check_problem(comp(R"("width": 64, "height": 36, "fps": )" + std::string(fps)),
                      {"comps.main.fps"});
    check_problem(comp(R"("width": 0, "height": 36, "fps": 30)"), {"comps.main.width", "1..16384"});
    check_problem(comp(R"("width": 64, "height": 20000, "fps": 30)"), {"comps.main.height"});
    check_problem(comp(R"("width": 64.5, "height": 36, "fps": 30)"), {"whole number"});
    check_problem(comp(R"("width": 64, "fps": 30)"), {"\"height\" is missing"});
    CHECK(problem_of(comp(R"("width": 63, "height": 35, "fps": 1000)")) == "");
    CHECK(problem_of(comp(R"("width": 1, "height": 16384, "fps": "30000/1001")")) == "");
}

TEST_CASE("overlapping clips are both named, with the exact amount") {
    check_problem(project_text(one_medium, main_comp(tracks({R"(
        {"id": "first", "media": "a", "start": 0, "duration": 0.6},
        {"id": "second", "media": "a", "start": 0.5, "duration": 0.2})"}))),
                  {"comps.main.tracks[0].clips[1] \"second\"",
                   "overlaps comps.main.tracks[0].clips[0] \"first\" by 0.1 s (3 frames)"});
    check_problem(project_text(one_medium, main_comp(tracks({R"(
        {"media": "a", "start": "1/3", "duration": 1},
        {"media": "a", "start": 0, "duration": "1001/3000"})"}))),
                  {"clips[0]", "overlaps comps.main.tracks[0].clips[1] by 1/3000 s"});
    // Half-open: one may begin where the other ends.
    CHECK(problem_of(project_text(one_medium, main_comp(tracks({R"(
        {"media": "a", "start": 0.3, "duration": 0.1},
        {"media": "a", "start": 0.1, "duration": 0.2},
        {"media": "a", "start": 0.3, "duration": 0},
        {"media": "a", "start": 0.3, "duration": 5, "disabled": true})"})))) == "");
}

TEST_CASE("comps that contain themselves are shown with the way round") {
    const auto comp = [](const std::string& name, const std::string& child) {
        return "\"" + name + R"(": {"width": 64, "height": 36, "fps": 30, "duration": 1, "tracks":
            [{"clips": [{"comp": ")" +
               child + "\"}]}]}";
    };
    check_problem(project_text("", comp("main", "left") + "," + comp("left", "right") + "," +
                                       comp("right", "left")),
                  {"comps.left", "\"left\" -> \"right\" -> \"left\""});
    check_problem(project_text("", comp("main", "main")), {"\"main\" -> \"main\""});
    check_problem(project_text("", comp("main", "lfet") + "," + comp("left", "main")),
                  {"there is no comp \"lfet\"", "\"left\""});
}

TEST_CASE("very deep nesting is refused without recursion") {
    std::string comps;
    for (int i = 0; i < 10'000; ++i)
        comps += (i == 0 ? "\"main\"" : ", \"c" + std::to_string(i) + "\"") +
                 R"(: {"width": 4, "height": 4, "fps": 1, "duration": 1, "tracks": [{"clips": [)" +
                 (i + 1 < 10'000 ? R"({"comp": "c)" + std::to_string(i + 1) + "\"}" : "") + "]}]}";
    check_problem(project_text("", comps), {"more than 64 deep"});
}

TEST_CASE("a fan-out that nobody could draw is refused without drawing it") {
    std::string comps;
    for (int i = 0; i < 40; ++i) {
        const std::string child = R"({"clips": [{"comp": "c)" + std::to_string(i + 1) + "\"}]}";
        comps += (i == 0 ? "\"main\"" : ", \"c" + std::to_string(i) + "\"") +
                 R"(: {"width": 4, "height": 4, "fps": 1, "duration": 1, "tracks": [)" + child +
                 "," + child + "]}";
    }
    comps += R"(, "c40": {"width": 4, "height": 4, "fps": 1, "duration": 1})";
    check_problem(project_text("", comps), {"layers at once"});
}

TEST_CASE("references") {
    check_problem(with_clip(R"({"media": "b"})"),
                  {"clips[0].media", "there is no medium \"b\"", "did you mean \"a\"?"});
    check_problem(with_clip(R"({"comp": "mian"})"),
                  {"there is no comp \"mian\"", "did you mean \"main\"?"});
    check_problem(with_clip("{}"), {"no source"});
    check_problem(with_clip(R"({"media": "a", "solid": "#000000"})"), {"several sources"});
    check_problem(R"({"reelpool": 1, "main": "mein", "comps": {)" + main_comp("") + "}}",
                  {"main: there is no comp \"mein\"", "did you mean \"main\"?"});
    check_problem(R"({"reelpool": 1, "comps": {)" + main_comp("") + "}}", {"\"main\" is missing"});
    check_problem(R"({"main": "main", "comps": {)" + main_comp("") + "}}",
                  {"\"reelpool\" is missing"});
    check_problem(R"({"reelpool": 2, "main": "main", "comps": {)" + main_comp("") + "}}",
                  {"format 2"});
    check_problem(R"({"reelpool": 1, "main": "main", "comps": {}})", {"no comp"});
}

TEST_CASE("media entries") {
    const auto medium = [](const std::string& fields) {
        return project_text("\"a\": {" + fields + "}", main_comp(""));
    };
    check_problem(medium(""), {"media.a", "\"path\" is missing"});
    check_problem(medium(R"("path": "")"), {"media.a.path", "empty"});
    check_problem(medium(R"("path": "a\u0000b")"), {"media.a.path", "zero"});
    check_problem(medium(R"("path": "s_%04d.png")"), {"fps"});
    check_problem(medium(R"("path": "s.png", "fps": 24)"), {"%04d"});
    check_problem(medium(R"("path": "%d_%d.png", "fps": 24)"), {"once"});
    check_problem(medium(R"("path": "s.png", "first": 3)"), {"media.a.first"});
    check_problem(medium(R"("path": "a.mp4", "deinterlace": "bobb")"),
                  {"media.a.deinterlace", "\"bob\""});
    check_problem(medium(R"("path": "s_%04d.png", "fps": 25, "deinterlace": "bob")"),
                  {"media.a.deinterlace", "sequence"});
    CHECK(problem_of(medium(R"("path": "s_%04d.png", "fps": 25, "deinterlace": "weave")")) == "");
    check_problem(medium(R"("path": "a", "color": {"matrix": "bt2020-cl"})"),
                  {"media.a.color.matrix", "not built yet"});
    check_problem(medium(R"("path": "a", "color": {"matrix": "bt706"})"),
                  {"did you mean \"bt709\"?"});
    check_problem(medium(R"("path": "a", "color": {"transfer": "log"})"), {"not built yet"});
    check_problem(medium(R"("path": "a", "color": {"primaries": "bt2002"})"), {"\"bt2020\"?"});
    CHECK(problem_of(medium(R"("path": "100%.mp4")")) == "");
    CHECK(problem_of(medium(R"("path": "s_%04d.png", "fps": "24000/1001", "first": 0)")) == "");
}

TEST_CASE("a transition overlaps the clip before it by exactly its length") {
    const auto two = [](const std::string& first, const std::string& second) {
        return with_clip(R"({"media": "a", "duration": 2)" + first +
                         R"(}, {"media": "a", "start": 1,
            "duration": 3)" +
                         second + "}");
    };
    const std::string dissolve = R"(, "transition": {"type": "dissolve", "duration": )";
    CHECK(problem_of(two("", dissolve + "1}")) == "");
    check_problem(two("", dissolve + "0.9}"),
                  {"clips[1]", "overlaps comps.main.tracks[0].clips[0] by 1 s",
                   "its transition takes 0.9 s"});
    check_problem(two(R"(, "blend": "screen")", dissolve + "1}"), {"clips[1]", "blend mode"});
    check_problem(two("", dissolve + R"(1, "softness": 0.1})"), {"transition.softness"});
    check_problem(two("", dissolve + R"(1, "color": "#ffffff"})"), {"transition.color"});
    check_problem(two("", R"(, "transition": {"type": "wipe-lefd", "duration": 1})"),
                  {"did you mean \"wipe-left\"?"});
    check_problem(two("", R"(, "transition": {"type": "iris"})"), {"duration"});
    check_problem(with_clip(R"({"media": "a", "duration": 2}, {"media": "a", "start": 1,
        "duration": 2)" + dissolve +
                            R"(1}}, {"media": "a", "start": 1.5, "duration": 3)" + dissolve +
                            "1.5}}"),
                  {"clips[2]", "another clip overlaps both"});
}

TEST_CASE("what is not built yet is refused by name") {
    check_problem(with_clip(R"({"text": {"string": "hello"}})"),
                  {"clips[0].text", "not built yet"});
    check_problem(with_clip(R"({"shape": {}})"), {"clips[0].shape", "not built yet"});
    check_problem(with_clip(R"({"media": "a", "effects": [{"type": "blur"}]})"),
                  {"clips[0].effects[0].type", "not built yet"});
    check_problem(with_clip(R"({"media": "a", "blend": "mutliply"})"),
                  {"did you mean \"multiply\""});
}

TEST_CASE("masks and mattes that make no sense") {
    const auto masks = [](const std::string& mask) {
        return with_clip(R"({"media": "a", "masks": [)" + mask + "]}");
    };
    check_problem(masks(R"({})"), {"masks[0]", "shape"});
    check_problem(masks(R"({"shape": "elipse"})"), {"did you mean \"ellipse\"?"});
    check_problem(masks(R"({"shape": "rect", "size": [-1, 4]})"), {"masks[0].size"});
    check_problem(masks(R"({"shape": "rect", "vertices": [[0, 0], [1, 1]]})"), {"only a \"path\""});
    check_problem(masks(R"({"shape": "path"})"), {"vertices"});
    check_problem(masks(R"({"shape": "path", "vertices": [[0, 0]]})"), {"2 to 1024"});
    check_problem(masks(R"({"shape": "path", "vertices": [[0, 0], {"in": [1, 1]}]})"),
                  {"vertices[1]", "point"});
    check_problem(masks(R"({"shape": "rect", "feather": -2})"), {"masks[0].feather"});
    check_problem(masks(R"({"shape": "rect", "opacity": 2})"), {"masks[0].opacity", "0..1"});

    const auto two = [](const std::string& a, const std::string& b) {
        return project_text(
            "", main_comp(R"({"id": "a", "clips": [{"solid": "#ffffff")" + a +
                          R"(}]}, {"id": "b", "clips": [{"solid": "#ffffff")" + b + "}]}"));
    };
    const auto matte = [](const std::string& track) {
        return R"(, "matte": {"track": ")" + track + "\"}";
    };
    CHECK(problem_of(two("", matte("a"))) == "");
    check_problem(two("", matte("c")), {"tracks[1].clips[0]", "no track \"c\""});
    check_problem(two("", R"(, "matte": {})"), {"matte", "track"});
    check_problem(two("", R"(, "matte": {"track": "a", "use": "lume"})"),
                  {"did you mean \"luma\"?"});
    check_problem(two(matte("b"), matte("a")), {"comps.main", "needs itself as a matte"});
    check_problem(two(matte("a"), ""), {"comps.main", "needs itself as a matte"});

    // Each track is the matte of the next one; the last one has the id `last`.
    const auto chain = [&](int tracks, const std::string& last) {
        std::string list;
        for (int i = 0; i < tracks; ++i) {
            const std::string id = i + 1 == tracks ? last : std::to_string(i);
            list += (i > 0 ? ", " : "") + std::string(R"({"id": ")") + id +
                    R"(", "clips": [{"solid": "#ffffff")" +
                    (i > 0 ? matte(std::to_string(i - 1)) : "") + "}]}";
        }
        return project_text("", main_comp(list));
    };
    CHECK(problem_of(chain(9, "last")) == "");
    check_problem(chain(10, "last"), {"comps.main", "more than 8 deep"});
    check_problem(chain(5, "0"), {"tracks[1].clips[0]", "several tracks \"0\""});
}

TEST_CASE("values that change nothing are taken") {
    CHECK(
        problem_of(with_clip(
            R"({"media": "a", "blend": "normal", "masks": [], "effects": [], "adjustment": false})")) ==
        "");
    CHECK(problem_of(project_text("", R"("main": {"width": 4, "height": 4, "fps": 1, "duration": 1,
                                     "linear": false, "rasterize": false})")) == "");
    CHECK(problem_of(project_text("", R"("main": {"width": 4, "height": 4, "fps": 1, "duration": 1,
                                     "rasterize": true})")) == "");
    check_problem(
        project_text("", R"("main": {"width": 4, "height": 4, "fps": 1, "rasterize": 1})"),
        {"comps.main.rasterize"});
}

TEST_CASE("values outside their range") {
    check_problem(with_clip(R"({"media": "a", "opacity": 80})"), {"clips[0].opacity", "0..1"});
    check_problem(with_clip(R"({"media": "a", "opacity": {"keys": [[0, 1], [1, 2]]}})"),
                  {"opacity.keys[1][1]", "0..1"});
    check_problem(with_clip(R"({"media": "a", "crop": {"left": -1}})"), {"crop.left"});
    check_problem(with_clip(R"({"media": "a", "size": [1, 1]})"), {"size", "solid"});
    check_problem(with_clip(R"({"solid": "#ffffff", "size": [0, 1]})"), {"size", "above 0"});
    check_problem(
        with_clip(R"({"media": "a", "opacity": {"keys": [[0, 1, [2, 0, 1, 1]], [1, 0]]}})"),
        {"keys[0][2][0]", "0..1"});
    check_problem(with_clip(R"({"media": "a", "opacity": {"keys": [[0, 1, "eese"], [1, 0]]}})"),
                  {"did you mean \"ease\"?"});
    check_problem(project_text("", main_comp(R"({"opacity": {"keys": [[0, 1]]}, "clips": []})")),
                  {"tracks[0].opacity", "keys"});
}

TEST_CASE("strange names are shown safely") {
    check_problem(project_text(one_medium,
                               R"("main": {"width": 4, "height": 4, "fps": 1, "duration": 1},
            "my \u001b[31m comp": {"width": 4, "height": 4, "fps": 1, "heigth": 1})"),
                  {R"(comps["my \x1b[31m comp"].heigth: did you mean "height"?)"});
}

}  // namespace reelpool::model_test
