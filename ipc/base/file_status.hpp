#pragma once

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace reelpool {

/// fstat() by its own system call; 0, or -1 and errno. The C library's goes through newfstatat,
/// which can name any path and is therefore closed to workers.
inline int file_status(int fd, struct stat& status) {
    return static_cast<int>(::syscall(SYS_fstat, fd, &status));
}

}  // namespace reelpool
