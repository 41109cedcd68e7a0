#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/process/event_loop.hpp"
#include "orchestrator/plan/plan_runner.hpp"
#include "orchestrator/plan/plan_world.hpp"

namespace reelpool::run {

/// The disk cache's file, and the thread that copies frames between it and slots, one after the
/// other. No pixel is looked at: a frame is bytes with a checksum, which is kept in memory and
/// compared when the frame is read.
/// Thread: the event loop's; what it reports comes there, too.
class DiskCache {
  public:
    struct Done {
        std::uint64_t turn = 0;
        plan::PlanRunner::DiskOutcome outcome = plan::PlanRunner::DiskOutcome::done;
    };
    using OnDone = std::function<void(const std::vector<Done>&)>;

    /// `file`: a scratch file.
    DiskCache(EventLoop& loop, UniqueFd file);
    /// What is still to be copied is left.
    ~DiskCache();
    DiskCache(const DiskCache&) = delete;
    DiskCache& operator=(const DiskCache&) = delete;

    /// Who is told from now on. Must be set before the first copy.
    void set_events(OnDone on_done);

    /// A slot's memory.
    using Memory = std::shared_ptr<const UniqueFd>;
    /// From the slot to the file.
    void write(const plan::DiskCopy& copy, Memory segment);
    /// From the file to the slot. What lies in the slot after a failure is rubbish.
    void read(const plan::DiskCopy& copy, Memory segment);

    /// The first thing that went wrong.
    [[nodiscard]] const std::optional<Error>& first_failure() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
    std::thread thread_;
};

}  // namespace reelpool::run
