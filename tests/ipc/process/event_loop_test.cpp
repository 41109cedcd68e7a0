#include "ipc/process/event_loop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "ipc/base/unique_fd.hpp"
#include "tests/ipc/process/watchdog.hpp"

namespace reelpool {
namespace {

using namespace std::chrono_literals;
using test::Watchdog;
using Registration = EventLoop::Registration;

/// Readable as long as its counter is not zero.
UniqueFd event(unsigned count) {
    return UniqueFd(::eventfd(count, EFD_CLOEXEC | EFD_NONBLOCK));
}

void drain(const UniqueFd& fd) {
    std::uint64_t count = 0;
    CHECK(::read(fd.get(), &count, sizeof count) == sizeof count);
}

TEST_CASE("a loop without anything to wait for returns") {
    const Watchdog watchdog;
    EventLoop loop;
    loop.run();
    bool ran = false;
    loop.post([&] { ran = true; });
    loop.run();
    CHECK(ran);
}

TEST_CASE("tasks run on the loop, in their order, and may post more") {
    const Watchdog watchdog;
    EventLoop loop;
    std::vector<int> order;
    loop.post([&] {
        order.push_back(1);
        loop.post([&] { order.push_back(3); });
        CHECK(order.size() == 1);  // not from inside post
    });
    loop.post([&] { order.push_back(2); });
    CHECK(order.empty());
    loop.run();
    CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a readable descriptor calls back until nothing is left to read") {
    const Watchdog watchdog;
    EventLoop loop;
    const UniqueFd fd = event(1);
    int calls = 0;
    Registration watch = loop.on_readable(fd.get(), [&] {
        // It stays readable while nobody reads: it must call again.
        if (++calls == 3) {
            drain(fd);
            loop.post([&] { loop.stop(); });
        }
        CHECK(calls <= 3);
    });
    loop.run();
    CHECK(calls == 3);
    // The same watch goes on when there is more.
    const std::uint64_t one = 1;
    REQUIRE(::write(fd.get(), &one, sizeof one) == sizeof one);
    calls = 2;
    loop.run();
    CHECK(calls == 3);
}

TEST_CASE("a cancelled watch leaves the descriptor open, usable and watchable") {
    const Watchdog watchdog;
    EventLoop loop;
    const UniqueFd fd = event(1);
    bool called = false;
    Registration watch = loop.on_readable(fd.get(), [&] { called = true; });
    watch.cancel();
    watch.cancel();
    loop.run();
    CHECK_FALSE(called);
    CHECK(::fcntl(fd.get(), F_GETFD) >= 0);
    watch = loop.on_readable(fd.get(), [&] {
        called = true;
        drain(fd);
        watch.cancel();
    });
    loop.run();
    CHECK(called);
    CHECK(::fcntl(fd.get(), F_GETFD) >= 0);
}

TEST_CASE("a descriptor is watched for reading and writing at once") {
    const Watchdog watchdog;
    EventLoop loop;
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const UniqueFd ours(ends[0]);
    const UniqueFd peer(ends[1]);
    std::size_t written = 0;
    std::size_t read = 0;
    constexpr std::size_t total = 4 << 20;
    std::vector<char> buffer(65536);
    int answered = 0;
    // Writes as much as fits whenever it fits, until all is written.
    Registration writable = loop.on_writable(ours.get(), [&] {
        for (;;) {
            const ssize_t n =
                ::write(ours.get(), buffer.data(), std::min(buffer.size(), total - written));
            if (n <= 0) break;
            written += static_cast<std::size_t>(n);
        }
        if (written == total) writable.cancel();
    });
    Registration readable = loop.on_readable(ours.get(), [&] {
        char byte = 0;
        while (::read(ours.get(), &byte, 1) == 1) ++answered;
        if (answered == 1) loop.stop();
    });
    Registration other_side = loop.on_readable(peer.get(), [&] {
        const ssize_t n = ::read(peer.get(), buffer.data(), buffer.size());
        if (n > 0) read += static_cast<std::size_t>(n);
        if (read == total) CHECK(::write(peer.get(), "x", 1) == 1);
    });
    loop.run();
    CHECK(read == total);
    CHECK(answered == 1);
    CHECK(::fcntl(ours.get(), F_GETFD) >= 0);
}

TEST_CASE("timers ring once, in the order of their times") {
    const Watchdog watchdog;
    EventLoop loop;
    std::vector<int> order;
    const auto begin = std::chrono::steady_clock::now();
    Registration late = loop.after(30ms, [&] { order.push_back(2); });
    Registration early = loop.after(5ms, [&] { order.push_back(1); });
    Registration never = loop.after(1h, [&] { order.push_back(9); });
    Registration gone = loop.after(1ms, [&] { order.push_back(8); });
    gone.cancel();
    Registration now = loop.after(0ms, [&] { order.push_back(0); });
    Registration last = loop.after(31ms, [&] { never.cancel(); });
    loop.run();
    CHECK(order == std::vector<int>{0, 1, 2});
    CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
}

TEST_CASE("a timer may set itself again") {
    const Watchdog watchdog;
    EventLoop loop;
    int rings = 0;
    Registration timer;
    std::function<void()> ring = [&] {
        if (++rings < 5) timer = loop.after(1ms, [&] { ring(); });
    };
    timer = loop.after(1ms, [&] { ring(); });
    loop.run();
    CHECK(rings == 5);
}

TEST_CASE("other threads post tasks") {
    const Watchdog watchdog;
    EventLoop loop;
    constexpr int per_thread = 2000;
    int sum = 0;  // no lock: only the loop's thread touches it
    int finished = 0;
    Registration keep_running = loop.after(1h, [] {});
    const std::thread::id loop_thread = std::this_thread::get_id();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < per_thread; ++i)
                loop.post([&] {
                    ++sum;
                    if (std::this_thread::get_id() != loop_thread) sum = -1000000;
                });
            loop.post([&] {
                if (++finished == 4) loop.stop();
            });
        });
    loop.run();
    for (std::thread& thread : threads) thread.join();
    CHECK(sum == 4 * per_thread);
}

