#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::seek_stress {

/// Whether a program's complaints are shown to the user.
enum class Complaints : std::uint8_t { shown, dropped };

/// A program whose standard output is read.
/// Owner: the destructor kills the program if it still runs, and collects it.
class ChildOutput {
  public:
    /// `argv[0]` is looked for on PATH.
    [[nodiscard]] static Result<ChildOutput> start(const std::vector<std::string>& argv,
                                                   Complaints complaints);
    ChildOutput(ChildOutput&& other) noexcept;
    ChildOutput& operator=(ChildOutput&&) = delete;
    ~ChildOutput();

    /// Reads until the span is full or the output ends; the bytes that were read.
    [[nodiscard]] Result<std::size_t> read(std::span<std::byte> bytes);
    /// Waits for the end; the program's wait status.
    [[nodiscard]] Result<int> wait();

  private:
    ChildOutput(pid_t pid, UniqueFd output) : pid_(pid), output_(std::move(output)) {}

    pid_t pid_ = -1;
    UniqueFd output_;
};

}  // namespace reelpool::seek_stress
