// Channels whose other side misbehaves, ends or does not listen.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "ipc/process/channel.hpp"
#include "tests/ipc/process/channel_parts.hpp"
#include "tests/ipc/process/watchdog.hpp"

namespace reelpool::test {
namespace {

TEST_CASE("descriptors are refused where none are expected, and do not leak") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end));
    Pipe pipe = new_pipe();
    const std::size_t before = open_descriptors();
    send_raw(raw, 4, 0, 4, {pipe.writer.get(), pipe.writer.get()});
    loop.run();
    CHECK(right.messages.empty());
    REQUIRE(right.closed.size() == 1);
    CHECK_FALSE(right.channel.is_open());
    CHECK(open_descriptors() == before - 1);  // only the socket is gone
    pipe.writer.reset();
    CHECK(writer_is_gone(pipe));
}

TEST_CASE("more descriptors than fit close the channel without a leak") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end), {.accepts_descriptors = true});
    Pipe pipe = new_pipe();
    send_raw(raw, 4, 0, 4, std::vector<int>(253, pipe.writer.get()));
    loop.run();
    CHECK(right.closed.size() == 1);
    pipe.writer.reset();
    CHECK(writer_is_gone(pipe));
}

/// What a channel does when the packets arrive that `misbehave` sends.
struct Outcome {
    std::size_t messages = 0;
    std::size_t closed = 0;
    std::string what;
};

Outcome outcome_of(const std::function<void(const UniqueFd&)>& misbehave) {
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end),
                   {.max_message_bytes = 300000, .accepts_descriptors = true});
    misbehave(raw);
    loop.run();
    CHECK_FALSE(right.channel.is_open());
    return {right.messages.size(), right.closed.size(),
            right.closed.empty() ? "" : right.closed.front().what};
}

TEST_CASE("packets that break the protocol close the channel once, with an error") {
    const Watchdog watchdog;
    const auto refused = [](const std::function<void(const UniqueFd&)>& misbehave) {
        const Outcome outcome = outcome_of(misbehave);
        CAPTURE(outcome.what);
        return outcome.messages == 0 && outcome.closed == 1 &&
               (outcome.what == "a malformed packet arrived" ||
                outcome.what == "a packet that does not follow the protocol arrived");
    };
    const Pipe pipe = new_pipe();
    using Socket = const UniqueFd&;
    CHECK(refused([](Socket s) { REQUIRE(::send(s.get(), "1234567", 7, 0) == 7); }));
    CHECK(refused([](Socket s) { REQUIRE(::send(s.get(), "1", 1, 0) == 1); }));
    CHECK(refused([](Socket s) { send_raw(s, 10, 4, 6); }));   // does not begin at 0
    CHECK(refused([](Socket s) { send_raw(s, 10, 0, 11); }));  // longer than it says
    CHECK(refused([](Socket s) { send_raw(s, 0, 0, 1); }));
    CHECK(refused([](Socket s) { send_raw(s, 10, 0, 0); }));      // no progress
    CHECK(refused([](Socket s) { send_raw(s, 300001, 0, 8); }));  // longer than allowed
    CHECK(refused([](Socket s) { send_raw(s, 0xffffffff, 0, 8); }));
    CHECK(refused([](Socket s) { send_raw(s, 200000, 0, 65529); }));  // packet of 65537 bytes
    CHECK(refused([](Socket s) { send_raw(s, 200000, 0, 70000); }));
    CHECK(refused([](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 10, 6, 4);  // a gap
    }));
    CHECK(refused([](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 10, 4, 5);  // an overlap
    }));
    CHECK(refused([](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 11, 5, 6);  // another length
    }));
    CHECK(refused([](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 10, 5, 6);  // too much
    }));
    CHECK(refused([](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 4, 0, 4);  // another message in the middle of one
    }));
    CHECK(refused([](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 10, 5, 0);
    }));
    CHECK(refused([&](Socket s) {
        send_raw(s, 10, 0, 5);
        send_raw(s, 10, 5, 5, {pipe.writer.get()});  // a descriptor with the second packet
    }));
}

