// Channels between two sides that mean well.
#include "ipc/process/channel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <vector>

#include "tests/ipc/process/channel_parts.hpp"
#include "tests/ipc/process/watchdog.hpp"

namespace reelpool::test {
namespace {

TEST_CASE("messages of every size arrive whole, in order, in both directions") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener left(loop, std::move(left_end));
    Listener right(loop, std::move(right_end));
    Random random(1);
    std::vector<Bytes> sent;
    constexpr std::size_t packet = 65536 - 8;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{8}, packet - 1, packet, packet + 1,
          std::size_t{65535}, std::size_t{65536}, std::size_t{65537}, 2 * packet, 2 * packet + 1,
          std::size_t{10} << 20, std::size_t{0}, std::size_t{3}}) {
        sent.push_back(random_bytes(random, size));
        left.channel.send(sent.back());
        right.channel.send(sent.back());
    }
    CHECK_FALSE(left.channel.is_drained());
    right.wanted = sent.size();
    loop.run();
    if (left.messages.size() < sent.size()) {
        left.wanted = sent.size();
        loop.run();
    }
    CHECK(right.messages == sent);
    CHECK(left.messages == sent);
    CHECK(left.channel.is_drained());
    CHECK(left.channel.traffic().messages_sent == sent.size());
    CHECK(right.channel.traffic().messages_received == sent.size());
    CHECK(right.channel.traffic().bytes_received == left.channel.traffic().bytes_sent);
    CHECK(left.channel.is_open());
    CHECK(left.closed.empty());
}

TEST_CASE("thousands of messages are queued while nobody reads") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener left(loop, std::move(left_end));
    Listener right(loop, std::move(right_end));
    Random random(2);
    std::vector<Bytes> sent;
    for (int i = 0; i < 5000; ++i) {
        sent.push_back(random_bytes(random, random.below(2000)));
        left.channel.send(sent.back());
    }
    CHECK_FALSE(left.channel.is_drained());
    right.wanted = sent.size();
    loop.run();
    CHECK(right.messages == sent);
    CHECK(left.channel.is_drained());
}

TEST_CASE("a reader that answers everything does not deadlock with a busy writer") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener left(loop, std::move(left_end));
    std::unique_ptr<Channel> echo;
    echo = std::make_unique<Channel>(
        loop, std::move(right_end), ChannelLimits{},
        [&](Bytes message, std::vector<UniqueFd>) { echo->send(std::move(message)); },
        [](const Error&) {});
    for (int i = 0; i < 300; ++i) left.channel.send(Bytes(50000, std::byte{1}));
    left.wanted = 300;
    loop.run();
    CHECK(left.messages.size() == 300);
}

TEST_CASE("descriptors arrive with their message, as copies that are closed on exec") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener left(loop, std::move(left_end));
    Listener right(loop, std::move(right_end), {.accepts_descriptors = true});
    std::vector<Pipe> pipes;
    std::vector<int> writers;
    for (int i = 0; i < 20; ++i) {
        pipes.push_back(new_pipe());
        writers.push_back(pipes.back().writer.get());
    }
    left.channel.send(text_bytes("none"));
    left.channel.send(Bytes(200000, std::byte{7}), writers);  // several packets
    left.channel.send(text_bytes("one"), std::array{writers[0]});
    left.channel.send({}, std::array{writers[1], writers[2]});
    // The channel has its own copies.
    for (Pipe& pipe : pipes) pipe.writer.reset();
    right.wanted = 4;
    loop.run();
    REQUIRE(right.messages.size() == 4);
    REQUIRE(right.descriptors.size() == 23);
    for (std::size_t i = 0; i < 20; ++i) {
        CHECK((::fcntl(right.descriptors[i].get(), F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(::write(right.descriptors[i].get(), "x", 1) == 1);
        char byte = 0;
        CHECK(::read(pipes[i].reader.get(), &byte, 1) == 1);
        CHECK_FALSE(writer_is_gone(pipes[i]));
    }
    right.descriptors.clear();
    for (const Pipe& pipe : pipes) CHECK(writer_is_gone(pipe));
}

TEST_CASE("the largest number of descriptors passes") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener left(loop, std::move(left_end));
    Listener right(loop, std::move(right_end), {.accepts_descriptors = true});
    const Pipe pipe = new_pipe();
    left.channel.send(text_bytes("many"), std::vector<int>(250, pipe.writer.get()));
    right.wanted = 1;
    loop.run();
    CHECK(right.descriptors.size() == 250);
}

TEST_CASE("a message beyond the limit closes the sender") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener left(loop, std::move(left_end), {.max_message_bytes = 1000});
    Listener right(loop, std::move(right_end));
    left.channel.send(Bytes(1000));
    left.channel.send(Bytes(1001));
    CHECK_FALSE(left.channel.is_open());
    loop.run();
    if (left.closed.empty() || right.closed.empty()) loop.run();
    CHECK(left.closed.size() == 1);
    CHECK(right.closed.size() == 1);
    CHECK(right.messages.size() == 1);
}

