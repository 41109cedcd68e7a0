#include "orchestrator/run/media_files.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace reelpool;
using namespace reelpool::run;

namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string name = (fs::temp_directory_path() / "reelpool-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryDirectory() { fs::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    std::string write(const std::string& name, const std::string& content) const {
        const std::string path = path_ / name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    std::string at(const std::string& name) const { return path_ / name; }

  private:
    fs::path path_;
};

MediaRequest ask(const std::string& path) {
    return {.name = "media.x", .path = path};
}

}  // namespace

TEST_CASE("one content is one file, whatever it is called") {
    const TemporaryDirectory directory;
    const std::string big(300'000, 'a');
    std::string other = big;
    other[150'001] = 'b';
    const std::string a = directory.write("a.mp4", big);
    const std::string copy = directory.write("copy.mp4", big);
    const std::string different = directory.write("different.mp4", other);
    REQUIRE(::link(a.c_str(), directory.at("link.mp4").c_str()) == 0);
    REQUIRE(::symlink(a.c_str(), directory.at("symlink.mp4").c_str()) == 0);

    const auto opened =
        open_media({ask(a), ask(copy), ask(different), ask(directory.at("link.mp4")),
                    ask(directory.at("symlink.mp4"))});
    REQUIRE(opened);
    CHECK(opened->files.size() == 2);
    CHECK(opened->by_request[0] == opened->by_request[1]);
    CHECK(opened->by_request[0] == opened->by_request[3]);
    CHECK(opened->by_request[0] == opened->by_request[4]);
    CHECK(opened->by_request[0] != opened->by_request[2]);
}

TEST_CASE("a file that is read in two ways is two media") {
    const TemporaryDirectory directory;
    const std::string a = directory.write("a.png", "x");
    MediaRequest premultiplied = ask(a);
    premultiplied.alpha = wire::AlphaMode::premultiplied;
    const auto opened = open_media({ask(a), premultiplied});
    REQUIRE(opened);
    CHECK(opened->files.size() == 2);
}

TEST_CASE("what cannot be a medium is refused with its name and a remedy") {
    const TemporaryDirectory directory;
    directory.write("holiday.mp4", "x");
    directory.write("empty.mp4", "");
    REQUIRE(::mkfifo(directory.at("fifo").c_str(), 0600) == 0);

    const auto missing = open_media({ask(directory.at("holliday.mp4"))});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::media);
    CHECK(missing.error().hint == "did you mean \"holiday.mp4\"?");
    CHECK(missing.error().subject.find("media.x") != std::string::npos);

    CHECK(open_media({ask(directory.at("empty.mp4"))}).error().what == "the file is empty");
    CHECK(open_media({ask(directory.at(""))}).error().code == ErrorCode::media);
    CHECK(open_media({ask(directory.at("fifo"))}).error().what == "is not a regular file");
    CHECK(open_media({ask("/dev/zero")}).error().what == "is not a regular file");
}

TEST_CASE("sequences end at the first gap") {
    const TemporaryDirectory directory;
    for (const char* name : {"f_003.png", "f_004.png", "f_006.png"}) directory.write(name, name);
    MediaRequest sequence{
        .name = "media.s", .path = directory.at("f_%03d.png"), .is_sequence = true, .first = 3};
    const auto opened = open_media({sequence});
    REQUIRE(opened);
    CHECK(opened->files[0].pictures.size() == 2);
    sequence.first = 1;
    CHECK(open_media({sequence}).error().code == ErrorCode::media);
}

TEST_CASE("patterns") {
    CHECK(*numbered_path("a/b_%04d.png", 7) == "a/b_0007.png");
    CHECK(*numbered_path("b%d", 12345) == "b12345");
    CHECK(*numbered_path("100%%_%02d", 3) == "100%_03");
    CHECK_FALSE(numbered_path("plain.png", 1));
    CHECK_FALSE(numbered_path("%d_%d", 1));
    CHECK_FALSE(numbered_path("%s", 1));
    CHECK_FALSE(numbered_path("%99999d", 1));
}
