#include "orchestrator/run/answer_watch.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::run;
using std::chrono::milliseconds;

namespace {

/// A watch and what it did; the loop ends when there is nothing left to wait for.
struct Watched {
    EventLoop loop;
    int asked = 0;
    int hung = 0;
    std::function<void()> on_ask = [] {};
    AnswerWatch watch{loop,
                      milliseconds(20),
                      {.ask =
                           [this] {
                               ++asked;
                               on_ask();
                           },
                       .on_hang = [this] { ++hung; }}};
};

}  // namespace

TEST_CASE("nobody is watched who owes nothing") {
    Watched it;
    it.loop.run();
    it.watch.owe(2);
    it.watch.settle(1);
    CHECK(it.watch.is_anything_owed());
    it.watch.settle(1);
    it.loop.run();
    CHECK(it.asked == 0);
    CHECK(it.hung == 0);
}

TEST_CASE("silence is asked once, and is then a hang") {
    Watched it;
    it.watch.owe(1);
    it.loop.run();
    CHECK(it.asked == 1);
    CHECK(it.hung == 1);
    it.watch.owe(1);  // it has ended
    it.loop.run();
    CHECK(it.hung == 1);
}

TEST_CASE("an answer after the question ends the watch") {
    Watched it;
    it.on_ask = [&] { it.watch.settle(1); };
    it.watch.owe(1);
    it.loop.run();
    CHECK(it.asked == 1);
    CHECK(it.hung == 0);
}

TEST_CASE("who moves is not killed, and who only ever moves is, in the end") {
    Watched it;
    it.on_ask = [&] { it.watch.note_moved(); };
    it.watch.owe(1);
    it.loop.run();
    CHECK(it.asked == static_cast<int>(AnswerWatch::most_asked));
    CHECK(it.hung == 1);
}

TEST_CASE("who is seen to move from outside is not killed; it is looked at before it is") {
    EventLoop loop;
    int looks = 0;
    int hung = 0;
    AnswerWatch watch(loop, milliseconds(20),
                      {.ask = [] {},
                       .on_hang = [&] { ++hung; },
                       // At the half: yes, no, no. At the end: yes, no.
                       .has_moved =
                           [&] {
                               CHECK(hung == 0);
                               ++looks;
                               return looks == 1 || looks == 3;
                           }});
    watch.owe(1);
    loop.run();
    CHECK(looks == 5);
    CHECK(hung == 1);
}

TEST_CASE("answers keep it going for as long as there are any") {
    Watched it;
    int answers = 200;
    it.on_ask = [&] {
        if (--answers > 0) it.watch.owe(1);
        it.watch.settle(1);
    };
    it.watch.owe(1);
    it.loop.run();
    CHECK(it.asked == 200);
    CHECK(it.hung == 0);
}
