#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

#include "ipc/base/result.hpp"

namespace reelpool::compositor {

/// A file without a name: it is gone with this object, whatever happens. Written, then read from its
/// beginning, as often as one likes.
/// Thread: one at a time.
class SpoolFile {
  public:
    /// `path` is where the name was, for a moment, and what errors speak of.
    /// Errors: output, it cannot be created.
    [[nodiscard]] static Result<SpoolFile> create(const std::string& path);

    /// Errors: output, such as a full disk.
    [[nodiscard]] Status write(const void* data, std::size_t bytes);
    /// Whatever was written can be read from here on.
    [[nodiscard]] Status rewind();
    /// Errors: output, there is not so much left.
    [[nodiscard]] Status read(void* data, std::size_t bytes);

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    SpoolFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    [[nodiscard]] Unexpected failed(const char* what) const;

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace reelpool::compositor
