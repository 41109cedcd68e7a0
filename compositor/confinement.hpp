#pragma once

#include <string>

#include "ipc/process/sandbox_level.hpp"

namespace reelpool::compositor {

/// Gives up what the compositor does not need: new privileges, core dumps, TCP, signals to others,
/// and writing files anywhere but beneath `output_directory` (empty: nowhere), in /dev, and where
/// drivers keep their compiled shaders. It reads what it likes: drivers are many files. It may
/// make code executable: a software driver is a compiler. Whatever of it fails is a gap in the
/// level, and no error.
/// Thread: the process must have no other, since Landlock holds for threads and their children.
[[nodiscard]] SandboxLevel confine(SandboxMode mode, const std::string& output_directory);

}  // namespace reelpool::compositor
