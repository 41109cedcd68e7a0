#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/worker_death.hpp"

namespace reelpool::run {

/// The workers that an export has lost, by file: how many there may be, and what is told of them.
class Losses {
  public:
    static constexpr std::uint32_t most_of_a_file = 20;
    static constexpr std::uint32_t most_in_all = 100;

    struct OfFile {
        std::uint32_t deaths = 0;
        std::string last_cause;
    };
    /// Errors: decode, there were too many.
    [[nodiscard]] Status note(const MediaFile& file, const WorkerDeath& death);
    /// By path.
    [[nodiscard]] const std::map<std::string, OfFile>& by_file() const { return by_file_; }

  private:
    std::map<std::string, OfFile> by_file_;
    std::uint32_t count_ = 0;
};

/// Where a source frame is shown first.
struct ShownAt {
    OutputIndex output;
    std::string clips;  ///< the paths of those that show its file then
};

/// Two workers died at the same request. `frame`: nothing: they were opening their file.
[[nodiscard]] Error poison_error(const plan::MediaSource& source, const WorkerDeath& death,
                                 std::optional<FrameIndex> frame,
                                 const std::optional<ShownAt>& shown, const std::string& hint);

/// "how: why" of a death, in one line.
[[nodiscard]] std::string cause_of(const WorkerDeath& death);

}  // namespace reelpool::run
