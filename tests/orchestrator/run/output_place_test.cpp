#include "orchestrator/run/output_place.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace reelpool;
using namespace reelpool::run;

namespace {

namespace fs = std::filesystem;

struct Directory {
    Directory() {
        std::string name = (fs::temp_directory_path() / "reelpool-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Directory() { fs::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] std::string at(const std::string& name) const { return path / name; }
    fs::path path;
};

void write(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

std::string read(const std::string& path) {
    std::string text;
    std::ifstream(path) >> text;
    return text;
}

}  // namespace

TEST_CASE("the part becomes the result, or nothing") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    SUBCASE("commit") {
        auto place = OutputPlace::claim(out, OutputKind::file, Overwrite::refuse, {});
        REQUIRE(place);
        CHECK(place->part_path() == out + ".part");
        write(place->part_path(), "film");
        REQUIRE(place->lock_part());
        CHECK_FALSE(OutputPlace::claim(out, OutputKind::file, Overwrite::refuse, {}));
        REQUIRE(place->commit());
        CHECK(read(out) == "film");
    }
    SUBCASE("failure leaves the old file alone") {
        write(out, "old");
        {
            auto place = OutputPlace::claim(out, OutputKind::file, Overwrite::replace, {});
            REQUIRE(place);
            write(place->part_path(), "half");
        }
        CHECK(read(out) == "old");
        CHECK_FALSE(fs::exists(out + ".part"));
    }
    SUBCASE("a part that a killed export left is taken over") {
        write(out + ".part", "stale");
        CHECK(OutputPlace::claim(out, OutputKind::file, Overwrite::refuse, {}));
        CHECK_FALSE(fs::exists(out + ".part"));
    }
}

TEST_CASE("bad places are refused before anything is done") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    write(out, "old");
    const auto refused = OutputPlace::claim(out, OutputKind::file, Overwrite::refuse, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::output);
    CHECK(refused.error().hint.find("--overwrite") != std::string::npos);
    CHECK_FALSE(
        OutputPlace::claim(directory.path.string(), OutputKind::file, Overwrite::replace, {}));
    CHECK_FALSE(OutputPlace::claim(directory.at("no/such/x.mp4"), OutputKind::file,
                                   Overwrite::replace, {}));
    CHECK_FALSE(OutputPlace::claim("/dev/null", OutputKind::file, Overwrite::replace, {}));

    const auto inputs = open_media({{.name = "media.a", .path = out}});
    REQUIRE(inputs);
    const auto itself =
        OutputPlace::claim(out, OutputKind::file, Overwrite::replace, inputs->files);
    REQUIRE_FALSE(itself);
    CHECK(itself.error().what.find("one of the project's media") != std::string::npos);
}

TEST_CASE("a sequence and a picture are moved out of the part directory") {
    const Directory directory;
    {
        auto place = OutputPlace::claim(directory.at("f_%03d.png"), OutputKind::sequence,
                                        Overwrite::refuse, {});
        REQUIRE(place);
        CHECK(place->pattern() == "f_%03d.png");
        fs::create_directory(place->part_path());
        write(place->part_path() + "/f_000.png", "a");
        write(place->part_path() + "/f_001.png", "b");
        REQUIRE(place->commit());
    }
    CHECK(read(directory.at("f_001.png")) == "b");
    CHECK_FALSE(fs::exists(directory.at("f_%03d.png.part")));
    {
        auto place =
            OutputPlace::claim(directory.at("one.png"), OutputKind::picture, Overwrite::refuse, {});
        REQUIRE(place);
        fs::create_directory(place->part_path());
        write(place->part_path() + "/0.png", "p");
        REQUIRE(place->commit());
    }
    CHECK(read(directory.at("one.png")) == "p");
    CHECK_FALSE(fs::exists(directory.at("one.png.part")));
}
