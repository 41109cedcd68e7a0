#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include "compositor/encode/segment_file.hpp"
#include "compositor/encode/stitch.hpp"
#include "tests/compositor/encode/test_support.hpp"

using namespace reelpool;
using namespace reelpool::compositor;
using namespace reelpool::compositor::test;

namespace {

namespace fs = std::filesystem;

const std::vector<std::pair<Codec, Container>> all_pairs{
    {Codec::h264, Container::mp4},  {Codec::h264, Container::mkv},
    {Codec::hevc, Container::mov},  {Codec::av1, Container::webm},
    {Codec::av1, Container::mp4},   {Codec::vp9, Container::webm},
    {Codec::vp9, Container::mp4},   {Codec::prores, Container::mov},
    {Codec::dnxhr, Container::mxf}, {Codec::dnxhr, Container::mov},
    {Codec::ffv1, Container::mkv},  {Codec::png, Container::png_sequence}};

OutputSettings with_journal(OutputSettings settings, const std::string& directory) {
    fs::create_directory(directory);
    settings.journal_path = directory;
    settings.part_path = directory + "/output";
    return settings;
}

/// Writes these frames with a journal, and stops there.
std::vector<SealedSegment> encode_some(const OutputSettings& settings,
                                       const std::vector<std::uint32_t>& segments) {
    std::mutex mutex;
    std::vector<SealedSegment> sealed;
    auto file = OutputFile::create(settings, {.on_sealed =
                                                  [&](const SealedSegment& segment) {
                                                      const std::lock_guard lock(mutex);
                                                      sealed.push_back(segment);
                                                  },
                                              .on_failed = [](const Error&) {}});
    REQUIRE(file);
    for (const std::uint32_t index : segments) {
        const OutputSegment segment = segment_at(settings, index);
        for (std::uint32_t n = segment.first_frame; n < segment.end(); ++n)
            REQUIRE((*file)->write(synthetic_picture(n, settings.format)));
    }
    // What comes of it is looked at elsewhere: here segments may be missing.
    static_cast<void>((*file)->finish());
    return sealed;
}

/// All files that make up an output, by name.
std::map<std::string, std::vector<std::uint8_t>> contents_of(const std::string& path) {
    std::map<std::string, std::vector<std::uint8_t>> contents;
    if (!fs::is_directory(path)) return {{"", file_bytes(path)}};
    for (const auto& entry : fs::directory_iterator(path))
        contents[entry.path().filename()] = file_bytes(entry.path());
    return contents;
}

}  // namespace

TEST_CASE("an output that is put together from segments has the same bytes") {
    const TempDir directory;
    for (const auto& [codec, container] : all_pairs) {
        const std::string name = std::string(codec_name(codec)) + container_name(container);
        CAPTURE(name);
        const auto straight = settings_for(codec, container, directory.path(name), 60);
        encode_film(straight);
        const auto settings = with_journal(straight, directory.path(name + ".part"));
        const OutputSummary summary = encode_film(settings);
        CHECK(summary.segments == 3);
        CHECK(contents_of(settings.part_path) == contents_of(straight.part_path));
        CHECK_FALSE(path_exists(settings.part_path + ".trial"));
    }
}

TEST_CASE("segments may come from different runs, in any order") {
    const TempDir directory;
    for (const auto& [codec, container] : all_pairs) {
        const std::string name = std::string(codec_name(codec)) + container_name(container);
        CAPTURE(name);
        const auto straight = settings_for(codec, container, directory.path(name), 110);
        encode_film(straight);
        const auto settings = with_journal(straight, directory.path(name + ".part"));
        CHECK(encode_some(settings, {1, 3}).size() == 2);
        CHECK_FALSE(path_exists(settings.part_path));
        const auto sealed = encode_some(settings, {0, 2, 4});
        REQUIRE(sealed.size() == 3);
        CHECK(sealed[2].segment == OutputSegment{4, 100, 10});
        CHECK(contents_of(settings.part_path) == contents_of(straight.part_path));
    }
}

