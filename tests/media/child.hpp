#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace reelpool::test_media {

/// What a finished program left behind.
struct Outcome {
    int exit_code = -1;  ///< 128 + signal when a signal ended it (137 also after the watchdog)
    std::string out;
    std::string err;
};

/// Runs a program (found on PATH) to its end and collects what it printed.
///
/// The watchdog kills it after `limit`; a program that cannot be started throws.
[[nodiscard]] Outcome run_program(const std::vector<std::string>& argv,
                                  std::chrono::seconds limit = std::chrono::seconds(300));

/// Like run_program, but throws with the program's own words unless it exits with 0.
std::string run_or_throw(const std::vector<std::string>& argv);

/// A running program with one end of a pipe in our hand. Its stderr is ours.
///
/// Owner: one object per child; the destructor closes the pipe and waits.
class Child {
  public:
    /// Starts a program whose standard input is written with write().
    [[nodiscard]] static Child feeding(const std::vector<std::string>& argv);
    /// Starts a program whose standard output is read with read().
    [[nodiscard]] static Child reading(const std::vector<std::string>& argv);

    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    /// Writes everything; throws when the program stopped reading.
    void write(std::span<const std::byte> bytes);
    /// Reads until the span is full or the stream ends; returns the bytes read.
    [[nodiscard]] std::size_t read(std::span<std::byte> bytes);
    /// Closes the pipe and returns the exit code (128 + signal for a signal).
    int finish();

  private:
    Child(pid_t pid, int fd) : pid_(pid), fd_(fd) {}

    pid_t pid_ = -1;
    int fd_ = -1;
};

}  // namespace reelpool::test_media
