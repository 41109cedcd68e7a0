#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "ipc/base/result.hpp"

namespace reelpool::run {

/// How a worker came to its end that was not told to end.
enum class DeathKind : std::uint8_t {
    ended,             ///< by a signal, or by itself
    hung,              ///< it was killed for it
    broke_protocol,    ///< it was killed for it
    gave_up,           ///< it said why: no accident, the file is to blame
    forbidden_call,    ///< it attempted a system call that it has no right to: SIGSYS
    out_of_memory,     ///< it may have no more, and with the same file it would want it again
    lost_with_zygote,  ///< the zygote died, and it with it
    could_not_start,   ///< the system has no room for it
};

struct WorkerDeath {
    DeathKind kind = DeathKind::ended;
    bool had_opened = false;  ///< its file
    Error error;              ///< names the file and how it ended

    /// Another worker may be tried. One that gave up has said what there is to say; one that
    /// attempted what is forbidden was made to by its file.
    [[nodiscard]] bool may_be_replaced() const {
        return kind == DeathKind::ended || kind == DeathKind::hung ||
               kind == DeathKind::broke_protocol || kind == DeathKind::lost_with_zygote;
    }
};

/// The death of a worker that ended without being told to, by what waitpid says of it.
[[nodiscard]] WorkerDeath death_by_wait_status(int wait_status, const std::string& path);
/// Of one that did not move for so long.
[[nodiscard]] Error hang_error(std::chrono::milliseconds patience, const std::string& path);

}  // namespace reelpool::run
