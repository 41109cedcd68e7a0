#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace reelpool::run {

/// $XDG_CACHE_HOME/reelpool, else $HOME/.cache/reelpool; empty where REELPOOL_CACHE is "off" or
/// neither is an absolute path. Null means not set.
[[nodiscard]] std::string cache_directory_from(const char* reelpool_cache,
                                               const char* xdg_cache_home, const char* home);
/// By this process's environment.
[[nodiscard]] std::string cache_directory();

/// `path` and all that it lies in. Errors are found when something is to be created there.
void make_directories(const std::string& path);

enum class Stored : bool { no, yes };
/// Writes a file that others may read and write meanwhile: they see the old one or the new one.
/// `pieces` come one after the other. A file that cannot be written is left as it was.
Stored store_file(const std::string& path, std::span<const std::span<const std::byte>> pieces);

}  // namespace reelpool::run
