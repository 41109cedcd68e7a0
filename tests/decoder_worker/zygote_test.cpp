#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <fstream>

#include "tests/decoder_worker/worker_session.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;

namespace {

/// Blocks until the process has ended; the watchdog is its limit.
void wait_for_end(const UniqueFd& pidfd) {
    pollfd entry{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&entry, 1, -1) == 1);
}

bool has_ended(const UniqueFd& pidfd) {
    pollfd entry{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
    return ::poll(&entry, 1, 0) == 1;
}

std::string status_line(pid_t pid, const std::string& key) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(status, line))
        if (line.starts_with(key))
            return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    return {};
}

}  // namespace

TEST_CASE("workers are forked, told apart and collected") {
    ZygoteSession zygote;
    std::vector<ZygoteSession::Forked> workers;
    for (int i = 0; i < 5; ++i) workers.push_back(zygote.fork_worker());
    for (std::size_t i = 0; i < workers.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) CHECK(workers[i].pid != workers[k].pid);
        CHECK(!has_ended(workers[i].pidfd));
    }
    workers[2].channel.reset();
    wait_for_end(workers[2].pidfd);
    const int ended = zygote.reap(workers[2].worker);
    CHECK(WIFEXITED(ended));
    CHECK(WEXITSTATUS(ended) == 0);
    CHECK(!has_ended(workers[1].pidfd));
    send_signal(workers[3].pidfd, SIGKILL);
    wait_for_end(workers[3].pidfd);
    const int killed = zygote.reap(workers[3].worker);
    CHECK(WIFSIGNALED(killed));
    CHECK(WTERMSIG(killed) == SIGKILL);
}

TEST_CASE("a killed zygote takes its workers with it") {
    ZygoteSession zygote;
    const auto first = zygote.fork_worker();
    const auto second = zygote.fork_worker();
    zygote.process().kill(SIGKILL);
    wait_for_end(first.pidfd);
    wait_for_end(second.pidfd);
}

TEST_CASE("a zygote ends with its socket, and its workers with it") {
    ZygoteSession zygote;
    const auto worker = zygote.fork_worker();
    zygote.close_socket();
    const auto status = zygote.process().wait();
    REQUIRE(status.has_value());
    CHECK(WIFEXITED(*status));
    CHECK(WEXITSTATUS(*status) == 0);
    wait_for_end(worker.pidfd);
}

TEST_CASE("Ctrl-C and SIGTERM are not for zygotes and workers") {
    ZygoteSession zygote;
    CHECK(status_line(zygote.process().pid(), "Threads") == "1");
    const auto worker = zygote.fork_worker();
    for (const int signal : {SIGINT, SIGTERM}) {
        zygote.process().kill(signal);
        send_signal(worker.pidfd, signal);
    }
    const auto next = zygote.fork_worker();
    CHECK(!has_ended(next.pidfd));
    CHECK(!has_ended(worker.pidfd));
}

TEST_CASE("a worker keeps no descriptor and no privilege that it does not need") {
    WorkerSession worker;
    const std::string path =
        generated("h264.mp4", moving_picture(75), "-c:v libx264 -preset veryfast -g 24 -bf 3");
    worker.open(path);
    REQUIRE(worker.is_open());
    const pid_t pid = worker.process().pid;
    CHECK(status_line(pid, "Name") == "reelpool-worker");
    CHECK(status_line(pid, "NoNewPrivs") == "1");
    // Not dumpable: its /proc entries belong to root.
    struct stat entry {};
    REQUIRE(::stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &entry) == 0);
    CHECK(entry.st_uid == 0);
}

TEST_CASE("the cost of a fork is printed") {
    ZygoteSession zygote;
    constexpr int count = 20;
    std::vector<ZygoteSession::Forked> workers;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) workers.push_back(zygote.fork_worker());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    MESSAGE("a forked worker after " << took.count() / count << " ms");
}
