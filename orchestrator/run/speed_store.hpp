#pragma once

#include <string>

#include "orchestrator/run/time_model.hpp"

namespace reelpool::run {

/// How fast this machine was in earlier exports, in one small file. It is a cache: what is missing,
/// damaged or cannot be written counts as not known, and nobody is told.
class SpeedStore {
  public:
    /// An empty directory: nothing is known or kept.
    explicit SpeedStore(std::string directory) : directory_(std::move(directory)) {}

    [[nodiscard]] Speed read() const;
    void write(const Speed& speed) const;

  private:
    [[nodiscard]] std::string path() const { return directory_ + "/speed.json"; }

    std::string directory_;
};

}  // namespace reelpool::run
