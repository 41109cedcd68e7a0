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

Result<OutputPlace> claim(const std::string& out, OutputPlace::Wish wish = {},
                          const std::vector<MediaFile>& inputs = {}) {
    return OutputPlace::claim(out, wish, inputs);
}

/// As an export that was killed leaves it.
void leave_journal(const std::string& part) {
    fs::create_directory(part);
    write(part + "/manifest.json", "{}");
    write(part + "/segment-000000", "packets");
    write(part + "/segment-000001.tmp", "half");
    write(part + "/output", "half");
}

constexpr OutputPlace::Wish replacing{.overwrite = Overwrite::replace};
constexpr OutputPlace::Wish resuming{.earlier = EarlierSegments::resume};

}  // namespace

TEST_CASE("the part becomes the result, or nothing") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    SUBCASE("commit") {
        auto place = claim(out);
        REQUIRE(place);
        CHECK(place->part_directory() == out + ".part");
        write(place->part_path(), "film");
        CHECK_FALSE(claim(out));
        REQUIRE(place->commit(FinishedSegments::remove));
        CHECK(read(out) == "film");
        CHECK_FALSE(fs::exists(out + ".part"));
    }
    SUBCASE("failure leaves the old file alone") {
        write(out, "old");
        {
            auto place = claim(out, replacing);
            REQUIRE(place);
            write(place->part_path(), "half");
        }
        CHECK(read(out) == "old");
        CHECK_FALSE(fs::exists(out + ".part"));
    }
    SUBCASE("a part that a killed export left is taken over") {
        leave_journal(out + ".part");
        {
            auto place = claim(out);
            REQUIRE(place);
            CHECK(place->has_replaced_segments());
            CHECK(fs::is_empty(out + ".part"));
        }
        CHECK_FALSE(fs::exists(out + ".part"));
    }
}

TEST_CASE("segments stay for the export that resumes") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    leave_journal(out + ".part");
    const auto is_left = [&] {
        CHECK(read(out + ".part/segment-000000") == "packets");
        CHECK(fs::exists(out + ".part/manifest.json"));
        CHECK_FALSE(fs::exists(out + ".part/segment-000001.tmp"));
        CHECK_FALSE(fs::exists(out + ".part/output"));
    };
    {
        auto place = claim(out, resuming);
        REQUIRE(place);
        CHECK_FALSE(place->has_replaced_segments());
        is_left();
        write(place->part_path(), "half");
    }
    is_left();
    auto place = claim(out, resuming);
    REQUIRE(place);
    write(place->part_path(), "film");
    REQUIRE(place->commit(FinishedSegments::keep));
    CHECK(read(out) == "film");
    CHECK_FALSE(fs::exists(out + ".part"));
    CHECK(read(out + ".segments/segment-000000") == "packets");
    // They are found again, and whoever does not ask for them leaves them alone.
    {
        auto other = claim(out, replacing);
        REQUIRE(other);
        CHECK_FALSE(other->has_replaced_segments());
    }
    CHECK(read(out + ".segments/segment-000000") == "packets");
    fs::remove(out);
    CHECK(claim(out, resuming));
    is_left();
    CHECK_FALSE(fs::exists(out + ".segments"));
}

TEST_CASE("a new export that keeps its segments replaces those that were kept") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    leave_journal(out + ".segments");
    auto place = claim(out);
    REQUIRE(place);
    write(place->part_path(), "film");
    write(place->part_directory() + "/segment-000000", "newer");
    REQUIRE(place->commit(FinishedSegments::keep));
    CHECK(read(out + ".segments/segment-000000") == "newer");
    CHECK_FALSE(fs::exists(out + ".segments/segment-000001.tmp"));
}

TEST_CASE("what is not Reelpool's is never deleted") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    leave_journal(out + ".part");
    write(out + ".part/holiday.jpg", "mine");
    for (const OutputPlace::Wish& wish : {OutputPlace::Wish{}, resuming}) {
        const auto refused = claim(out, wish);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().what.find("holiday.jpg") != std::string::npos);
    }
    CHECK(read(out + ".part/holiday.jpg") == "mine");
    CHECK(read(out + ".part/segment-000000") == "packets");
    fs::remove_all(out + ".part");
    write(out + ".part", "a file");
    CHECK_FALSE(claim(out));
    CHECK(fs::exists(out + ".part"));
    fs::remove(out + ".part");
    fs::create_directory(directory.at("elsewhere"));
    fs::create_symlink(directory.at("elsewhere"), out + ".part");
    CHECK_FALSE(claim(out));
}

TEST_CASE("bad places are refused before anything is done") {
    const Directory directory;
    const std::string out = directory.at("out.mp4");
    write(out, "old");
    const auto refused = claim(out);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::output);
    CHECK(refused.error().hint.find("--overwrite") != std::string::npos);
    CHECK_FALSE(claim(directory.path.string(), replacing));
    CHECK_FALSE(claim(directory.at("no/such/x.mp4"), replacing));
    CHECK_FALSE(claim("/dev/null", replacing));

    const auto inputs = open_media({{.name = "media.a", .path = out}});
    REQUIRE(inputs);
    const auto itself = claim(out, replacing, inputs->files);
    REQUIRE_FALSE(itself);
    CHECK(itself.error().what.find("one of the project's media") != std::string::npos);
    CHECK_FALSE(fs::exists(out + ".part"));
}

TEST_CASE("a sequence and a picture are moved out of the part directory") {
    const Directory directory;
    {
        auto place = claim(directory.at("f_%03d.png"), {.kind = OutputKind::sequence});
        REQUIRE(place);
        CHECK(place->pattern() == "f_%03d.png");
        fs::create_directory(place->part_path());
        write(place->part_path() + "/f_000.png", "a");
        write(place->part_path() + "/f_001.png", "b");
        REQUIRE(place->commit(FinishedSegments::remove));
    }
    CHECK(read(directory.at("f_001.png")) == "b");
    CHECK_FALSE(fs::exists(directory.at("f_%03d.png.part")));
    {
        auto place = claim(directory.at("one.png"), {.kind = OutputKind::picture});
        REQUIRE(place);
        fs::create_directory(place->part_path());
        write(place->part_path() + "/0.png", "p");
        REQUIRE(place->commit(FinishedSegments::remove));
    }
    CHECK(read(directory.at("one.png")) == "p");
    CHECK_FALSE(fs::exists(directory.at("one.png.part")));
}
