#include "orchestrator/run/disk_cache.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "ipc/base/blocking_queue.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace reelpool::run {
namespace {

using plan::PlanRunner;

struct Order {
    enum class Direction : std::uint8_t { to_disk, from_disk };
    Direction direction = Direction::to_disk;
    plan::DiskCopy copy;
    DiskCache::Memory segment;
    std::uint64_t checksum = 0;  ///< from disk: what was written
};

struct Report {
    std::uint64_t turn = 0;
    std::uint64_t offset_bytes = 0;
    std::uint64_t checksum = 0;  ///< of what lies there
    std::optional<Error> error;
};

Error disk_error(const char* what, const char* cause) {
    return {.code = ErrorCode::output,
            .component = Component::frame_cache,
            .subject = {},
            .what = what,
            .cause = cause,
            .hint = {}};
}

Status write_all(const UniqueFd& file, const std::vector<std::byte>& bytes, std::uint64_t offset,
                 const char* what) {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t count = ::pwrite(file.get(), bytes.data() + done, bytes.size() - done,
                                       static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unexpected(errno_error(Component::frame_cache, what, errno));
        if (count == 0) return unexpected(errno_error(Component::frame_cache, what, ENOSPC));
        done += static_cast<std::size_t>(count);
    }
    return ok();
}

Status read_all(const UniqueFd& file, std::vector<std::byte>& bytes, std::uint64_t offset,
                const char* what) {
    for (std::size_t done = 0; done < bytes.size();) {
        const ssize_t count = ::pread(file.get(), bytes.data() + done, bytes.size() - done,
                                      static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return unexpected(errno_error(Component::frame_cache, what, errno));
        if (count == 0) return unexpected(disk_error(what, "the file ends before the frame"));
        done += static_cast<std::size_t>(count);
    }
    return ok();
}

/// What the thread does; its memory is one frame's.
class Copier {
  public:
    explicit Copier(const UniqueFd& file) : file_(file) {}

    Report carry_out(const Order& order) {
        Report report{.turn = order.copy.turn,
                      .offset_bytes = order.copy.place.offset_bytes,
                      .checksum = order.checksum,
                      .error = {}};
        bytes_.resize(order.copy.place.bytes);
        const Status status = order.direction == Order::Direction::to_disk
                                  ? write(order, report.checksum)
                                  : read(order);
        if (!status) report.error = status.error();
        return report;
    }

  private:
    Status write(const Order& order, std::uint64_t& checksum) {
        constexpr const char* what = "a frame could not be written to the disk cache";
        REELPOOL_TRY_STATUS(read_all(*order.segment, bytes_, order.copy.offset_bytes, what));
        checksum = XXH3_64bits(bytes_.data(), bytes_.size());
        return write_all(file_, bytes_, order.copy.place.offset_bytes, what);
    }

    Status read(const Order& order) {
        constexpr const char* what = "a frame could not be read from the disk cache";
        REELPOOL_TRY_STATUS(read_all(file_, bytes_, order.copy.place.offset_bytes, what));
        if (XXH3_64bits(bytes_.data(), bytes_.size()) != order.checksum)
            return unexpected(disk_error(what, "it is not what was written"));
        return write_all(*order.segment, bytes_, order.copy.offset_bytes, what);
    }

    const UniqueFd& file_;
    std::vector<std::byte> bytes_;
};

}  // namespace

/// What outlives the object as long as its thread, or a task in the loop, needs it.
struct DiskCache::State {
    explicit State(EventLoop& in_loop, UniqueFd with_file)
        : loop(in_loop), file(std::move(with_file)) {}

    EventLoop& loop;
    UniqueFd file;
    BlockingQueue<Order> orders;
    BlockingQueue<Report> reports;
    // Of the loop's thread only:
    OnDone on_done;
    std::map<std::uint64_t, std::uint64_t> checksums;  ///< by offset
    std::optional<Error> first_failure;

    void deliver() {
        std::vector<Done> done;
        for (Report& report : reports.take_all()) {
            checksums[report.offset_bytes] = report.checksum;
            done.push_back({report.turn, report.error ? PlanRunner::DiskOutcome::failed
                                                      : PlanRunner::DiskOutcome::done});
            if (report.error && !first_failure) first_failure = std::move(report.error);
        }
        if (!done.empty() && on_done) on_done(done);
    }
};

DiskCache::DiskCache(EventLoop& loop, UniqueFd file)
    : state_(std::make_shared<State>(loop, std::move(file))) {
    thread_ = std::thread([state = state_] {
        Copier copier(state->file);
        while (const auto order = state->orders.pop()) {
            // Whoever fills the empty queue wakes the loop; one wake takes everything.
            if (state->reports.push(copier.carry_out(*order)) ==
                BlockingQueue<Report>::Found::empty)
                state->loop.post([waiting = std::weak_ptr<State>(state)] {
                    if (const auto alive = waiting.lock()) alive->deliver();
                });
        }
    });
}

DiskCache::~DiskCache() {
    static_cast<void>(state_->orders.take_all());
    state_->orders.close();
    thread_.join();
}

void DiskCache::set_events(OnDone on_done) {
    state_->on_done = std::move(on_done);
}

void DiskCache::write(const plan::DiskCopy& copy, Memory segment) {
    state_->orders.push(
        {.direction = Order::Direction::to_disk, .copy = copy, .segment = std::move(segment)});
}

void DiskCache::read(const plan::DiskCopy& copy, Memory segment) {
    state_->orders.push({.direction = Order::Direction::from_disk,
                         .copy = copy,
                         .segment = std::move(segment),
                         .checksum = state_->checksums[copy.place.offset_bytes]});
}

const std::optional<Error>& DiskCache::first_failure() const {
    return state_->first_failure;
}

}  // namespace reelpool::run