TEST_CASE("another thread stops the loop") {
    const Watchdog watchdog;
    EventLoop loop;
    Registration keep_running = loop.after(1h, [] {});
    std::thread stopper;
    loop.post([&] { stopper = std::thread([&] { loop.stop(); }); });
    loop.run();
    stopper.join();
    bool ran = false;
    loop.post([&] {
        ran = true;
        loop.stop();
    });
    loop.run();  // a stopped loop can run again
    CHECK(ran);
}

TEST_CASE("a callback that cancels itself is not called again, and what it captured lives on") {
    const Watchdog watchdog;
    EventLoop loop;
    const UniqueFd fd = event(1);
    int calls = 0;
    int seen = 0;
    std::optional<Registration> watch;
    // Larger than what std::function stores in itself, and touched after the end of its owner.
    const std::array<int, 16> captured{42};
    watch = loop.on_readable(fd.get(), [&calls, &seen, &watch, captured] {
        ++calls;
        watch.reset();
        seen = captured[0];
    });
    loop.run();
    CHECK(calls == 1);
    CHECK(seen == 42);
    Registration timer;
    timer = loop.after(0ms, [&timer, &seen, captured] {
        timer = {};
        seen = captured[0] + 1;
    });
    loop.run();
    CHECK(seen == 43);
}

TEST_CASE("a watch cancelled by another callback is not called, even if it is ready already") {
    const Watchdog watchdog;
    for (int turn = 0; turn < 20; ++turn) {
        EventLoop loop;
        std::vector<UniqueFd> fds;
        std::vector<Registration> watches(8);
        int calls = 0;
        for (std::size_t i = 0; i < watches.size(); ++i) {
            fds.push_back(event(1));
            watches[i] = loop.on_readable(fds[i].get(), [&] {
                ++calls;
                for (Registration& watch : watches) watch.cancel();
            });
        }
        std::vector<Registration> timers(8);
        int rings = 0;
        for (Registration& timer : timers)
            timer = loop.after(0ms, [&] {
                ++rings;
                for (Registration& other : timers) other.cancel();
            });
        loop.run();
        CHECK(calls == 1);
        CHECK(rings == 1);
    }
}

TEST_CASE("a new registration takes the place of the old one") {
    const Watchdog watchdog;
    EventLoop loop;
    const UniqueFd first = event(1);
    const UniqueFd second = event(1);
    int calls = 0;
    Registration watch = loop.on_readable(first.get(), [&] { calls += 100; });
    watch = loop.on_readable(second.get(), [&] {
        ++calls;
        watch.cancel();
    });
    Registration moved = std::move(watch);
    watch = std::move(moved);
    loop.run();
    CHECK(calls == 1);
}

TEST_CASE("the end of the other side is readable, and writable where writing fails") {
    const Watchdog watchdog;
    EventLoop loop;
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    UniqueFd writer(ends[1]);
    bool at_end = false;
    Registration watch = loop.on_readable(reader.get(), [&] {
        char byte = 0;
        at_end = ::read(reader.get(), &byte, 1) == 0;
        watch.cancel();
    });
    loop.post([&] { writer.reset(); });
    loop.run();
    CHECK(at_end);
}

TEST_CASE("SIGINT and SIGTERM arrive as callbacks, each time") {
    const Watchdog watchdog;
    EventLoop loop;
    std::vector<int> got;
    Registration signals = loop.on_termination([&](int number) {
        got.push_back(number);
        if (got.size() == 3) {
            signals.cancel();
            return;
        }
        ::raise(got.size() == 1 ? SIGTERM : SIGINT);
    });
    loop.post([] { ::raise(SIGINT); });
    loop.run();
    CHECK(got == std::vector<int>{SIGINT, SIGTERM, SIGINT});
}

}  // namespace
}  // namespace reelpool
