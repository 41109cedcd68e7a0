#pragma once

#include <stdexcept>
#include <string>

namespace reelpool::reference {

/// Why the reference stopped, with the place in the project where there is one.
///
/// The reference throws, unlike the program: it is a test tool that never continues after a
/// problem, and a test that meets one has failed.
class ReferenceError : public std::runtime_error {
  public:
    explicit ReferenceError(const std::string& what) : std::runtime_error(what) {}
    ReferenceError(const std::string& place, const std::string& what)
        : std::runtime_error(place + ": " + what) {}
};

}  // namespace reelpool::reference
