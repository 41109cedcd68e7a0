#include "tests/decoder_worker/worker_session.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace reelpool::worker::test {
namespace {

/// The value, or a failed test with the error's words.
template <class T>
T required(Result<T> result) {
    INFO((result ? std::string() : to_string(result.error())));
    REQUIRE(result.has_value());
    return std::move(*result);
}

}  // namespace

Watchdog::Watchdog() {
    ::alarm(120);
}
Watchdog::~Watchdog() {
    ::alarm(0);
}

ZygoteSession::ZygoteSession() {
    const char* executable = std::getenv("REELPOOL_WORKER");
    REQUIRE(executable != nullptr);
    driver_ = required(seek_stress::ZygoteDriver::start(executable));
}

ZygoteSession::Forked ZygoteSession::fork_worker() {
    return required(driver_->fork_worker());
}

int ZygoteSession::reap(WorkerId worker) {
    return required(driver_->reap(worker));
}

WorkerSession::WorkerSession() : driver_(zygote_.driver(), zygote_.fork_worker(), slot_count) {}

void WorkerSession::open(const std::string& path, wire::OpenMedia wishes, UniqueFd entry) {
    static_cast<void>(required(driver_.open(open_file(path), wishes, std::move(entry))));
}

void WorkerSession::start_decode(std::uint32_t cursor, std::uint32_t seek_to,
                                 std::vector<std::uint32_t> frames, Level level,
                                 const std::vector<std::string>& picture_files) {
    std::vector<UniqueFd> files;
    std::vector<int> descriptors;
    for (const std::string& path : picture_files) {
        files.push_back(open_file(path));
        descriptors.push_back(files.back().get());
    }
    driver_.start_decode(cursor, seek_to, frames, level, descriptors);
}

void WorkerSession::decode(std::uint32_t cursor, std::uint32_t seek_to,
                           std::vector<std::uint32_t> frames, Level level,
                           const std::vector<std::string>& picture_files) {
    const std::size_t wanted = ready().size() + frames.size();
    start_decode(cursor, seek_to, std::move(frames), level, picture_files);
    wait_for_slots(wanted);
}

void WorkerSession::decode_from_keyframe(std::uint32_t cursor, std::uint32_t frame, Level level) {
    decode(cursor, opened().table.keyframe_at({frame}).value, {frame}, level);
}

void WorkerSession::wait_for_slots(std::size_t count) {
    static_cast<void>(required(driver_.wait_for_slots(count)));
}

void WorkerSession::wait_for_failure() {
    driver_.run_until([this] { return failure().has_value(); });
    REQUIRE(failure().has_value());
}

void WorkerSession::wait_for_answer() {
    driver_.run_until([this] { return !ready().empty() || failure().has_value(); });
}

void WorkerSession::wait_for_end() {
    driver_.run_until([] { return false; });
}

Planes WorkerSession::picture(std::size_t n) const {
    const wire::SlotReady& slot = ready().at(n);
    return planes_in_slot(driver_.slot(slot), opened().info, slot.level);
}

Planes planes_in_slot(const std::byte* slot, const MediaInfo& info, Level level) {
    auto layout = slot_layout(info.format, info.width, info.height, level);
    REQUIRE(layout.has_value());
    Planes planes;
    for (int plane = 0; plane < layout->plane_count; ++plane) {
        const PlaneLayout& at = layout->planes[static_cast<std::size_t>(plane)];
        std::vector<std::uint16_t> samples(std::size_t{at.width} * at.height);
        const auto bytes = static_cast<std::size_t>(info.format.sample_bytes());
        for (std::uint32_t y = 0; y < at.height; ++y)
            for (std::uint32_t x = 0; x < at.width; ++x)
                std::memcpy(&samples[std::size_t{y} * at.width + x],
                            slot + at.offset_bytes + std::size_t{y} * at.stride_bytes + x * bytes,
                            bytes);
        planes.push_back(std::move(samples));
    }
    return planes;
}

}  // namespace reelpool::worker::test