TEST_CASE("what is told of a sealed segment is what lies on the disk") {
    const TempDir directory;
    const auto settings =
        with_journal(settings_for(Codec::h264, Container::mp4, "", 60), directory.path("part"));
    for (const SealedSegment& sealed : encode_some(settings, {0, 1, 2})) {
        const auto bytes =
            file_bytes(settings.journal_path + "/" + segment_file_name(sealed.segment.index));
        Digester digester;
        digester.add(std::as_bytes(std::span(bytes)));
        CHECK(sealed.bytes == bytes.size());
        CHECK(sealed.digest == digester.digest());
    }
}

TEST_CASE("a damaged segment is never put into an output") {
    const TempDir directory;
    auto settings =
        with_journal(settings_for(Codec::h264, Container::mp4, "", 60), directory.path("part"));
    encode_film(settings);
    const std::string path = settings.journal_path + "/" + segment_file_name(1);
    const auto whole = file_bytes(path);
    const auto refused = [&](const std::vector<std::uint8_t>& bytes) {
        std::ofstream(path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        fs::remove(settings.part_path);
        const auto stitched = stitch(settings);
        CHECK_FALSE(path_exists(settings.part_path));
        if (stitched) return false;
        CHECK(stitched.error().code == ErrorCode::output);
        CHECK(stitched.error().subject == path);
        return true;
    };
    // Every byte of the beginning and the end, and some between.
    for (std::size_t at = 0; at < whole.size();
         at += at < 120 || at + 60 > whole.size() ? 1 : whole.size() / 40) {
        CAPTURE(at);
        auto bytes = whole;
        bytes[at] ^= 0x10;
        CHECK(refused(bytes));
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{40},
                                   whole.size() / 2, whole.size() - 16, whole.size() - 1}) {
        CAPTURE(size);
        CHECK(refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
    auto longer = whole;
    longer.push_back(0);
    CHECK(refused(longer));
    CHECK(refused(file_bytes(settings.journal_path + "/" + segment_file_name(0))));
    fs::remove(path);
    CHECK_FALSE(stitch(settings));
}

TEST_CASE("pictures may pass over whole segments only") {
    const TempDir directory;
    const auto settings =
        with_journal(settings_for(Codec::h264, Container::mp4, "", 60), directory.path("part"));
    auto file = OutputFile::create(
        settings, {.on_sealed = [](const SealedSegment&) {}, .on_failed = [](const Error&) {}});
    REQUIRE(file);
    CHECK_FALSE((*file)->write(synthetic_picture(3, settings.format)));
    REQUIRE((*file)->write(synthetic_picture(25, settings.format)));
    CHECK_FALSE((*file)->write(synthetic_picture(50, settings.format)));
    CHECK_FALSE((*file)->write(synthetic_picture(0, settings.format)));
    REQUIRE((*file)->write(synthetic_picture(26, settings.format)));
    CHECK_FALSE((*file)->finish());
}

TEST_CASE("an abandoned segment leaves no file, the finished ones stay") {
    const TempDir directory;
    const auto settings =
        with_journal(settings_for(Codec::h264, Container::mp4, "", 60), directory.path("part"));
    {
        std::promise<void> is_sealed;
        auto file = OutputFile::create(
            settings, {.on_sealed = [&](const SealedSegment&) { is_sealed.set_value(); },
                       .on_failed = [](const Error&) { FAIL("told"); }});
        REQUIRE(file);
        for (std::uint32_t n = 0; n < 30; ++n)
            REQUIRE((*file)->write(synthetic_picture(n, settings.format)));
        is_sealed.get_future().wait();
    }
    for (const auto& entry : fs::directory_iterator(settings.journal_path))
        CHECK(entry.path().filename() == segment_file_name(0));
    CHECK(pictures_alive() == 0);
}

TEST_CASE("an unfinished file that is in the way is an error") {
    const TempDir directory;
    const auto settings =
        with_journal(settings_for(Codec::h264, Container::mp4, "", 60), directory.path("part"));
    std::ofstream(settings.journal_path + "/" + segment_file_name(0) + ".tmp") << "another's";
    auto file = OutputFile::create(
        settings, {.on_sealed = [](const SealedSegment&) {}, .on_failed = [](const Error&) {}});
    REQUIRE(file);
    Status status = ok();
    for (std::uint32_t n = 0; n < 60 && status; ++n)
        status = (*file)->write(synthetic_picture(n, settings.format));
    if (status) CHECK_FALSE((*file)->finish());
    CHECK(file_bytes(settings.journal_path + "/" + segment_file_name(0) + ".tmp").size() == 9);
}
