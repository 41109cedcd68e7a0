#include "ipc/base/blocking_queue.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <thread>
#include <vector>

namespace reelpool {
namespace {

TEST_CASE("values come out in the order in which they went in") {
    BlockingQueue<std::unique_ptr<int>> queue;
    CHECK_FALSE(queue.try_pop().has_value());
    for (int i = 0; i < 10; ++i) queue.push(std::make_unique<int>(i));
    for (int i = 0; i < 5; ++i) CHECK(**queue.pop() == i);
    for (int i = 5; i < 10; ++i) CHECK(**queue.try_pop() == i);
    CHECK_FALSE(queue.try_pop().has_value());
}

TEST_CASE("a closed queue gives what it has, takes nothing more, and then ends") {
    BlockingQueue<int> queue;
    queue.push(1);
    queue.close();
    queue.push(2);
    CHECK(queue.pop() == 1);
    CHECK_FALSE(queue.pop().has_value());
    CHECK_FALSE(queue.pop().has_value());
}

TEST_CASE("closing wakes everybody who waits") {
    BlockingQueue<int> queue;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            while (queue.pop()) {
            }
        });
    queue.push(1);
    queue.close();
    for (std::thread& thread : threads) thread.join();
    CHECK_FALSE(queue.try_pop().has_value());
}

TEST_CASE("between many threads nothing is lost or doubled") {
    BlockingQueue<int> queue;
    constexpr int per_thread = 5000;
    std::vector<std::thread> producers;
    std::vector<std::thread> consumers;
    std::vector<std::vector<int>> taken(3);
    for (std::vector<int>& mine : taken)
        consumers.emplace_back([&queue, &mine] {
            while (const auto value = queue.pop()) mine.push_back(*value);
        });
    for (int p = 0; p < 3; ++p)
        producers.emplace_back([&queue, p] {
            for (int i = 0; i < per_thread; ++i) queue.push(p * per_thread + i);
        });
    for (std::thread& thread : producers) thread.join();
    queue.close();
    for (std::thread& thread : consumers) thread.join();
    std::vector<int> seen(3 * per_thread);
    for (const std::vector<int>& mine : taken)
        for (const int value : mine) ++seen[static_cast<std::size_t>(value)];
    CHECK(seen == std::vector<int>(3 * per_thread, 1));
}

}  // namespace
}  // namespace reelpool
