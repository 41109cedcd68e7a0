#pragma once

#include <sys/types.h>

#include "ipc/base/unique_fd.hpp"

namespace reelpool::worker {

/// Makes a just forked child a worker on `channel` and never returns: gives up every other
/// descriptor, signals from the terminal and the chance of new privileges, dies with `zygote`, and
/// serves until the channel closes.
[[noreturn]] void become_worker(UniqueFd channel, const UniqueFd& dev_null, pid_t zygote);

}  // namespace reelpool::worker
