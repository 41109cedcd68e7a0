// Preloaded into the programs under test: lets the Nth call fail that changes files below a
// directory, as a full or failing disk would, or that asks the system for memory that is shared, a
// socket or a process. The programs themselves know nothing of it.
//
// REELPOOL_FAIL_PROGRAM  whose calls count: the program's name
// REELPOOL_FAIL_UNDER    the directory; or "/memfd:" for what is asked of the system
// REELPOOL_FAIL_AT       which call fails, from 1
// REELPOOL_FAIL_ERRNO    with which errno
// REELPOOL_FAIL_STAYS    if set: so do all that follow and would need room
// REELPOOL_FAIL_LOG      a file outside the directory, which gets a line for each call that failed
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct Orders {
    std::string under;
    long at = 0;
    int reason = 0;
    bool stays = false;
    std::string log;
};

std::string text_of(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// What lies at a path, links followed, as far as it exists.
std::string target_of(const std::string& link) {
    std::array<char, PATH_MAX> path{};
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

const Orders& orders() {
    static const Orders given = [] {
        Orders read;
        const std::string program = target_of("/proc/self/exe");
        if (program.substr(program.rfind('/') + 1) != text_of("REELPOOL_FAIL_PROGRAM")) return read;
        read.under = text_of("REELPOOL_FAIL_UNDER");
        read.at = std::atol(text_of("REELPOOL_FAIL_AT").c_str());
        read.reason = std::atoi(text_of("REELPOOL_FAIL_ERRNO").c_str());
        read.stays = !text_of("REELPOOL_FAIL_STAYS").empty();
        read.log = text_of("REELPOOL_FAIL_LOG");
        return read;
    }();
    return given;
}

enum class Need { room, nothing };

bool must_fail(const char* call, const std::string& path, Need need) {
    static std::atomic<long> calls{0};
    const Orders& given = orders();
    if (given.at == 0 || given.under.empty() || !path.starts_with(given.under)) return false;
    const long number = ++calls;
    const bool is_it = number == given.at;
    if (!is_it && !(given.stays && number > given.at && need == Need::room)) return false;
    const int log = ::open(given.log.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    if (log >= 0) {
        ::dprintf(log, "%ld %s %s\n", number, call, path.c_str());
        ::close(log);
    }
    errno = given.reason;
    return true;
}

std::string path_of(int fd) {
    return target_of("/proc/self/fd/" + std::to_string(fd));
}

template <class Function>
Function next(const char* name, Function) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) next(#name, &::name)

bool creates(int flags) {
    return (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0;
}

mode_t mode_in(int flags, va_list list) {
    return (flags & O_CREAT) != 0 ? static_cast<mode_t>(va_arg(list, int)) : 0;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_in(flags, list);
    va_end(list);
    static const auto real = next("open", static_cast<int (*)(const char*, int, ...)>(nullptr));
    // The log itself is opened by this.
    if (creates(flags) && (flags & O_APPEND) == 0 && must_fail("open", path, Need::room)) return -1;
    return real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    const mode_t mode = mode_in(flags, list);
    va_end(list);
    static const auto real = next("open64", static_cast<int (*)(const char*, int, ...)>(nullptr));
    if (creates(flags) && (flags & O_APPEND) == 0 && must_fail("open", path, Need::room)) return -1;
    return real(path, flags, mode);
}
int mkdir(const char* path, mode_t mode) {
    static const auto real = REAL(mkdir);
    return must_fail("mkdir", path, Need::room) ? -1 : real(path, mode);
}
ssize_t write(int fd, const void* data, size_t bytes) {
    static const auto real = REAL(write);
    return must_fail("write", path_of(fd), Need::room) ? -1 : real(fd, data, bytes);
}
ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
    static const auto real = REAL(pwrite);
    return must_fail("pwrite", path_of(fd), Need::room) ? -1 : real(fd, data, bytes, offset);
}
ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t offset) {
    static const auto real = REAL(pwrite64);
    return must_fail("pwrite", path_of(fd), Need::room) ? -1 : real(fd, data, bytes, offset);
}
int memfd_create(const char* name, unsigned flags) noexcept {
    static const auto real = REAL(memfd_create);
    return must_fail("memfd_create", "/memfd:", Need::room) ? -1 : real(name, flags);
}
int socketpair(int domain, int type, int protocol, int* ends) noexcept {
    static const auto real = REAL(socketpair);
    return must_fail("socketpair", "/memfd:", Need::room) ? -1 : real(domain, type, protocol, ends);
}
int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* arguments,
                char* const* environment) {
    static const auto real = REAL(posix_spawn);
    if (must_fail("posix_spawn", "/memfd:", Need::room)) return errno;
    return real(pid, path, actions, attributes, arguments, environment);
}
void* mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
    static const auto real = REAL(mmap);
    if (fd >= 0 && must_fail("mmap", path_of(fd), Need::room)) return MAP_FAILED;
    return real(at, bytes, protection, flags, fd, offset);
}
void* mmap64(void* at, size_t bytes, int protection, int flags, int fd, off64_t offset) noexcept {
    static const auto real = REAL(mmap64);
    if (fd >= 0 && must_fail("mmap", path_of(fd), Need::room)) return MAP_FAILED;
    return real(at, bytes, protection, flags, fd, offset);
}
int fsync(int fd) {
    static const auto real = REAL(fsync);
    return must_fail("fsync", path_of(fd), Need::nothing) ? -1 : real(fd);
}
int syncfs(int fd) {
    static const auto real = REAL(syncfs);
    return must_fail("syncfs", path_of(fd), Need::nothing) ? -1 : real(fd);
}
int rename(const char* from, const char* to) {
    static const auto real = REAL(rename);
    return must_fail("rename", from, Need::nothing) ? -1 : real(from, to);
}
int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
    static const auto real = REAL(renameat2);
    return must_fail("renameat2", from, Need::nothing) ? -1 : real(from_at, from, to_at, to, flags);
}
}
