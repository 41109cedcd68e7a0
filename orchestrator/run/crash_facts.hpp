#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "orchestrator/run/message_log.hpp"

namespace reelpool::run {

/// What was going on when a part of an export failed, for somebody who looks for the reason later.
/// There is no picture in it.
struct CrashFacts {
    struct Channel {
        std::string peer;  ///< "worker of FILE" or "compositor"
        std::uint64_t messages = 0;
        std::vector<MessageLog::Entry> last;
    };
    std::chrono::steady_clock::time_point at;
    std::vector<std::byte> ledger;  ///< a copy: processes, rings, slots
    std::vector<std::string> plan;  ///< lines
    std::vector<Channel> channels;
    std::vector<std::string> deaths;  ///< of workers, the last of each file
};

}  // namespace reelpool::run
