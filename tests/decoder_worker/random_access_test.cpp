#include <doctest/doctest.h>

#include "tests/decoder_worker/matrix_media.hpp"
#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

TEST_CASE("linear decoding through a cursor equals ffmpeg's") {
    for (const char* name : {"h264.mp4", "h264-open-gop.ts", "mpeg4-b.avi"}) {
        CAPTURE(name);
        const std::string path = matrix_file(name);
        WorkerSession worker;
        worker.open(path);
        REQUIRE(worker.is_open());
        const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 96);
        worker.open_cursor(0, 3);
        std::uint32_t wrong = 0;
        for (std::uint32_t first = 0; first < frames.size(); first += 10) {
            std::vector<std::uint32_t> wanted;
            for (std::uint32_t f = first; f < std::min<std::size_t>(first + 10, frames.size()); ++f)
                wanted.push_back(f);
            worker.forget_ready();
            worker.decode(0, first == 0 ? 0 : wire::no_seek, wanted);
            for (std::size_t i = 0; i < wanted.size(); ++i)
                if (worker.picture(i) != frames[wanted[i]]) ++wrong;
        }
        CHECK(wrong == 0);
        CHECK(worker.steps_done(0) == frames.size());
        CHECK(worker.counters().frames_decoded == frames.size());
        CHECK(worker.counters().seeks == 1);
        CHECK(worker.counters().frames_copied == frames.size());
    }
}

TEST_CASE("two cursors of one file do not disturb each other") {
    const std::string path = matrix_file("h264.mp4");
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    const auto frames = decoded_by_ffmpeg(path, "yuv420p", 160, 96);
    worker.open_cursor(0, 1);
    worker.open_cursor(1, 2);
    worker.start_decode(0, 0, {3});
    worker.start_decode(1, worker.opened().table.keyframe_at({40}).value, {40});
    for (std::uint32_t i = 1; i < 20; ++i) {
        worker.start_decode(0, wire::no_seek, {3 + i});
        worker.start_decode(1, wire::no_seek, {40 + i});
    }
    worker.wait_for_slots(40);
    for (std::size_t i = 0; i < 40; ++i)
        CHECK(worker.picture(i) == frames[worker.ready()[i].frame.value]);
    CHECK(worker.counters().seeks == 2);
    worker.close_cursor(0);
    worker.forget_ready();
    worker.decode(1, wire::no_seek, {60});
    CHECK(worker.picture(0) == frames[60]);
}

TEST_CASE("the frame under the cursor can be had again") {
    const std::string path = matrix_file("h264.mp4");
    WorkerSession worker;
    worker.open(path);
    REQUIRE(worker.is_open());
    worker.open_cursor(0);
    worker.decode(0, 0, {10});
    const auto decoded = worker.counters().frames_decoded;
    worker.decode(0, wire::no_seek, {10}, {1, 1});
    CHECK(worker.ready().at(1).level == Level{1, 1});
    CHECK(worker.counters().frames_decoded == decoded);
}
