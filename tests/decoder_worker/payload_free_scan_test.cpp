#include <doctest/doctest.h>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/open_media.hpp"
#include "decoder_worker/packet_scan.hpp"
#include "tests/decoder_worker/generated_media.hpp"
#include "tests/ipc/random.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

struct Listed {
    bool is_payload_skipped = false;
    std::vector<PacketFacts> packets;
    MediaIndex index;
    std::uint64_t bytes_read = 0;
    std::uint64_t file_bytes = 0;
};

Listed listed(const std::string& path, Payload payload) {
    capture_av_log();
    CAPTURE(path);
    auto file = MediaFile::open(open_file(path));
    REQUIRE(file.has_value());
    auto demuxer = Demuxer::open(*file, Probing::full, max_picture_side, payload);
    REQUIRE(demuxer.has_value());
    auto packets = scan_packets(*demuxer, wire::usual_max_frames);
    REQUIRE(packets.has_value());
    auto index = index_from_packets(*packets, *demuxer);
    REQUIRE(index.has_value());
    return {.is_payload_skipped = demuxer->skips_payload(),
            .packets = std::move(*packets),
            .index = std::move(*index),
            .bytes_read = (*file)->bytes_read(),
            .file_bytes = static_cast<std::uint64_t>((*file)->size_bytes())};
}

/// The table is the same whether pictures are read or not; how both scans went.
Listed same_without_payload(const std::string& path) {
    Listed skipping = listed(path, Payload::skip_where_possible);
    const Listed reading = listed(path, Payload::read);
    CAPTURE(path);
    CHECK(skipping.index.table == reading.index.table);
    CHECK(skipping.index.seek == reading.index.seek);
    CHECK(skipping.index.naming == reading.index.naming);
    CHECK(skipping.index.stamps == reading.index.stamps);
    CHECK(skipping.index.seek_points.size() == reading.index.seek_points.size());
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < skipping.index.seek_points.size(); ++i) {
        const SeekPoint& a = skipping.index.seek_points[i];
        const SeekPoint& b = reading.index.seek_points[i];
        // What a seek by time stamp needs; Matroska has no DTS, and nobody asks for it.
        if (a.pts != b.pts || a.position_bytes != b.position_bytes) ++wrong;
    }
    CHECK(wrong == 0);
    // Twice the same: nothing depends on what was in memory.
    CHECK(listed(path, Payload::skip_where_possible).packets == skipping.packets);
    return skipping;
}

/// Large pictures that hardly compress, so that there is much that need not be read.
std::string noise(int frames) {
    return "-f lavfi -i testsrc2=size=480x270:rate=25 -vf \"trim=end_frame=" +
           std::to_string(frames) + ",noise=alls=40:allf=t\"";
}

const std::string x264 = "-c:v libx264 -preset veryfast -crf 20 -pix_fmt yuv420p -g 24 -bf 3 ";

}  // namespace

TEST_CASE("an mp4 tells its frames by its index alone") {
    struct Case {
        const char* name;
        std::string arguments;
    };
    const std::vector<Case> cases{
        {"free-h264.mp4", x264},
        {"free-front.mp4", x264 + "-movflags +faststart"},
        {"free-open.mp4",
         "-c:v libx264 -pix_fmt yuv420p -x264-params open-gop=1:keyint=20:bframes=3"},
        {"free-hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=20"},
        {"free-mpeg4.mp4", "-c:v mpeg4 -q:v 3 -bf 2 -g 20"},
        {"free-prores.mov", "-c:v prores_ks"},
        {"free-mjpeg.mov", "-c:v mjpeg -q:v 3"},
    };
    for (const Case& one : cases) {
        const Listed scan = same_without_payload(generated(one.name, noise(100), one.arguments));
        CAPTURE(one.name);
        CHECK(scan.is_payload_skipped);
        // Boxes of four atoms, at most some bytes for every packet.
        CHECK(scan.bytes_read < 16384 + 64 * scan.packets.size());
        CHECK(scan.bytes_read * 4 < scan.file_bytes);
    }
}

TEST_CASE("sound between the pictures is not read either") {
    const std::string path = generated(
        "free-sound.mp4", "-f lavfi -i sine=duration=4 " + noise(100), x264 + "-shortest");
    const Listed scan = same_without_payload(path);
    CHECK(scan.is_payload_skipped);
    CHECK(scan.bytes_read < 16384 + 64 * scan.packets.size());
}

TEST_CASE("an edit list says which frames are shown") {
    const std::string whole = generated("free-h264.mp4", noise(100), x264);
    const Listed scan =
        same_without_payload(generated("free-edited.mp4", "-ss 1.2 -i " + whole, "-c copy"));
    CHECK(scan.is_payload_skipped);
    CHECK(scan.index.table.frame_count() == 70);
}

