// What changes a segment's key, and what does not.
#include "orchestrator/run/content_keys.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "tests/orchestrator/model/model_fixture.hpp"

using namespace reelpool;
using namespace reelpool::model_test;
using namespace reelpool::run;

namespace {

namespace fs = std::filesystem;

/// Two media files with some content, an image sequence of three pictures, all of an hour ago.
struct Media {
    Media() {
        std::string name = (fs::temp_directory_path() / "reelpool-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder = name;
        for (const char* file : {"a.mp4", "b.mp4", "p_1.png", "p_2.png", "p_3.png"})
            write(file, std::string(200'000, file[0]));
    }
    ~Media() { fs::remove_all(folder); }
    Media(const Media&) = delete;
    Media& operator=(const Media&) = delete;

    void write(const std::string& name, const std::string& text, std::int64_t time_s = 1'000'000) {
        std::ofstream(folder / name, std::ios::binary) << text;
        const timespec times[2] = {{time_s, 5}, {time_s, 5}};
        REQUIRE(::utimensat(AT_FDCWD, (folder / name).c_str(), times, 0) == 0);
    }
    [[nodiscard]] std::vector<MediaFile> open() const {
        auto files = open_media(
            {{.name = "a", .path = folder / "a.mp4"},
             {.name = "b", .path = folder / "b.mp4"},
             {.name = "p", .path = folder / "p_%d.png", .is_sequence = true, .first = 1}});
        REQUIRE(files);
        return std::move(files->files);
    }
    fs::path folder;
};

OutputSettings settings_of(const Timeline& timeline) {
    OutputSettings settings;
    settings.frame_count = timeline.frame_count();
    settings.keyframe_interval = 30;
    settings.format = {.width = 640, .height = 360, .format = yuv420p, .color = {}};
    return settings;
}

const std::string media_text = R"("a": {"path": "a.mp4"}, "b": {"path": "b.mp4"},
    "p": {"path": "p_%d.png", "fps": 30})";

Timeline timeline_with(const std::string& comps, const std::string& media = media_text) {
    return timeline_of(
        project_text(media, comps),
        {video(640, 360, 30, 300, 0), video(320, 180, 30, 300, 1), video(320, 180, 30, 3, 2)});
}

/// The keys of the first segments.
std::vector<std::string> keys_of(const Timeline& timeline, const std::vector<MediaFile>& files,
                                 const OutputSettings& settings,
                                 const std::string& renderer = "llvmpipe") {
    ContentKeys keys(timeline, files, settings, renderer);
    std::vector<std::string> texts;
    for (std::uint32_t index = 0; index < segment_count(settings); ++index)
        texts.push_back(to_text(keys.of(segment_at(settings, index))));
    return texts;
}

/// 60 frames: two segments. Clip b covers the first one only.
std::string comps(const std::string& clip_b = R"("transform": {"scale": 0.5})",
                  const std::string& clip_a = R"("in": 1)") {
    return main_comp(tracks({R"({"media": "a", "duration": 2, )" + clip_a + "}",
                             R"({"media": "b", "duration": 1, )" + clip_b + "}"}),
                     "2");
}

}  // namespace

TEST_CASE("equal content has equal keys, whatever it is called and wherever it lies") {
    const Media here;
    const Media there;
    const Timeline timeline = timeline_with(comps());
    OutputSettings settings = settings_of(timeline);
    const auto keys = keys_of(timeline, here.open(), settings);
    REQUIRE(keys.size() == 2);
    CHECK(keys[0] != keys[1]);
    CHECK(keys_of(timeline, there.open(), settings) == keys);
    settings.part_path = "/elsewhere";
    settings.journal_path = "/elsewhere.part";
    settings.metadata = {{"title", "Holiday"}};
    CHECK(keys_of(timeline, here.open(), settings) == keys);
    // Another comp that nobody shows, and names.
    CHECK(keys_of(timeline_with(comps(R"("id": "other name", "transform": {"scale": 0.5})") +
                                R"(, "unused": {"width": 8, "height": 8, "fps": 1, "duration": 1,
                                "tracks": []})"),
                  here.open(), settings) == keys);
}

TEST_CASE("a change touches the segments that show it, and no others") {
    const Media media;
    const auto files = media.open();
    const auto keys_with = [&](const std::string& some_comps) {
        const Timeline timeline = timeline_with(some_comps);
        return keys_of(timeline, files, settings_of(timeline));
    };
    const auto before = keys_with(comps());
    std::set<std::string> seen{before[0]};
    for (const char* clip :
         {R"("transform": {"scale": 0.4})", R"("transform": {"scale": 0.5, "position": [3, 4]})",
          R"("transform": {"scale": 0.5, "rotation": 1})",
          R"("transform": {"scale": 0.5}, "in": 1)",
          R"("transform": {"scale": 0.5}, "opacity": 0.9)",
          R"("transform": {"scale": 0.5}, "crop": {"left": 1})",
          R"("transform": {"scale": 0.5}, "sampling": "smooth")",
          R"("transform": {"scale": 0.5}, "speed": 2)",
          R"("transform": {"scale": 0.5}, "fadeIn": 0.5)",
          R"("transform": {"scale": 0.5}, "effects": [{"type": "sepia"}])",
          R"("transform": {"scale": 0.5}, "effects": [{"type": "sepia", "amount": 0.5}])",
          R"("transform": {"scale": 0.5}, "effects": [{"type": "invert", "amount": 0.5}])",
          R"("transform": {"scale": 0.5}, "effects": [{"type": "curves", "red": [[0, 1], [1, 0]]}])",
          R"("transform": {"scale": 0.5}, "effects": [{"type": "curves", "red": [[0, 1], [1, 1]]}])"}) {
        CAPTURE(std::string(clip));
        const auto after = keys_with(comps(clip));
        CHECK(seen.insert(after[0]).second);
        CHECK(after[1] == before[1]);
    }
    const auto other = keys_with(comps(R"("transform": {"scale": 0.5})", R"("in": 2)"));
    CHECK(other[0] != before[0]);
    CHECK(other[1] != before[1]);
    // One clip more than before, in the second segment only.
    const auto more =
        keys_with(main_comp(tracks({R"({"media": "a", "duration": 2, "in": 1})",
                                    R"({"media": "b", "duration": 1, "transform": {"scale": 0.5}},
                   {"solid": "#ff0000", "size": [9, 9], "start": 1, "duration": 1})"}),
                            "2"));
    CHECK(more[0] == before[0]);
    CHECK(more[1] != before[1]);
}

TEST_CASE("settings, place and renderer are part of the content") {
    const Media media;
    const auto files = media.open();
    const Timeline timeline = timeline_with(comps());
    const OutputSettings settings = settings_of(timeline);
    const auto before = keys_of(timeline, files, settings);
    std::set<std::string> seen{before[0]};
    const std::vector<std::function<void(OutputSettings&)>> changes{
        [](OutputSettings& s) { s.codec = Codec::hevc; },
        [](OutputSettings& s) { s.container = Container::mxf; },
        [](OutputSettings& s) { s.format.width = 642; },
        [](OutputSettings& s) { s.format.height = 362; },
        [](OutputSettings& s) { s.format.format = yuv422p; },
        [](OutputSettings& s) { s.format.color.matrix = ColorMatrix::bt2020_ncl; },
        [](OutputSettings& s) { s.format.color.primaries = ColorPrimaries::bt2020; },
        [](OutputSettings& s) { s.format.color.transfer = ColorTransfer::srgb; },
        [](OutputSettings& s) { s.format.color.range = ColorRange::full; },
        [](OutputSettings& s) { s.format.color.siting = ChromaSiting::left; },
        [](OutputSettings& s) { s.frame_rate = Rational(30000, 1001); },
        [](OutputSettings& s) { s.preset = "slow"; },
        [](OutputSettings& s) { s.crf = 18; },
        [](OutputSettings& s) { s.encoder_threads = 4; },
        [](OutputSettings& s) { s.format.dither = Dither::ordered; },
        [](OutputSettings& s) { s.mastering_display = {.max_luminance = 1}; },
        [](OutputSettings& s) { s.content_light = {.brightest_pixel = 1}; },
        [](OutputSettings& s) { s.keyframe_interval = 29; }};
    for (const auto& change : changes) {
        OutputSettings changed = settings;
        change(changed);
        CHECK(seen.insert(keys_of(timeline, files, changed)[0]).second);
    }
    CHECK(seen.insert(keys_of(timeline, files, settings, "a GPU")[0]).second);
    // A still picture is the same all the time; its segments are not in the same place.
    const Timeline still = timeline_with(main_comp("", "2"));
    const auto empty = keys_of(still, files, settings_of(still));
    CHECK(empty[0] != empty[1]);
}

TEST_CASE("a medium is known by its content, its size and its time") {
    Media media;
    const Timeline timeline = timeline_with(comps());
    const OutputSettings settings = settings_of(timeline);
    const auto keys = [&] { return keys_of(timeline, media.open(), settings); };
    const auto before = keys();
    std::string text(200'000, 'b');
    const auto b_changes = [&] {
        const auto now = keys();
        CHECK(now[0] != before[0]);
        CHECK(now[1] == before[1]);
    };
    text[199'999] = 'x';
    media.write("b.mp4", text);
    b_changes();
    text[199'999] = 'b';
    media.write("b.mp4", text + "b");
    b_changes();
    media.write("b.mp4", text, 1'000'001);
    b_changes();
    media.write("b.mp4", text);
    CHECK(keys() == before);
    auto files = media.open();
    files[1].open.alpha = wire::AlphaMode::premultiplied;
    CHECK(keys_of(timeline, files, settings)[0] != before[0]);
}

TEST_CASE("of an image sequence each picture counts by itself") {
    Media media;
    const Timeline timeline =
        timeline_with(main_comp(tracks({R"({"media": "p", "start": 0, "duration": "1f"},
                             {"media": "p", "start": "1f", "in": "1f", "duration": "2f"})"}),
                                R"("3f")"));
    OutputSettings settings = settings_of(timeline);
    settings.keyframe_interval = 1;
    const auto before = keys_of(timeline, media.open(), settings);
    REQUIRE(before.size() == 3);
    media.write("p_2.png", "another");
    const auto after = keys_of(timeline, media.open(), settings);
    CHECK(after[0] == before[0]);
    CHECK(after[1] != before[1]);
    CHECK(after[2] == before[2]);
}
