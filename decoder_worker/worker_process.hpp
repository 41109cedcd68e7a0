#pragma once

#include <sys/types.h>

#include "decoder_worker/sandbox.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::worker {

/// Makes a just forked child a worker on `channel` and never returns: gives up every other
/// descriptor and signals from the terminal, dies with `zygote`, enters the sandbox, and serves
/// until the channel closes.
[[noreturn]] void become_worker(UniqueFd channel, const UniqueFd& dev_null, pid_t zygote,
                                const SandboxOptions& sandbox);

}  // namespace reelpool::worker
