#include <doctest/doctest.h>
#include <fcntl.h>

#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

namespace {

std::string h264() {
    return generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
}

/// What the worker says about a file that it cannot open; it ends afterwards.
Error refusal(const std::string& path, wire::OpenMedia wishes = {}) {
    WorkerSession worker;
    worker.open(path, wishes);
    CAPTURE(path);
    REQUIRE(!worker.is_open());
    REQUIRE(worker.failure().has_value());
    worker.wait_for_end();
    const int status = worker.zygote().reap(worker.process().worker);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == static_cast<int>(worker.failure()->error.code));
    return worker.failure()->error;
}

bool mentions(const Error& error, const std::string& text) {
    const std::string whole = to_string(error);
    CAPTURE(whole);
    const bool found = whole.find(text) != std::string::npos;
    CHECK(found);
    return found;
}

/// Writes numbers of 32 bits, big ones first, behind the name of an mp4 file's box.
void overwrite_box(std::string& file, const std::string& name, std::size_t skipped,
                   std::initializer_list<std::uint32_t> numbers) {
    std::size_t at = file.find(name);
    REQUIRE(at != std::string::npos);
    at += name.size() + skipped;
    for (const std::uint32_t number : numbers)
        for (int shift = 24; shift >= 0; shift -= 8)
            file.at(at++) = static_cast<char>(number >> shift & 0xff);
}

}  // namespace

TEST_CASE("files that are no video are refused with the reason") {
    const std::string path = media_directory() + "bad.bin";
    write_file(path, "");
    CHECK(mentions(refusal(path), "empty"));
    CHECK(refusal(path).code == ErrorCode::media);
    CHECK(mentions(refusal("/tmp"), "directory"));
    CHECK(mentions(refusal("/dev/null"), "not a regular file"));
    std::string garbage;
    for (unsigned i = 0; i < 50000; ++i) garbage.push_back(static_cast<char>(i * i * 7919 >> 5));
    write_file(path, garbage);
    const Error error = refusal(path);
    CHECK(error.code == ErrorCode::media);
    CHECK(error.component == Component::worker);
    write_file(path, "this is a text and no video, not even a bad one\n");
    refusal(path);
    write_file(path, "1\n00:00:00,000 --> 00:00:01,000\nwords alone\n\n");
    CHECK(mentions(refusal(path), "no video stream, and no sound"));
}

TEST_CASE("playlists in disguise open no other file") {
    const std::string path = media_directory() + "playlist.mp4";
    const std::string target = h264();
    write_file(path, "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:3,\nfile://" + target +
                         "\n#EXT-X-ENDLIST\n");
    refusal(path);
    write_file(path, "ffconcat version 1.0\nfile '" + target + "'\n");
    refusal(path);
}

TEST_CASE("a file that was cut before its index is refused") {
    const std::string whole = read_file(h264());
    const std::string path = media_directory() + "truncated.mp4";
    write_file(path, whole.substr(0, whole.size() / 2));
    CHECK(mentions(refusal(path), "moov atom not found"));
}

TEST_CASE("a header of some bytes that promises very many frames is refused") {
    for (const std::uint32_t frames : {1'000'000U, 0xffffffffU}) {
        CAPTURE(frames);
        std::string bytes = read_file(h264());
        overwrite_box(bytes, "stsz", 4, {1, frames});        // all of one byte
        overwrite_box(bytes, "stts", 4, {1, frames, 512});   // of the same duration
        overwrite_box(bytes, "stsc", 4, {1, 1, frames, 1});  // in one chunk
        bytes.replace(bytes.find("ctts"), 4, "free");
        const std::string path = media_directory() + "promises.mp4";
        write_file(path, bytes);
        const Error error = refusal(path);
        CHECK((error.code == ErrorCode::media || error.code == ErrorCode::decode));
    }
}

TEST_CASE("pictures beyond the limit are refused before they are decoded") {
    CHECK(mentions(refusal(h264(), {.max_side_px = 100}), "160x90"));
    CHECK(refusal(h264(), {.max_side_px = 100}).code == ErrorCode::limit);
    const std::string still = generated("still.png", moving_picture(1), "-frames:v 1");
    CHECK(mentions(refusal(still, {.max_side_px = 100}), "160x90"));
    WorkerSession worker;
    worker.open(h264(), {.max_side_px = 160});
    CHECK(worker.is_open());
}

