#pragma once

#include <sys/types.h>

#include "decoder_worker/sandbox.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::worker {

/// Forks workers as told on `socket` (wire::ToZygote) until it closes; returns the exit status.
/// Single-threaded, with all of FFmpeg linked and warm, and never near any media. It ends with
/// `parent`, and its workers end with it. `sandbox`: what each worker enters.
[[nodiscard]] int run_zygote(UniqueFd socket, pid_t parent, const SandboxOptions& sandbox);

}  // namespace reelpool::worker
