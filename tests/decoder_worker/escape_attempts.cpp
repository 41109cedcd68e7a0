#include "tests/decoder_worker/escape_attempts.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

namespace reelpool::worker::test {
namespace {

using P = const Prey&;

template <class... Arguments>
long call(long number, Arguments... arguments) {
    return ::syscall(number, arguments...);
}

long in_child(pid_t child) {
    if (child == 0) ::_exit(0);
    return child;
}

long connect_to(int socket, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
}

/// A program that ends with 1: whoever gets it to run has escaped.
long run_false() {
    std::array<char, 6> name{"false"};
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    return ::execve("/bin/false", arguments.data(), environment.data());
}

long run_from_memory() {
    const int fd = ::memfd_create("program", 0);
    if (fd < 0) return fd;
    const std::string script = "#!/bin/false\n";
    if (::write(fd, script.data(), script.size()) < 0) return -1;
    std::array<char, 2> name{"x"};
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    return ::fexecve(fd, arguments.data(), environment.data());
}

long executable_memory(int protection) {
    void* const page = ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? -1 : 1;
}

long becomes_executable() {
    void* const page =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return 1;
    return ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

long read_memory_of(pid_t victim, void* address) {
    std::array<char, 8> bytes{};
    const iovec here{bytes.data(), bytes.size()};
    const iovec there{address, bytes.size()};
    return ::process_vm_readv(victim, &here, 1, &there, 1, 0);
}

long measure(pid_t victim) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_SOFTWARE;
    attributes.config = PERF_COUNT_SW_TASK_CLOCK;
    return call(SYS_perf_event_open, &attributes, victim, -1, -1, 0);
}

long make_map() {
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = 4;
    attributes.value_size = 4;
    attributes.max_entries = 1;
    return call(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes);
}

long limit_of(pid_t pid) {
    const rlimit limit{.rlim_cur = 0, .rlim_max = 0};
    return call(SYS_prlimit64, pid, RLIMIT_CORE, &limit, nullptr);
}

std::string beside(P prey, const char* name) {
    return prey.directory + "/" + name + std::to_string(::getpid());
}

const std::vector<Attempt> attempts{
    // Files
    {"open", [](P p) { return call(SYS_open, p.file.c_str(), O_RDONLY); }, true},
    {"openat", [](P p) { return call(SYS_openat, AT_FDCWD, p.file.c_str(), O_RDONLY); }, true},
    {"openat2",
     [](P p) {
         const std::array<std::uint64_t, 3> how{};
         return call(SYS_openat2, AT_FDCWD, p.file.c_str(), how.data(), sizeof how);
     },
     true},
    {"creat", [](P p) { return call(SYS_creat, beside(p, "new").c_str(), 0600); }, true},
    {"stat",
     [](P p) {
         struct stat status {};
         return static_cast<long>(::stat(p.file.c_str(), &status));
     },
     true},
    {"access", [](P p) { return static_cast<long>(::access(p.file.c_str(), F_OK)); }, true},
    {"readlink",
     [](P) {
         std::array<char, 64> text{};
         return static_cast<long>(::readlink("/proc/self/exe", text.data(), text.size()));
     },
     true},
    {"mkdir", [](P p) { return static_cast<long>(::mkdir(beside(p, "dir").c_str(), 0700)); }, true},
    {"symlink", [](P p) { return static_cast<long>(::symlink("x", beside(p, "link").c_str())); },
     true},
    {"mkfifo", [](P p) { return static_cast<long>(::mkfifo(beside(p, "fifo").c_str(), 0600)); },
     true},
    {"unlink", [](P p) { return static_cast<long>(::unlink(p.file.c_str())); }, false},
    {"rename",
     [](P p) { return static_cast<long>(::rename(p.file.c_str(), beside(p, "away").c_str())); },
     false},
    {"chmod", [](P p) { return static_cast<long>(::chmod(p.file.c_str(), 0600)); }, true},
    {"chroot", [](P p) { return static_cast<long>(::chroot(p.directory.c_str())); }, false},
    {"chdir", [](P p) { return static_cast<long>(::chdir(p.directory.c_str())); }, true},
    {"mount", [](P p) { return call(SYS_mount, "none", p.directory.c_str(), "tmpfs", 0, nullptr); },
     false},
    {"inotify_init", [](P) { return static_cast<long>(::inotify_init1(0)); }, true},
    {"name_to_handle_at and fanotify", [](P) { return call(SYS_fanotify_init, 0, 0); }, false},
    {"read /proc of another",
     [](P p) {
         return static_cast<long>(
             ::open(("/proc/" + std::to_string(p.victim) + "/status").c_str(), O_RDONLY));
     },
     true},
    {"read /proc of itself",
     [](P) { return static_cast<long>(::open("/proc/self/maps", O_RDONLY)); }, true},
    {"reopen a descriptor",
     [](P p) {
         return static_cast<long>(
             ::open(("/proc/self/fd/" + std::to_string(p.memory_fd)).c_str(), O_RDWR));
     },
     true},
    // Network
    {"socket (TCP)", [](P) { return static_cast<long>(::socket(AF_INET, SOCK_STREAM, 0)); }, true},
    {"socket (Unix)", [](P) { return static_cast<long>(::socket(AF_UNIX, SOCK_STREAM, 0)); }, true},
    {"socket (netlink)", [](P) { return static_cast<long>(::socket(AF_NETLINK, SOCK_RAW, 0)); },
     true},
    {"socketpair",
     [](P) {
         std::array<int, 2> ends{};
         return static_cast<long>(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()));
     },
     true},
    {"connect", [](P p) { return connect_to(p.socket_fd, p.loopback_port); }, true},
    {"bind",
     [](P p) {
         sockaddr_in address{};
         address.sin_family = AF_INET;
         address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
         return static_cast<long>(
             ::bind(p.socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
     },
     true},
    {"listen", [](P p) { return static_cast<long>(::listen(p.socket_fd, 1)); }, true},
    {"sendto",
     [](P p) { return static_cast<long>(::sendto(p.pipe_fd, "x", 1, MSG_NOSIGNAL, nullptr, 0)); },
     false},
    // Processes
    {"fork", [](P) { return in_child(::fork()); }, true},
    {"vfork",
     [](P) {
         const pid_t child = ::vfork();
         if (child == 0) ::_exit(0);
         return static_cast<long>(child);
     },
     true},
    {"clone of a process",
     [](P) { return in_child(static_cast<pid_t>(call(SYS_clone, SIGCHLD, 0, 0, 0, 0))); }, true},
    {"clone that shares memory",
     [](P) { return call(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD | CLONE_NEWNET, 0, 0, 0, 0); },
     false},
    {"clone3",
     [](P) {
         const std::array<std::uint64_t, 8> how{0, 0, 0, 0, SIGCHLD, 0, 0, 0};
         return in_child(static_cast<pid_t>(call(SYS_clone3, how.data(), sizeof how)));
     },
     true},
    {"execve", [](P) { return run_false(); }, true},
    {"execveat",
     [](P) {
         std::array<char, 2> name{"x"};
         std::array<char*, 2> arguments{name.data(), nullptr};
         return call(SYS_execveat, AT_FDCWD, "/bin/false", arguments.data(), nullptr, 0);
     },
     true},
    {"memfd_create and exec", [](P) { return run_from_memory(); }, true},
    {"kill the victim", [](P p) { return static_cast<long>(::kill(p.victim, 0)); }, true},
    {"kill the parent", [](P) { return static_cast<long>(::kill(::getppid(), 0)); }, true},
    {"kill everybody", [](P) { return static_cast<long>(::kill(0, 0)); }, true},
    {"tgkill another", [](P p) { return call(SYS_tgkill, p.victim, p.victim, 0); }, true},
    {"tkill", [](P p) { return call(SYS_tkill, p.victim, 0); }, true},
    {"sigqueue",
     [](P p) { return static_cast<long>(::sigqueue(p.victim, 0, sigval{.sival_int = 0})); }, true},
    {"pidfd_open", [](P p) { return call(SYS_pidfd_open, p.victim, 0); }, true},
    {"pidfd_send_signal",
     [](P p) { return call(SYS_pidfd_send_signal, p.victim_pidfd, 0, nullptr, 0); }, true},
    {"pidfd_getfd", [](P p) { return call(SYS_pidfd_getfd, p.victim_pidfd, 0, 0); }, false},
    {"ptrace",
     [](P p) { return static_cast<long>(::ptrace(PTRACE_SEIZE, p.victim, nullptr, nullptr)); },
     false},
    {"process_vm_readv", [](P p) { return read_memory_of(p.victim, p.memory); }, false},
    {"prlimit of another", [](P p) { return limit_of(p.victim); }, true},
    {"prlimit of itself", [](P) { return limit_of(0); }, true},
    {"setpriority",
     [](P p) {
         return static_cast<long>(::setpriority(PRIO_PROCESS, static_cast<id_t>(p.victim), 19));
     },
     true},
    {"sched_setaffinity",
     [](P p) {
         cpu_set_t all{};
         CPU_ZERO(&all);
         CPU_SET(0, &all);
         return static_cast<long>(::sched_setaffinity(p.victim, sizeof all, &all));
     },
     true},
    {"wait4", [](P p) { return call(SYS_wait4, p.victim, nullptr, WNOHANG, nullptr); }, false},
    {"setsid", [](P) { return static_cast<long>(::setsid()); }, false},
    // Descriptors that were left open
    {"ioctl",
     [](P p) {
         int bytes = 0;
         return static_cast<long>(::ioctl(p.pipe_fd, FIONREAD, &bytes));
     },
     true},
    {"ioctl of a terminal",
     [](P p) {
         char letter = 'x';
         return static_cast<long>(::ioctl(p.pipe_fd, TIOCSTI, &letter));
     },
     false},
    {"fcntl F_SETOWN",
     [](P p) { return static_cast<long>(::fcntl(p.pipe_fd, F_SETOWN, p.victim)); }, true},
    {"fcntl F_ADD_SEALS",
     [](P p) { return static_cast<long>(::fcntl(p.memory_fd, F_ADD_SEALS, F_SEAL_SEAL)); }, true},
    {"ftruncate", [](P p) { return static_cast<long>(::ftruncate(p.memory_fd, 0)); }, true},
    {"fallocate",
     [](P p) {
         return static_cast<long>(
             ::fallocate(p.memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
     },
     true},
    {"pwrite", [](P p) { return static_cast<long>(::pwrite(p.memory_fd, "x", 1, 0)); }, true},
    {"sendfile", [](P p) { return call(SYS_sendfile, p.pipe_fd, p.memory_fd, nullptr, 1); }, false},
    {"dup", [](P p) { return static_cast<long>(::dup(p.pipe_fd)); }, true},
    {"pipe",
     [](P) {
         std::array<int, 2> ends{};
         return static_cast<long>(::pipe(ends.data()));
     },
     true},
    {"memfd_create", [](P) { return static_cast<long>(::memfd_create("x", 0)); }, true},
    // Memory
    {"mmap PROT_EXEC", [](P) { return executable_memory(PROT_READ | PROT_EXEC); }, true},
    {"mmap writable and executable",
     [](P) { return executable_memory(PROT_READ | PROT_WRITE | PROT_EXEC); }, true},
    {"mprotect PROT_EXEC", [](P) { return becomes_executable(); }, true},
    {"madvise MADV_REMOVE",
     [](P p) { return static_cast<long>(::madvise(p.memory, 4096, MADV_REMOVE)); }, true},
    {"shmget", [](P) { return call(SYS_shmget, 0, 4096, 0600); }, true},
    {"msgget", [](P) { return call(SYS_msgget, 0, 0600); }, true},
    {"userfaultfd", [](P) { return call(SYS_userfaultfd, 1); }, false},
    {"mlock", [](P p) { return call(SYS_mlock, p.memory, 4096); }, true},
    // The kernel
    {"io_uring_setup",
     [](P) {
         std::array<char, 256> parameters{};
         return call(SYS_io_uring_setup, 1, parameters.data());
     },
     false},
    {"bpf", [](P) { return make_map(); }, false},
    {"perf_event_open", [](P p) { return measure(p.victim); }, false},
    {"setns", [](P p) { return static_cast<long>(::setns(p.namespace_fd, 0)); }, false},
    {"unshare", [](P) { return static_cast<long>(::unshare(CLONE_NEWUSER)); }, false},
    {"add_key", [](P) { return call(SYS_add_key, "user", "name", "payload", 7, -4); }, false},
    {"keyctl", [](P) { return call(SYS_keyctl, 0, -4, 0); }, false},
    {"personality", [](P) { return call(SYS_personality, 0xffffffffUL); }, true},
    {"syslog", [](P) { return call(SYS_syslog, 10, nullptr, 0); }, false},
    {"setuid", [](P) { return static_cast<long>(::syscall(SYS_setuid, ::getuid())); }, true},
    {"sethostname", [](P) { return call(SYS_sethostname, "x", 1); }, false},
    {"become dumpable", [](P) { return static_cast<long>(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); },
     true},
    {"outlive the parent",
     [](P) { return static_cast<long>(::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)); }, true},
    {"another filter", [](P) { return call(SYS_seccomp, 2, 0, nullptr); }, false},
    {"an unknown system call", [](P) { return call(2000); }, false},
#ifdef __x86_64__
    {"a 32-bit system call",
     [](P) {
         long result = 20;  // getpid
         __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
         return result;
     },
     false},
    {"an x32 system call", [](P) { return call(0x40000000L + SYS_getpid); }, false},
#endif
};

}  // namespace

const std::vector<Attempt>& escape_attempts() {
    return attempts;
}

}  // namespace reelpool::worker::test