TEST_CASE("more frames than the limit are refused, however they are counted") {
    // By the container's table alone, by reading the packets, and by decoding.
    const std::string transport = generated("many.ts", moving_picture(40), "-c:v libx264");
    const std::string raw = generated("many.h264", moving_picture(40), "-c:v libx264 -bf 2");
    for (const std::string& path : {h264(), transport, raw}) {
        CAPTURE(path);
        const Error error = refusal(path, {.max_frames = 20});
        CHECK(error.code == ErrorCode::limit);
        CHECK(mentions(error, "more than 20 frames"));
        CHECK(error.hint.find("--media-frames") != std::string::npos);
    }
}

TEST_CASE("a damaged frame is told from a good one, and a lost one is named") {
    std::string bytes =
        read_file(generated("damaged-source.ts", moving_picture(75, "noise=alls=20"),
                            "-c:v libx264 -g 25 -bf 0 -x264-params scenecut=0"));
    // Zeroes over the middle of the file, whole packets of 188 bytes.
    const std::size_t at = bytes.size() / 2 / 188 * 188;
    for (std::size_t i = at; i < at + 188 * 12; ++i)
        if (i % 188 >= 8) bytes[i] = 0;
    const std::string path = media_directory() + "damaged.ts";
    write_file(path, bytes);
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    const std::uint32_t count = worker.opened().table.frame_count();
    worker.open_cursor(0, 1);
    std::uint32_t concealed = 0;
    for (std::uint32_t frame = 0; frame < count && !worker.failure(); ++frame) {
        worker.forget_ready();
        worker.start_decode(0, frame == 0 ? 0 : wire::no_seek, {frame});
        worker.wait_for_answer();
        if (!worker.ready().empty() && worker.ready()[0].is_concealed) ++concealed;
    }
    if (worker.failure()) {
        CHECK(worker.failure()->frame < count);
        CHECK(worker.failure()->error.code == ErrorCode::decode);
    } else {
        CHECK(concealed > 0);
        CHECK(concealed < count);
    }
}

TEST_CASE("a worker that is asked for nonsense says so and ends") {
    const auto failing = [](const std::string& text, const auto& act) {
        WorkerSession worker;
        worker.open(h264());
        REQUIRE(worker.is_open());
        worker.open_cursor(0, 1);
        act(worker);
        worker.wait_for_failure();
        CHECK(worker.failure()->error.code == ErrorCode::internal);
        CHECK(mentions(worker.failure()->error, text));
    };
    failing("does not have", [](auto& w) { w.start_decode(0, 0, {75}); });
    failing("unknown cursor", [](auto& w) { w.start_decode(9, 0, {0}); });
    failing("opened twice", [](auto& w) { w.open_cursor(0); });
    failing("that is not open", [](auto& w) { w.close_cursor(3); });
    failing("never added", [](auto& w) { w.send(wire::DropSegment{{99}}); });
    failing("second file", [](auto& w) {
        const UniqueFd fd = open_file(h264());
        w.send(wire::OpenMedia{}, {fd.get()});
    });
    failing("behind the cursor", [](auto& w) {
        w.decode(0, 0, {5});
        w.start_decode(0, wire::no_seek, {4});
    });
    const auto with_grant = [](wire::SlotGrant grant) {
        return wire::Decode{{0}, 0, {{{0}, {grant}}}};
    };
    failing("outside its segment", [&](auto& w) {
        w.send(with_grant({.level = {},
                           .segment = w.segment(),
                           .offset_bytes = 0xfffff000,
                           .slot_bytes = 0x10000,
                           .generation = {}}));
    });
    failing("too small", [&](auto& w) {
        w.send(with_grant({.level = {},
                           .segment = w.segment(),
                           .offset_bytes = 0,
                           .slot_bytes = 4096,
                           .generation = {}}));
    });
    failing("unknown segment", [&](auto& w) {
        w.send(with_grant({.level = {},
                           .segment = {1234},
                           .offset_bytes = 0,
                           .slot_bytes = 1U << 20,
                           .generation = {}}));
    });
}

TEST_CASE("a closed channel ends the worker, even in the middle of work") {
    WorkerSession worker;
    worker.open(h264());
    REQUIRE(worker.is_open());
    worker.open_cursor(0, 2);
    worker.start_decode(0, 0, {10, 20, 30, 40, 50, 60, 70});
    worker.close_channel();
    const int status = worker.zygote().reap(worker.process().worker);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
