#include <doctest/doctest.h>

#include <algorithm>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/open_media.hpp"
#include "tests/decoder_worker/generated_media.hpp"
#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

/// The file's first part, in a file of its own.
std::string cut(const std::string& whole, const std::string& name, std::size_t thousandths) {
    const std::string bytes = read_file(whole);
    const std::string path = media_directory() + name;
    write_file(path, bytes.substr(0, bytes.size() * thousandths / 1000));
    return path;
}

bool has_note(const MediaInfo& info, const std::string& text) {
    return std::any_of(info.notes.begin(), info.notes.end(), [&](const std::string& note) {
        return note.find(text) != std::string::npos;
    });
}

/// Everything that ffmpeg's own linear decoding shows of a cut file is there, and nothing else.
void check_against_ffmpeg(const std::string& path) {
    CAPTURE(path);
    capture_av_log();
    auto media = open_media(open_file(path), {});
    REQUIRE(media.has_value());
    const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 90);
    CHECK((*media)->index.table.frame_count() == frames.size());
}

}  // namespace

TEST_CASE("of a file that is cut short the frames that remain are served") {
    const std::string inputs[] = {
        generated("cut-b.mp4", moving_picture(75),
                  "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3 -movflags +faststart"),
        generated("cut-p.mp4", moving_picture(75),
                  "-c:v libx264 -pix_fmt yuv420p -g 100 -bf 0 -movflags +faststart"),
        generated("cut-frag.mp4", moving_picture(75),
                  "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3 -movflags +frag_keyframe+empty_moov"),
        generated("cut-b.ts", moving_picture(75), "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3"),
        generated("cut-mpeg2.ts", moving_picture(75), "-c:v mpeg2video -q:v 4 -g 15 -bf 2"),
        generated("cut-b.mkv", moving_picture(75), "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3"),
    };
    for (const std::string& input : inputs)
        for (const std::size_t thousandths : {350UL, 501UL, 648UL, 777UL, 859UL, 993UL})
            check_against_ffmpeg(
                cut(input, "cut-part" + input.substr(input.rfind('.')), thousandths));
}

TEST_CASE("what is missing at the end is said") {
    const std::string path =
        cut(generated("cut-b.mp4", moving_picture(75), ""), "cut-noted.mp4", 500);
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    CHECK(has_note(worker.opened().info, "the file is cut short: its last "));
    CHECK(has_note(worker.opened().info, " frames lie beyond its end"));
    const std::uint32_t count = worker.opened().table.frame_count();
    CHECK(count < 75);
    // All of them can be had.
    const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 90);
    worker.open_cursor(0, 1);
    for (std::uint32_t frame = 0; frame < count; ++frame) {
        worker.forget_ready();
        worker.decode(0, frame == 0 ? 0 : wire::no_seek, {frame});
        REQUIRE(!worker.failure());
        if (frame + 2 < count) CHECK(worker.picture(0) == frames[frame]);
    }
}

TEST_CASE("a transport stream may end anywhere, even before its last picture's first slice") {
    const std::string h264_ts =
        generated("cut-b.ts", moving_picture(75), "-c:v libx264 -pix_fmt yuv420p -g 24 -bf 3");
    const std::string mpeg2_ts =
        generated("cut-mpeg2.ts", moving_picture(75), "-c:v mpeg2video -q:v 4 -g 15 -bf 2");
    for (const std::string& input : {h264_ts, mpeg2_ts}) {
        const std::string whole = read_file(input);
        const std::string path = media_directory() + "cut-packets.ts";
        // The packets of 188 bytes around two thirds, one by one.
        const std::size_t packets = whole.size() / 188 * 2 / 3;
        for (std::size_t n = 0; n < 24; ++n) {
            write_file(path, whole.substr(0, (packets + n) * 188));
            check_against_ffmpeg(path);
        }
    }
}
