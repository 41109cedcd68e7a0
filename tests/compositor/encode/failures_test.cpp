#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "tests/compositor/encode/test_support.hpp"

using namespace reelpool;
using namespace reelpool::compositor;
using namespace reelpool::compositor::test;

namespace {

/// A file system of 256 KiB, where mounting is allowed.
class TinyDisk {
  public:
    explicit TinyDisk(const std::string& path) : path_(path) {
        REQUIRE(::mkdir(path.c_str(), 0700) == 0);
        mounted_ = ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=256k") == 0;
    }
    TinyDisk(const TinyDisk&) = delete;
    TinyDisk& operator=(const TinyDisk&) = delete;
    ~TinyDisk() {
        if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    [[nodiscard]] bool is_mounted() const { return mounted_; }

  private:
    std::string path_;
    bool mounted_ = false;
};

/// No file of this process grows beyond some bytes, while it lives.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &old_) == 0);
        rlimit limit = old_;
        limit.rlim_cur = bytes;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &old_);
        std::signal(SIGXFSZ, old_handler_);
    }

  private:
    rlimit old_{};
    void (*old_handler_)(int) = nullptr;
};

/// Writes until something fails, at the latest in finish; the file is gone afterwards.
Error failure_of(const OutputSettings& settings) {
    auto file = OutputFile::create(settings);
    if (!file) return file.error();
    for (std::uint32_t index = 0; index < settings.frame_count; ++index) {
        auto status = (*file)->write(synthetic_picture(index, settings.format));
        if (!status) {
            // What failed once stays failed.
            CHECK_FALSE((*file)->finish());
            return status.error();
        }
    }
    auto summary = (*file)->finish();
    REQUIRE_FALSE(summary);
    return summary.error();
}

const std::vector<std::pair<Codec, Container>> one_of_each{
    {Codec::h264, Container::mp4},   {Codec::hevc, Container::mov},
    {Codec::av1, Container::webm},   {Codec::vp9, Container::webm},
    {Codec::prores, Container::mov}, {Codec::dnxhr, Container::mxf},
    {Codec::ffv1, Container::mkv},   {Codec::png, Container::png_sequence}};

}  // namespace

TEST_CASE("an output that is not finished leaves nothing") {
    const TempDir directory;
    for (const auto& [codec, container] : one_of_each) {
        for (const std::uint32_t written : {0U, 1U, 30U, 60U}) {
            CAPTURE(std::string(codec_name(codec)));
            CAPTURE(written);
            const auto settings = settings_for(codec, container, directory.path("out.part"), 60);
            {
                auto file = OutputFile::create(settings);
                REQUIRE(file);
                CHECK(path_exists(settings.part_path));
                for (std::uint32_t index = 0; index < written; ++index)
                    REQUIRE((*file)->write(synthetic_picture(index, settings.format)));
            }
            CHECK_FALSE(path_exists(settings.part_path));
            CHECK(pictures_alive() == 0);
        }
    }
}

TEST_CASE("an existing part file is refused and stays") {
    const TempDir directory;
    const auto settings = settings_for(Codec::h264, Container::mp4, directory.path("out.part"), 10);
    std::ofstream(settings.part_path) << "somebody else's";
    auto file = OutputFile::create(settings);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::output);
    CHECK(file.error().subject == settings.part_path);
    CHECK(file.error().hint.find("another export") != std::string::npos);
    CHECK(file_bytes(settings.part_path).size() == 15);

    const auto sequence =
        settings_for(Codec::png, Container::png_sequence, directory.path("out.part"), 10);
    auto pictures = OutputFile::create(sequence);
    REQUIRE_FALSE(pictures);
    CHECK(pictures.error().code == ErrorCode::output);
    CHECK(file_bytes(settings.part_path).size() == 15);
}

TEST_CASE("a folder that does not exist is named") {
    const TempDir directory;
    const auto settings =
        settings_for(Codec::h264, Container::mp4, directory.path("no/such/out.part"), 10);
    auto file = OutputFile::create(settings);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::output);
    CHECK(file.error().hint == "create the folder first");
}

TEST_CASE("refused settings create no file") {
    const TempDir directory;
    auto settings = settings_for(Codec::h264, Container::mp4, directory.path("out.part"), 10);
    settings.format.width = 191;
    auto file = OutputFile::create(settings);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::usage);
    CHECK_FALSE(path_exists(settings.part_path));
}

TEST_CASE("pictures come in order, all of them and no more") {
    const TempDir directory;
    auto settings = settings_for(Codec::h264, Container::mp4, directory.path("out.part"), 3);
    {
        auto file = OutputFile::create(settings);
        REQUIRE(file);
        REQUIRE((*file)->write(synthetic_picture(0, settings.format)));
        auto status = (*file)->write(synthetic_picture(2, settings.format));
        REQUIRE_FALSE(status);
        CHECK(status.error().code == ErrorCode::internal);
        auto early = (*file)->finish();
        REQUIRE_FALSE(early);
        CHECK(early.error().what == "the output ended after 1 of 3 pictures");
    }
    CHECK_FALSE(path_exists(settings.part_path));
    {
        auto file = OutputFile::create(settings);
        REQUIRE(file);
        for (std::uint32_t index = 0; index < 3; ++index)
            REQUIRE((*file)->write(synthetic_picture(index, settings.format)));
        CHECK_FALSE((*file)->write(synthetic_picture(3, settings.format)));
    }
    CHECK_FALSE(path_exists(settings.part_path));
}

TEST_CASE("a file that may not grow is an error that says so") {
    const TempDir directory;
    // ffv1 meets the limit while pictures are written, h264 at the end.
    for (const auto& [codec, container, bytes] :
         {std::tuple{Codec::ffv1, Container::mkv, rlim_t{300'000}},
          std::tuple{Codec::ffv1, Container::mkv, rlim_t{0}},
          std::tuple{Codec::h264, Container::mp4, rlim_t{4'000}},
          std::tuple{Codec::png, Container::png_sequence, rlim_t{20'000}}}) {
        CAPTURE(std::string(codec_name(codec)));
        const auto settings = settings_for(codec, container, directory.path("out.part"), 60);
        Error error;
        {
            const FileSizeLimit limit(bytes);
            error = failure_of(settings);
        }
        CHECK(error.code == ErrorCode::output);
        CHECK(error.component == Component::output);
        CHECK(error.subject.starts_with(settings.part_path));
        CHECK(error.cause == "File too large");
        CHECK_FALSE(error.hint.empty());
        CHECK_FALSE(path_exists(settings.part_path));
        CHECK(pictures_alive() == 0);
    }
}

TEST_CASE("a full disk is an error that says so") {
    const TempDir directory;
    const TinyDisk disk(directory.path("disk"));
    if (!disk.is_mounted()) {
        MESSAGE("skipped: this user may not mount a file system");
        return;
    }
    for (const auto& [codec, container] :
         {std::pair{Codec::ffv1, Container::mkv}, std::pair{Codec::prores, Container::mov},
          std::pair{Codec::dnxhr, Container::mxf},
          std::pair{Codec::png, Container::png_sequence}}) {
        CAPTURE(std::string(codec_name(codec)));
        const auto settings = settings_for(codec, container, directory.path("disk/out.part"), 120);
        const Error error = failure_of(settings);
        CHECK(error.code == ErrorCode::output);
        CHECK(error.cause == "No space left on device");
        CHECK(error.hint.find("free space") != std::string::npos);
        CHECK_FALSE(path_exists(settings.part_path));
    }
}
