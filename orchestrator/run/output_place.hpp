#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "orchestrator/run/media_files.hpp"

namespace reelpool::run {

/// What lies at OUT in the end: one file, one file per frame (OUT is a pattern), or one picture.
enum class OutputKind : std::uint8_t { file, sequence, picture };

enum class Overwrite : std::uint8_t { refuse, replace };

/// Where an export's result goes: written as OUT.part beside OUT, renamed when it is complete.
/// For pictures the part is a directory.
/// Owner: destroyed without `commit`, it removes the part; nothing ever lies under the final name
/// that is not complete.
class OutputPlace {
  public:
    /// Errors: code output, before anything is touched: the directory is missing or not writable,
    /// OUT exists (without Overwrite::replace), is a directory, or is one of the inputs; another
    /// export writes to it now.
    [[nodiscard]] static Result<OutputPlace> claim(const std::string& path, OutputKind kind,
                                                   Overwrite overwrite,
                                                   const std::vector<MediaFile>& inputs);
    OutputPlace(OutputPlace&& other) noexcept;
    OutputPlace& operator=(OutputPlace&&) = delete;
    ~OutputPlace();

    [[nodiscard]] const std::string& part_path() const { return part_path_; }
    /// Where the part lies, and the result will.
    [[nodiscard]] const std::string& directory() const { return directory_; }
    /// Pictures: the pattern of their names in the part directory.
    [[nodiscard]] const std::string& pattern() const { return pattern_; }
    /// The compositor has created the part: marks it as being written, for other exports.
    [[nodiscard]] Status lock_part();
    /// Syncs and renames. After this the result is there, even after a power cut.
    [[nodiscard]] Status commit();

  private:
    OutputPlace() = default;
    [[nodiscard]] Status commit_pictures();

    std::string path_;
    std::string directory_;
    std::string part_path_;
    std::string pattern_;
    OutputKind kind_ = OutputKind::file;
    bool is_armed_ = false;
    Overwrite overwrite_ = Overwrite::refuse;
    UniqueFd lock_;
};

}  // namespace reelpool::run
