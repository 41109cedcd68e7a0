#pragma once

#include <memory>
#include <string>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"

namespace reelpool::run {

/// The one directory that media may come from, whatever a project says. The kernel itself keeps to
/// it: neither "..", nor symbolic links (also of other processes, meanwhile), nor /proc's lead out.
/// Thread: any.
class MediaRoot {
  public:
    /// Errors: code usage: it is no directory that can be opened.
    [[nodiscard]] static Result<std::shared_ptr<const MediaRoot>> open(
        const std::string& directory);

    /// Opens a file as open(2) would, with `flags`, if it lies beneath.
    /// Shape: `path` absolute, or relative to the working directory.
    /// Errors: code media, subject `subject`: it lies outside, or cannot be opened.
    [[nodiscard]] Result<UniqueFd> open_beneath(const std::string& path, int flags,
                                                const std::string& subject) const;
    /// Whether there is anything under this name. Errors: it lies outside.
    [[nodiscard]] Result<bool> has(const std::string& path, const std::string& subject) const;

  private:
    MediaRoot(std::string given, std::string real, UniqueFd directory)
        : given_(std::move(given)), real_(std::move(real)), directory_(std::move(directory)) {}

    /// The place of `path` in the directory. Errors: it lies outside, as far as names tell.
    [[nodiscard]] Result<std::string> inner_path(const std::string& path,
                                                 const std::string& subject) const;
    [[nodiscard]] Error refusal(int reason, const std::string& subject) const;

    std::string given_;  ///< absolute, no "." or ".." in it; as the user named it
    std::string real_;   ///< the same without symbolic links
    UniqueFd directory_;
};

}  // namespace reelpool::run