TEST_CASE("a descriptor that cannot be duplicated closes the channel") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end));
    right.channel.send(text_bytes("x"), std::array{-1});
    CHECK_FALSE(right.channel.is_open());
    loop.run();
    CHECK(right.closed.size() == 1);
}

TEST_CASE("a callback may destroy its channel and go on") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    std::unique_ptr<Channel> channel;
    int messages = 0;
    int closed = 0;
    int seen = 0;
    // Captures in two sizes: inside the function object, and beside it.
    const std::array<int, 16> captured{42};
    SUBCASE("on a message") {
        channel = std::make_unique<Channel>(
            loop, std::move(right_end), ChannelLimits{},
            [&channel, &messages, &seen, captured](Bytes, std::vector<UniqueFd>) {
                ++messages;
                channel.reset();
                seen = captured[0];
            },
            [&](const Error&) { ++closed; });
        send_raw(raw, 2, 0, 2);
        send_raw(raw, 2, 0, 2);
        loop.run();
        CHECK(messages == 1);
        CHECK(closed == 0);
        CHECK(seen == 42);
    }
    SUBCASE("on a message, with a small closure") {
        struct Owner {
            std::unique_ptr<Channel> channel;
            int messages = 0;
        } owner;
        owner.channel = std::make_unique<Channel>(
            loop, std::move(right_end), ChannelLimits{},
            [&owner](Bytes, std::vector<UniqueFd>) {
                owner.channel.reset();
                ++owner.messages;
            },
            [](const Error&) {});
        send_raw(raw, 2, 0, 2);
        loop.run();
        CHECK(owner.messages == 1);
    }
    SUBCASE("on its end") {
        channel = std::make_unique<Channel>(
            loop, std::move(right_end), ChannelLimits{}, [](Bytes, std::vector<UniqueFd>) {},
            [&channel, &closed, &seen, captured](const Error&) {
                ++closed;
                channel.reset();
                seen = captured[0];
            });
        raw.reset();
        loop.run();
        CHECK(closed == 1);
        CHECK(seen == 42);
    }
    SUBCASE("between its end and the news of it") {
        channel = std::make_unique<Channel>(
            loop, std::move(right_end), ChannelLimits{.max_message_bytes = 10},
            [](Bytes, std::vector<UniqueFd>) {}, [&](const Error&) { ++closed; });
        channel->send(Bytes(11));
        channel.reset();
        loop.run();
        CHECK(closed == 0);
    }
    CHECK(channel == nullptr);
}

TEST_CASE("a callback may close its channel by sending too much") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    std::unique_ptr<Channel> channel;
    int messages = 0;
    int closed = 0;
    channel = std::make_unique<Channel>(
        loop, std::move(right_end), ChannelLimits{.max_message_bytes = 10},
        [&](Bytes, std::vector<UniqueFd>) {
            ++messages;
            channel->send(Bytes(11));
        },
        [&](const Error&) { ++closed; });
    send_raw(raw, 2, 0, 2);
    send_raw(raw, 2, 0, 2);
    loop.run();
    CHECK(messages == 1);
    CHECK(closed == 1);
}

TEST_CASE("channels leave no descriptors behind") {
    const Watchdog watchdog;
    const std::size_t before = open_descriptors();
    {
        EventLoop loop;
        auto [left_end, right_end] = new_sockets();
        Listener left(loop, std::move(left_end));
        Listener right(loop, std::move(right_end), {.accepts_descriptors = true});
        const Pipe pipe = new_pipe();
        for (int i = 0; i < 50; ++i)
            left.channel.send(Bytes(100000), std::array{pipe.reader.get(), pipe.writer.get()});
        right.wanted = 10;
        loop.run();
        CHECK_FALSE(left.channel.is_drained());
    }
    CHECK(open_descriptors() == before);
}

}  // namespace
}  // namespace reelpool::test
