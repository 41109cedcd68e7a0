#include "ipc/base/thread_times.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <latch>
#include <thread>

#include "ipc/base/cpu_time.hpp"

using namespace reelpool;

TEST_CASE("a new thread is found, and its CPU time is its own") {
    const std::vector<pid_t> before = thread_ids();
    CHECK(before.front() == ::getpid());
    std::latch worked(1), seen(1);
    std::uint64_t own_us = 0;
    std::thread thread([&] {
        while (thread_cpu_ns() < 5'000'000) {
        }
        own_us = thread_cpu_ns() / 1000;
        worked.count_down();
        seen.wait();
    });
    worked.wait();
    const std::vector<pid_t> added = new_threads(before, thread_ids());
    REQUIRE(added.size() == 1);
    const std::uint64_t told_us = cpu_us_of(added);
    seen.count_down();
    thread.join();
    CHECK(told_us >= own_us);
    CHECK(told_us <= process_cpu_us());
}
