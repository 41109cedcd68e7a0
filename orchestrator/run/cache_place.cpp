#include "orchestrator/run/cache_place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "ipc/base/unique_fd.hpp"

namespace reelpool::run {
namespace {

bool write_all(const UniqueFd& file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t wrote = ::write(file.get(), bytes.data(), bytes.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    }
    return true;
}

std::string absolute_or_empty(const char* path) {
    return path != nullptr && path[0] == '/' ? path : "";
}

}  // namespace

std::string cache_directory_from(const char* reelpool_cache, const char* xdg_cache_home,
                                 const char* home) {
    if (reelpool_cache != nullptr && std::string_view(reelpool_cache) == "off") return {};
    std::string base = absolute_or_empty(xdg_cache_home);
    if (base.empty()) {
        base = absolute_or_empty(home);
        if (base.empty()) return {};
        base += "/.cache";
    }
    return base + "/reelpool";
}

std::string cache_directory() {
    return cache_directory_from(std::getenv("REELPOOL_CACHE"), std::getenv("XDG_CACHE_HOME"),
                                std::getenv("HOME"));
}

void make_directories(const std::string& path) {
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
        ::mkdir(path.substr(0, at).c_str(), 0700);
    ::mkdir(path.c_str(), 0700);
}

Stored store_file(const std::string& path, std::span<const std::span<const std::byte>> pieces) {
    static std::atomic<unsigned> count{0};
    const std::string part =
        path + "." + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".part";
    const UniqueFd file(
        ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) return Stored::no;
    const bool is_whole = std::all_of(pieces.begin(), pieces.end(),
                                      [&](const auto& piece) { return write_all(file, piece); });
    if (is_whole && ::rename(part.c_str(), path.c_str()) == 0) return Stored::yes;
    ::unlink(part.c_str());
    return Stored::no;
}

}  // namespace reelpool::run