TEST_CASE("of a fragmented mp4 only the fragments' headers are read") {
    for (const char* flags : {"+frag_keyframe+empty_moov", "+frag_keyframe+default_base_moof",
                              "+dash+delay_moov+frag_keyframe+global_sidx"}) {
        CAPTURE(flags);
        const Listed scan = same_without_payload(
            generated("free-frag" + std::to_string(std::string(flags).size()) + ".mp4", noise(100),
                      x264 + "-movflags " + flags));
        CHECK(scan.is_payload_skipped);
        CHECK(scan.bytes_read * 4 < scan.file_bytes);
    }
}

TEST_CASE("of Matroska and WebM the ends of the packets are read") {
    const std::string vp9 =
        "-c:v libvpx-vp9 -b:v 6M -g 20 -cpu-used 8 -deadline realtime -auto-alt-ref 1 "
        "-lag-in-frames 16 ";
    struct Case {
        const char* name;
        std::string arguments;
    };
    const std::vector<Case> cases{
        {"free-h264.mkv", x264},
        {"free-hevc.mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=20"},
        {"free-prores.mkv", "-c:v prores_ks"},
        {"free-ffv1.mkv", "-c:v ffv1"},
        {"free-vp9.webm", vp9},
        {"free-vp8.webm",
         "-c:v libvpx -b:v 6M -g 20 -cpu-used 8 -auto-alt-ref 1 -lag-in-frames 16"},
    };
    for (const Case& one : cases) {
        const Listed scan = same_without_payload(generated(one.name, noise(100), one.arguments));
        CAPTURE(one.name);
        CHECK(scan.is_payload_skipped);
        // A kilobyte or two of the buffer for each block's header, and the ends of each packet.
        CHECK(scan.bytes_read < 16384 + 2700 * scan.packets.size());
    }
    // Invisible frames of VP9 in mp4 are told by the same bytes.
    const Listed scan = same_without_payload(generated("free-vp9.mp4", noise(100), vp9));
    CHECK(scan.is_payload_skipped);
    CHECK(scan.bytes_read < 16384 + 700 * scan.packets.size());
}

TEST_CASE("other containers and codecs are read as a whole") {
    struct Case {
        const char* name;
        std::string arguments;
    };
    const std::vector<Case> cases{
        {"free-mpeg4.avi", "-c:v mpeg4 -q:v 4 -bf 2 -g 20"},
        {"free-mpeg4.mkv", "-c:v mpeg4 -q:v 4 -bf 2 -g 20"},
        {"free-mpeg2.mxf", "-c:v mpeg2video -q:v 4 -bf 2 -g 20"},
        {"free-mpeg2.mov", "-c:v mpeg2video -q:v 4 -bf 2 -g 20"},
        {"free-h264.flv", x264},
        {"free-theora.ogg", "-c:v libtheora -q:v 6"},
        {"free-h264.nut", x264},
        {"free-h264.ts", x264},
    };
    for (const Case& one : cases) {
        const Listed scan = same_without_payload(generated(one.name, noise(50), one.arguments));
        CAPTURE(one.name);
        CHECK_FALSE(scan.is_payload_skipped);
    }
}

TEST_CASE("a file that is read to one hundredth is described like one that is read") {
    const std::string path = generated("free-long.mp4", noise(400), x264);
    auto media = open_media(open_file(path), {});
    REQUIRE(media.has_value());
    const Listed reading = listed(path, Payload::read);
    CHECK((*media)->index.table == reading.index.table);
    CHECK((*media)->info.notes.empty());
    // Two openings, the index twice, and the first pictures for the trial.
    CHECK((*media)->file->bytes_read() < 300'000 + 2 * 64 * reading.packets.size());
    CHECK((*media)->file->bytes_read() * 10 < reading.file_bytes);
}

TEST_CASE("a damaged index leads to an error or to a table, always to the same") {
    capture_av_log();
    const std::string whole =
        read_file(generated("free-damage.mp4", moving_picture(50), x264 + "-movflags +faststart"));
    const std::string path = media_directory() + "free-damaged.mp4";
    reelpool::test::Random random(3);
    std::size_t opened = 0;
    for (int i = 0; i < 150; ++i) {
        std::string bytes = whole;
        for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
            bytes[32 + random.below(1600)] = static_cast<char>(random.below(256));
        write_file(path, bytes);
        const auto first = open_media(open_file(path), {});
        const auto second = open_media(open_file(path), {});
        CHECK(first.has_value() == second.has_value());
        if (!first || !second) continue;
        ++opened;
        CHECK((*first)->index.table == (*second)->index.table);
    }
    CHECK(opened > 0);
    CHECK(opened < 150);
}
