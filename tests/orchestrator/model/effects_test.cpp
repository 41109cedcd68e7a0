// What a project says about effects on pictures, and what a draw list then holds.
#include <doctest/doctest.h>

#include "orchestrator/model/cube_file.hpp"
#include "orchestrator/model/effect_reader.hpp"
#include "tests/orchestrator/model/model_fixture.hpp"

namespace reelpool::model_test {
namespace {

std::string with_effects(const std::string& effects, const std::string& more = "") {
    return project_text(R"("a": {"path": "a.mp4"})",
                        main_comp(R"({"clips": [{"media": "a", "effects": [)" + effects + "]" +
                                  more + "}]}"));
}

const std::vector<MediaFacts> media{video(640, 360, 30, 300)};

DrawList list_at(const std::string& text, std::uint32_t frame = 0) {
    return timeline_of(text, media).frame(OutputIndex{frame});
}

const std::vector<PictureEffect>& effects_of(const DrawList& list, std::size_t layer = 0) {
    return list.groups.back().layers.at(layer).effects;
}

std::string shown(const std::vector<PictureEffect>& effects) {
    std::string text;
    for (const PictureEffect& effect : effects) text += std::string(effect.type().name) + " ";
    return text;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const PictureEffectType& type : picture_effect_types()) all.emplace_back(type.name);
    return all;
}

}  // namespace

TEST_CASE("every effect is read, with its defaults, and is neutral where the table says so") {
    for (const std::string& name : names()) {
        CAPTURE(name);
        if (name == "lut3d" || name == "curves") continue;
        const DrawList list = list_at(with_effects(R"({"type": ")" + name + "\"}"));
        const PictureEffectType* type = nullptr;
        for (const PictureEffectType& each : picture_effect_types())
            if (each.name == name) type = &each;
        bool changes = type->nature == EffectNature::always_changes;
        std::string neutral;
        for (const PictureEffectParameter& parameter : type->parameters) {
            changes = changes || parameter.otherwise != parameter.neutral;
            neutral += ", \"" + std::string(parameter.name) +
                       "\": " + std::to_string(parameter.neutral);
        }
        CHECK(effects_of(list).size() == (changes ? 1 : 0));
        if (type->nature == EffectNature::always_changes) continue;
        CHECK(effects_of(list_at(with_effects(R"({"type": ")" + name + "\"" + neutral + "}")))
                  .empty());
    }
}

TEST_CASE("every parameter out of its range is refused by name") {
    for (const PictureEffectType& type : picture_effect_types()) {
        for (const PictureEffectParameter& parameter : type.parameters) {
            const std::string name(parameter.name);
            CAPTURE(name);
            for (const double value : {parameter.low - 1, parameter.high + 1}) {
                const std::string problem = problem_of(
                    with_effects(R"({"type": "hue"}, {"type": ")" + std::string(type.name) +
                                 "\", \"" + name + "\": " + std::to_string(value) + "}"));
                CHECK(contains(problem, "clips[0].effects[1]." + name));
                CHECK(contains(problem, "must lie in"));
            }
        }
    }
}

TEST_CASE("parameters follow anim keys, and stay in their range") {
    const std::string text = with_effects(
        R"({"type": "exposure", "stops": {"keys": [[0, 0], [1, 2]]}},
           {"type": "invert", "amount": {"keys": [[0, 0], [1, 1, [0.5, -4, 0.5, 5]], [2, 0]]}},
           {"type": "cdl", "slope": {"keys": [[0, 1], [2, [3, 5, 7]]]}, "offset": [0.1, 0.2, 0.3]},
           {"type": "posterize", "levels": {"keys": [[0, 4], [1, 6]]}})");
    CHECK(shown(effects_of(list_at(text))) == "cdl posterize ");
    const DrawList half = list_at(text, 15);
    REQUIRE(effects_of(half).size() == 4);
    CHECK(effects_of(half)[0].values == std::vector<double>{1});
    CHECK(effects_of(half)[2].values ==
          std::vector<double>{1.5, 2, 2.5, 0.1, 0.2, 0.3, 1, 1, 1, 1});
    CHECK(effects_of(half)[3].values == std::vector<double>{5});
    CHECK(effects_of(list_at(text, 11))[3].values == std::vector<double>{4});
    for (std::uint32_t n = 30; n < 60; ++n) {
        const DrawList list = list_at(text, n);
        for (const PictureEffect& effect : effects_of(list)) CHECK(is_sane(effect));
    }
}

TEST_CASE("a track's effects come after each clip's own, and have no keys") {
    const std::string clips = R"("clips": [{"media": "a", "duration": 1,
        "effects": [{"type": "sepia"}]}, {"media": "a", "start": 1}])";
    const auto text = [&](const std::string& effect) {
        return project_text(R"("a": {"path": "a.mp4"})",
                            main_comp(R"({"effects": [)" + effect + "], " + clips + "}"));
    };
    const std::string hue = text(R"({"type": "hue", "angle": 9})");
    CHECK(shown(effects_of(list_at(hue))) == "sepia hue ");
    CHECK(shown(effects_of(list_at(hue, 30))) == "hue ");
    CHECK(contains(problem_of(text(R"({"type": "hue", "angle": {"keys": [[0, 9]]}})")),
                   "effects[0].angle"));
}