TEST_CASE("packets after a broken one are not read") {
    const Watchdog watchdog;
    const Outcome outcome = outcome_of([](const UniqueFd& s) {
        send_raw(s, 2, 0, 2);
        send_raw(s, 10, 4, 6);
        send_raw(s, 2, 0, 2);
    });
    CHECK(outcome.messages == 1);
    CHECK(outcome.closed == 1);
}

TEST_CASE("a message in small packets is still a message") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end), {.accepts_descriptors = true});
    const Pipe pipe = new_pipe();
    for (std::uint32_t i = 0; i < 100; ++i)
        send_raw(raw, 100, i, 1, i == 0 ? std::vector{pipe.writer.get()} : std::vector<int>{});
    right.wanted = 1;
    loop.run();
    REQUIRE(right.messages.size() == 1);
    CHECK(right.messages[0].size() == 100);
    CHECK(right.descriptors.size() == 1);
}

TEST_CASE("the peer's end closes the channel after everything that it had sent") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [left_end, right_end] = new_sockets();
    Listener right(loop, std::move(right_end));
    auto left = std::make_unique<Listener>(loop, std::move(left_end));
    left->channel.send(text_bytes("first"));
    left->channel.send(text_bytes("last"));
    left.reset();
    loop.run();
    REQUIRE(right.closed.size() == 1);
    REQUIRE(right.messages.size() == 2);
    CHECK(right.messages[1] == text_bytes("last"));
    CHECK_FALSE(right.channel.is_open());
    right.channel.send(text_bytes("nobody hears this"));
    loop.run();
    CHECK(right.closed.size() == 1);
}

TEST_CASE("a peer's last words are heard though it never read what was sent to it") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end));
    right.channel.send(text_bytes("never read"));
    send_raw(raw, 3, 0, 3);
    raw.reset();  // with unread data: the next call on the other end fails with ECONNRESET
    SUBCASE("while receiving") {}
    SUBCASE("while sending") {
        right.channel.send(text_bytes("too late"));
        right.channel.send(text_bytes("too late as well"));
        CHECK(right.channel.is_drained());
    }
    loop.run();
    if (right.closed.empty()) loop.run();
    CHECK(right.messages.size() == 1);
    CHECK(right.closed.size() == 1);
}

TEST_CASE("a peer that ends while much is queued for it") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end));
    for (int i = 0; i < 100; ++i) right.channel.send(Bytes(60000));
    CHECK_FALSE(right.channel.is_drained());
    loop.post([&] {
        send_raw(raw, 3, 0, 3);
        raw.reset();
    });
    loop.run();
    if (right.closed.empty()) loop.run();
    CHECK(right.messages.size() == 1);
    CHECK(right.closed.size() == 1);
}

TEST_CASE("a peer that does not read what it is sent is given up") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [raw, right_end] = new_sockets();
    Listener right(loop, std::move(right_end), {.max_queued_bytes = 1000000});
    int sent = 0;
    while (right.channel.is_open() && sent < 1000) {
        right.channel.send(Bytes(50000));
        ++sent;
    }
    CHECK(sent < 100);
    CHECK(right.closed.empty());  // told from the loop, not from inside send
    CHECK(right.channel.is_drained());
    loop.run();
    REQUIRE(right.closed.size() == 1);
    CHECK(right.closed[0].what == "the peer does not read what it is sent");
}

TEST_CASE("a busy peer does not starve the others") {
    const Watchdog watchdog;
    EventLoop loop;
    auto [busy_raw, busy_end] = new_sockets();
    auto [quiet_raw, quiet_end] = new_sockets();
    Listener busy(loop, std::move(busy_end));
    Listener quiet(loop, std::move(quiet_end));
    // As many packets as the socket takes, then one for the other channel.
    int sent = 0;
    const std::uint64_t header = 1;  // total 1, offset 0
    std::array<char, 9> packet{};
    std::memcpy(packet.data(), &header, 8);
    while (::send(busy_raw.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        ++sent;
    send_raw(quiet_raw, 1, 0, 1);
    quiet.wanted = 1;
    loop.run();
    CHECK(quiet.messages.size() == 1);
    CHECK(busy.messages.size() <= 128);
    MESSAGE("packets waiting at the busy one: " << sent);
}

}  // namespace
}  // namespace reelpool::test
