#include "decoder_worker/seccomp_filter.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <type_traits>

#include "decoder_worker/sanitizers.hpp"

namespace reelpool::worker {
namespace {

/// Memory, threads, clocks, and what the kernel tells anybody about the process itself. None of
/// them reaches beyond the process and its descriptors, whatever the arguments.
constexpr std::initializer_list<int> harmless_calls{
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    // The descriptors that the process has. It gets new ones from its channel only.
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(timerfd_settime),
};

/// What libraries ask of the file system now and then (the time zone, the kernel's settings, a
/// device's topology), and live without.
constexpr std::initializer_list<int> file_system_calls{
    SCMP_SYS(open),       SCMP_SYS(openat),   SCMP_SYS(stat),       SCMP_SYS(lstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx),    SCMP_SYS(access),     SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
    SCMP_SYS(statfs),
};

/// What pthread_create asks of clone: a thread, and nothing of its own but its registers.
constexpr scmp_datum_t thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                      CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                                      CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

/// Punching holes (MADV_REMOVE) is not among them: segments are read by others, too.
constexpr std::initializer_list<int> memory_advice{MADV_NORMAL,   MADV_DONTNEED,   MADV_FREE,
                                                   MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP};
constexpr std::initializer_list<int> descriptor_commands{F_GETFD, F_SETFD,         F_GETFL,
                                                         F_SETFL, F_DUPFD_CLOEXEC, F_GET_SEALS};
/// Of mutexes and condition variables; no priorities are inherited.
constexpr std::initializer_list<int> futex_operations{FUTEX_WAIT, FUTEX_WAKE, FUTEX_WAIT_BITSET,
                                                      FUTEX_WAKE_BITSET};
constexpr scmp_datum_t futex_flags = FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;
constexpr scmp_datum_t low_half = 0xffffffff;

class Rules {
  public:
    Rules() : context_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {
        if (!context_) error_ = -ENOMEM;
    }

    void allow(int call) { add(SCMP_ACT_ALLOW, call, {}); }
    void allow(int call, std::initializer_list<scmp_arg_cmp> conditions) {
        add(SCMP_ACT_ALLOW, call, conditions);
    }
    void answer(int error, int call) {
        add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, {});
    }

    /// Loads the filter. Errors: the first rule that could not be added, or the kernel's word.
    Status load() {
        attribute(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        attribute(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree: the common calls are many
        if constexpr (sanitizer::has_own_threads) attribute(SCMP_FLTATR_CTL_TSYNC, 1);
        if (error_ == 0) error_ = seccomp_load(context_.get());
        if (error_ == 0) return ok();
        return unexpected(errno_error(Component::worker, "seccomp is not available", -error_));
    }

  private:
    struct Release {
        void operator()(void* context) const { seccomp_release(context); }
    };

    void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
        if (error_ != 0 || call < 0) return;  // < 0: this architecture does not have it
        error_ =
            seccomp_rule_add_array(context_.get(), action, call,
                                   static_cast<unsigned>(conditions.size()), conditions.begin());
    }
    void attribute(scmp_filter_attr name, std::uint32_t value) {
        if (error_ == 0) error_ = seccomp_attr_set(context_.get(), name, value);
    }

    std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Release> context_;
    int error_ = 0;
};

scmp_arg_cmp is(unsigned argument, scmp_datum_t value) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = low_half, .datum_b = value};
}
scmp_arg_cmp lacks(unsigned argument, scmp_datum_t bits) {
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = 0};
}

void allow_memory(Rules& rules) {
    rules.allow(SCMP_SYS(mmap), {lacks(2, PROT_EXEC)});
    rules.allow(SCMP_SYS(mprotect), {lacks(2, PROT_EXEC)});
    for (const int advice : memory_advice)
        rules.allow(SCMP_SYS(madvise), {is(2, static_cast<scmp_datum_t>(advice))});
}

void allow_threads(Rules& rules) {
    // The flags of clone3 lie in memory, where no filter sees them; glibc then uses clone.
    rules.answer(ENOSYS, SCMP_SYS(clone3));
    rules.allow(SCMP_SYS(clone), {is(0, thread_flags)});
    for (const int operation : futex_operations)
        rules.allow(SCMP_SYS(futex), {{.arg = 1,
                                       .op = SCMP_CMP_MASKED_EQ,
                                       .datum_a = low_half & ~futex_flags,
                                       .datum_b = static_cast<scmp_datum_t>(operation)}});
    rules.allow(SCMP_SYS(prctl), {is(0, PR_SET_NAME)});
    // abort(), so that a failed check is reported as what it is.
    rules.allow(SCMP_SYS(tgkill), {is(0, static_cast<scmp_datum_t>(::getpid()))});
    // What pthread asks about its stacks. Nothing is set: the argument for that is null.
    rules.allow(SCMP_SYS(prlimit64),
                {is(0, 0), {.arg = 2, .op = SCMP_CMP_EQ, .datum_a = 0, .datum_b = 0}});
}

void allow_descriptors(Rules& rules) {
    for (const int command : descriptor_commands)
        rules.allow(SCMP_SYS(fcntl), {is(1, static_cast<scmp_datum_t>(command))});
    rules.allow(SCMP_SYS(ioctl), {is(1, FIONBIO)});
}

}  // namespace

Status allow_only_decoding() {
    Rules rules;
    for (const int call : harmless_calls) rules.allow(call);
    for (const int call : file_system_calls) rules.answer(EACCES, call);
    allow_memory(rules);
    allow_threads(rules);
    allow_descriptors(rules);
    if constexpr (sanitizer::makes_pipes) {
        rules.allow(SCMP_SYS(pipe));
        rules.allow(SCMP_SYS(pipe2));
    }
    return rules.load();
}

}  // namespace reelpool::worker