TEST_CASE("effects on sound and on pictures stand in one list") {
    const std::string both = with_effects(
        R"({"type": "volume", "gain": 3}, {"type": "sepia"}, {"type": "duck", "track": "x"})");
    CHECK(contains(problem_of(both), "effects[2].track"));
    const auto with_source = [](const std::string& source) {
        return project_text("", main_comp(R"({"clips": [{)" + source +
                                          R"(, "effects": [{"type": "volume"}]}]})"));
    };
    CHECK(contains(problem_of(with_source(R"("solid": "#ffffff")")), "no sound"));
    CHECK(contains(problem_of(with_source(R"("adjustment": true)")), "no sound"));
}

TEST_CASE("an adjustment changes what lies below, and is left out where that is nothing") {
    const auto text = [](const std::string& below, const std::string& fields,
                         const std::string& comp = R"("background": "#000000")") {
        return project_text(R"("a": {"path": "a.mp4"})",
                            R"("main": {"width": 640, "height": 360, "fps": 30, "duration": 10, )" +
                                comp + R"(, "tracks": [)" + below +
                                R"({"clips": [{"adjustment": true, )" + fields + "}]}]}");
    };
    const std::string media_below = R"({"clips": [{"media": "a"}]}, )";
    const std::string sepia = R"("effects": [{"type": "sepia"}])";
    const DrawList list = list_at(text(media_below, sepia + R"(, "opacity": 0.5)"));
    REQUIRE(list.groups.back().layers.size() == 2);
    const DrawLayer& layer = list.groups.back().layers.back();
    CHECK(layer.kind == LayerKind::adjustment);
    CHECK(layer.opacity == 0.5);
    CHECK(layer.rect == Rect{0, 0, 640, 360});
    for (const EdgeRule edge : layer.edges) CHECK(edge == EdgeRule::none);
    CHECK(shown(layer.effects) == "sepia ");

    const std::string nothing = R"("effects": [{"type": "sepia", "amount": 0}])";
    CHECK(list_at(text(media_below, nothing)).groups.back().layers.size() == 1);
    CHECK(list_at(text("", sepia)).groups.back().layers.size() == 1);
    const std::string transparent = R"("background": "transparent")";
    CHECK(list_at(text("", sepia, transparent)).groups.back().layers.empty());

    for (const std::string field :
         {R"("blend": "multiply")", R"("transition": {"type": "dissolve", "duration": 1})",
          R"("matte": {"track": "x"})", R"("media": "a")"})
        CHECK(problem_of(text(media_below, sepia + ", " + field)) != "");
    const std::string into = project_text(
        "", main_comp(R"({"clips": [{"adjustment": true, "duration": 2}, {"solid": "#ffffff",
            "start": 1, "duration": 2, "transition": {"type": "dissolve", "duration": 1}}]})"));
    CHECK(contains(problem_of(into), "is an adjustment"));
}

TEST_CASE("an adjustment beside a layer takes no coverage from its edge") {
    const std::string text = project_text(
        R"("a": {"path": "a.mp4"})", main_comp(tracks({R"({"solid": "#ffffff", "size": [320, 360],
                                 "transform": {"position": [160, 180]}})",
                              R"({"adjustment": true, "effects": [{"type": "invert"}],
                                 "crop": {"left": 320}, "transform": {"position": [480, 180]}})"})));
    const auto layers = list_at(text).groups.back().layers;
    REQUIRE(layers.size() == 2);
    CHECK(layers[0].edges[2] == EdgeRule::own);
    CHECK(layers[1].edges[0] == EdgeRule::own);
    CHECK(layers[1].edges[2] == EdgeRule::none);
}

TEST_CASE("effects with steps see the full picture") {
    const std::string scaled = R"(, "transform": {"scale": 0.1}, "sampling": "smooth")";
    const auto layer = [&](const std::string& effect) {
        return list_at(with_effects(R"({"type": ")" + effect + "\"}", scaled)).groups[0].layers[0];
    };
    CHECK(layer("sepia").frame.level == Level{3, 3});
    CHECK(layer("threshold").frame.level == Level{});
    CHECK(layer("threshold").sampling == Sampling::bilinear);
}

TEST_CASE("curves go through their points, and straight ones change nothing") {
    const auto table = [](const std::string& fields, std::vector<std::uint32_t> entries) {
        const Project project = parse(with_effects(R"({"type": "curves")" + fields + "}"));
        std::vector<float> found;
        const auto floats = project.tables.floats();
        for (const std::uint32_t n : entries)
            for (std::size_t c = 0; c < 3; ++c)
                found.push_back(floats.empty() ? -1 : floats[4 * (n + 2) + c]);
        return found;
    };
    CHECK(table("", {0}).front() == -1);
    CHECK(table(R"(, "master": [[0, 0], [0.3, 0.3], [1, 1]])", {0}).front() == -1);
    // 1025 entries: the points lie on some of them.
    const std::string fields = R"(, "red": [[0.25, 0.125], [0.5, 0.75], [1, 0.875]],
                                    "master": [[0, 1], [1, 0]])";
    CHECK(table(fields, {0, 256, 512, 1024}) ==
          std::vector<float>{0.875F, 1, 1, 0.875F, 0.75F, 0.75F, 0.25F, 0.5F, 0.5F, 0.125F, 0, 0});
    const auto rising = table(R"(, "blue": [[0, 0], [0.4, 0.5], [0.5, 0.5], [1, 1]])",
                              {100, 300, 450, 480, 600, 900});
    for (std::size_t i = 5; i < rising.size(); i += 3) CHECK(rising[i] >= rising[i - 3]);
    const auto problem = [](const std::string& curve) {
        return problem_of(with_effects(R"({"type": "curves", "green": )" + curve + "}"));
    };
    CHECK(contains(problem("[[0, 0]]"), "effects[0].green"));
    CHECK(contains(problem("[[0, 0], [0, 1]]"), "from left to right"));
    CHECK(contains(problem("[[0, 0], [1, 2]]"), "green[1][1]"));
}

