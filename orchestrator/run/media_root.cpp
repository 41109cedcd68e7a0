#include "orchestrator/run/media_root.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

namespace reelpool::run {
namespace {

namespace fs = std::filesystem;

Error outside(const std::string& subject, const std::string& root, std::string cause) {
    return {.code = ErrorCode::media,
            .component = Component::project,
            .subject = subject,
            .what = "the file lies outside of --media-root",
            .cause = std::move(cause),
            .hint = "only files beneath " + root + " are opened, also through symbolic links"};
}

/// What follows `root` in `path`, if it begins with it. Both are absolute and normal.
std::optional<std::string> beneath(const std::string& root, const std::string& path) {
    const std::string prefix = root == "/" ? root : root + "/";
    if (path.size() <= prefix.size() || path.compare(0, prefix.size(), prefix) != 0)
        return std::nullopt;
    return path.substr(prefix.size());
}

std::string without_final_slash(std::string path) {
    if (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

int open_in(const UniqueFd& directory, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    int fd = -1;
    // EAGAIN: somebody renamed something on the way. Who does so all the time gets an error.
    for (int attempt = 0; attempt < 16; ++attempt) {
        fd = static_cast<int>(
            ::syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof how));
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
    }
    return fd;
}

}  // namespace

Result<std::shared_ptr<const MediaRoot>> MediaRoot::open(const std::string& directory) {
    const auto unusable = [&](const std::string& cause) {
        return unexpected({.code = ErrorCode::usage,
                           .component = Component::project,
                           .subject = "--media-root " + directory,
                           .what = "the media root cannot be used",
                           .cause = cause,
                           .hint = "name a directory that exists and can be read"});
    };
    UniqueFd fd(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return unusable(std::strerror(errno));
    std::error_code error;
    const fs::path given = fs::absolute(directory, error);
    if (error) return unusable(error.message());
    const fs::path real = fs::canonical(directory, error);
    if (error) return unusable(error.message());
    // A kernel, or a container, without openat2 cannot keep the promise.
    if (const UniqueFd probe(open_in(fd, ".", O_PATH | O_CLOEXEC)); !probe)
        return unusable(std::string("openat2: ") + std::strerror(errno));
    return std::shared_ptr<const MediaRoot>(new MediaRoot(
        without_final_slash(given.lexically_normal().string()), real.string(), std::move(fd)));
}

Result<std::string> MediaRoot::inner_path(const std::string& path,
                                          const std::string& subject) const {
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    // What follows is for the kernel to resolve: "link/.." is not where it seems to be.
    for (const std::string& root : {given_, real_})
        if (auto rest = beneath(root, absolute.string())) return std::move(*rest);
    // Perhaps the way to it leads through other names.
    const fs::path directory = fs::weakly_canonical(absolute.parent_path(), error);
    if (!error)
        if (auto rest = beneath(real_, (directory / absolute.filename()).string()))
            return std::move(*rest);
    return unexpected(outside(subject, given_, path));
}

Error MediaRoot::refusal(int reason, const std::string& subject) const {
    if (reason == EXDEV || reason == ELOOP)
        return outside(subject, given_, "a symbolic link, or \"..\", leads out of it");
    const bool is_want = reason == EMFILE || reason == ENFILE;
    return {.code = is_want ? ErrorCode::limit : ErrorCode::media,
            .component = Component::project,
            .subject = subject,
            .what = reason == ENOENT ? "the file does not exist" : "cannot be opened",
            .cause = std::strerror(reason),
            .hint = {}};
}

Result<UniqueFd> MediaRoot::open_beneath(const std::string& path, int flags,
                                         const std::string& subject) const {
    REELPOOL_TRY(inner, inner_path(path, subject));
    UniqueFd file(open_in(directory_, inner, flags));
    if (!file) return unexpected(refusal(errno, subject));
    return file;
}

Result<bool> MediaRoot::has(const std::string& path, const std::string& subject) const {
    REELPOOL_TRY(inner, inner_path(path, subject));
    if (UniqueFd(open_in(directory_, inner, O_PATH | O_CLOEXEC))) return true;
    if (errno == ENOENT) return false;
    return unexpected(refusal(errno, subject));
}

}  // namespace reelpool::run
