#include "orchestrator/run/frame_wait.hpp"

#include <doctest/doctest.h>

using namespace reelpool::run;
using std::chrono::milliseconds;

TEST_CASE("each frame's wait counts by itself, and after a death those that may feel it") {
    FrameWait wait;
    const auto at = [](int ms) { return FrameWait::Clock::time_point(milliseconds(1000 + ms)); };
    wait.look(0, at(0));
    wait.look(0, at(40));
    wait.look(1, at(70));  // 0 waited for 70
    wait.look(std::nullopt, at(100));
    CHECK(wait.longest().of_all == milliseconds(70));
    CHECK(wait.longest().after_deaths == milliseconds(0));
    wait.look(5, at(200));
    wait.note_death(7);
    wait.look(6, at(250));
    wait.look(7, at(260));
    wait.look(std::nullopt, at(400));  // 7 was none that a death could be felt by
    CHECK(wait.longest().of_all == milliseconds(140));
    CHECK(wait.longest().after_deaths == milliseconds(50));
}