TEST_CASE("tables of .cube files, and what is wrong with others") {
    const auto cube = parse_cube(
        "TITLE \"t\"\r\n\n# c\r\nLUT_3D_SIZE 2\nDOMAIN_MIN -1 0 0\nDOMAIN_MAX 1 2 4 # d\n"
        "0 0 0\n1 0 0\n0 1e0 0\n1 1 0\n0 0 +1\n1 0 1\n0 1 1\n1 1 .5");
    REQUIRE(cube.has_value());
    CHECK(cube->dimensions == 3);
    CHECK(cube->entries.size() == 8);
    CHECK(cube->entries[1] == std::array<float, 3>{1, 0, 0});
    CHECK(cube->entries[7] == std::array<float, 3>{1, 1, 0.5F});
    CHECK(cube->high == std::array<float, 3>{1, 2, 4});
    TableFile file;
    const EffectTablePlace place = file.add(*cube);
    CHECK(place.end() * 4 == file.floats().size());
    CHECK(file.floats()[4] == 0.5F);
    CHECK(file.add(*cube).checksum == place.checksum);

    struct Wrong {
        std::string text;
        std::string line;
        std::string what;
    };
    for (const Wrong& wrong : std::vector<Wrong>{
             {"", "line 0", "neither"},
             {"LUT_1D_SIZE 2\n0 0 0\n", "line 2", "1 of 2"},
             {"LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1", "line 4", "more than 2"},
             {"LUT_1D_SIZE 2\n0 0 x\n", "line 2", "\"x\""},
             {"LUT_1D_SIZE 2\n0 0\n", "line 2", "missing"},
             {"LUT_1D_SIZE 2\n0 0 0 0\n", "line 2", "behind"},
             {"LUT_1D_SIZE 2\n0 0 nan\n", "line 2", "nan"},
             {"LUT_1D_SIZE 2\n0 0 1e9\n", "line 2", "65504"},
             {"0 0 0\n", "line 1", "before"},
             {"LUT_3D_SIZE 130\n", "line 1", "2..129"},
             {"LUT_3D_SIZE 1\n", "line 1", "2..129"},
             {"LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n", "line 2", "second"},
             {"\n\nLUT_4D_SIZE 2\n", "line 3", "LUT_4D_SIZE"},
             {"LUT_1D_SIZE 2\nDOMAIN_MAX 0 1 1\n0 0 0\n1 1 1\n", "line 4", "domain"}}) {
        const auto refused = parse_cube(wrong.text);
        REQUIRE(!refused);
        CHECK(refused.error().cause == wrong.line);
        CHECK(contains(refused.error().what, wrong.what));
    }
}

TEST_CASE("each table's file is read once, and what is wrong with it names its place") {
    Project project =
        parse(with_effects(R"({"type": "lut3d", "path": "a.cube"}, {"type": "sepia"},
                              {"type": "lut3d", "path": "a.cube"}, {"type": "lut3d", "path": "b"})"));
    int reads = 0;
    const auto read = [&](const std::string& path) -> Result<std::string> {
        ++reads;
        if (path == "b") return std::string("oops");
        return std::string("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n");
    };
    const Status status = load_tables(project, read);
    REQUIRE(!status);
    CHECK(reads == 2);
    CHECK(contains(to_string(status.error()), "clips[0].effects[3].path"));
    const std::vector<ClipEffect>& effects = project.comps[0].tracks[0].clips[0].effects;
    CHECK(effects[0].table == effects[2].table);
    CHECK(effects[0].table.dimensions == 1);
    CHECK(contains(problem_of(with_effects(R"({"type": "lut3d"})")), "path"));
}

}  // namespace reelpool::model_test
