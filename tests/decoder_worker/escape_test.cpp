// From inside a worker's sandbox, as the worker enters it: what an attacker would try next.
// usage: escape_test root|ordinary [doctest's options]; exit code 77: it cannot be that user here.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "decoder_worker/sandbox.hpp"
#include "decoder_worker/sanitizers.hpp"
#include "decoder_worker/seccomp_filter.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/process/landlock.hpp"
#include "tests/decoder_worker/escape_attempts.hpp"

using namespace reelpool;
using namespace reelpool::worker;
using namespace reelpool::worker::test;

namespace {

constexpr int got_through = 1;  // as /bin/false ends
constexpr int was_refused = 0;
constexpr int was_not_locked_in = 3;

/// How a forked child ended that did this and exited with its result.
int outcome_of(const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(60);
        ::_exit(act());
    }
    int status = 0;
    return ::waitpid(child, &status, 0) == child ? status : -1;
}

bool ended_with(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

bool died_of(int status, int signal) {
    return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

/// Pieces of the sandbox that this machine lacks, so that they could not be tested by themselves.
std::string& untested() {
    static std::string pieces;
    return pieces;
}

std::string words_for(int status) {
    if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
    return "exit code " + std::to_string(WEXITSTATUS(status));
}

int as_exit_code(long result) {
    return result < 0 ? was_refused : got_through;
}

/// The surroundings of an attacker: everything that an attempt may want to have.
class Surroundings {
  public:
    Surroundings() {
        std::string name = (std::filesystem::temp_directory_path() / "escape-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        prey.directory = name;
        prey.file = name + "/secret";
        std::ofstream(prey.file) << "secret";
        memory_.reset(::memfd_create("prey", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        REQUIRE(::ftruncate(memory_.get(), 4096) == 0);
        prey.memory_fd = memory_.get();
        prey.memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
        REQUIRE(prey.memory != MAP_FAILED);
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        pipe_.reset(ends[0]);
        other_end_.reset(ends[1]);
        prey.pipe_fd = ends[0];
        namespace_.reset(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
        prey.namespace_fd = namespace_.get();
        listen();
        start_victim();
    }
    ~Surroundings() {
        ::kill(prey.victim, SIGKILL);
        ::waitpid(prey.victim, nullptr, 0);
        ::munmap(prey.memory, 4096);
        std::filesystem::remove_all(prey.directory);
    }
    Surroundings(const Surroundings&) = delete;
    Surroundings& operator=(const Surroundings&) = delete;

    /// Somebody has come to the door.
    [[nodiscard]] bool was_visited() const {
        const UniqueFd guest(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        return static_cast<bool>(guest);
    }

    Prey prey;

  private:
    void listen() {
        listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_.get(), generic, length) == 0);
        REQUIRE(::listen(listener_.get(), 8) == 0);
        REQUIRE(::getsockname(listener_.get(), generic, &length) == 0);
        prey.loopback_port = ntohs(address.sin_port);
        socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        prey.socket_fd = socket_.get();
    }
    void start_victim() {
        prey.victim = ::fork();
        if (prey.victim == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) ::pause();
        }
        pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, prey.victim, 0)));
        prey.victim_pidfd = pidfd_.get();
    }

    UniqueFd memory_, pipe_, other_end_, namespace_, listener_, socket_, pidfd_;
};

const Attempt& attempt(const std::string& name) {
    for (const Attempt& one : escape_attempts())
        if (name == one.name) return one;
    FAIL("no such attempt: " << name);
    return escape_attempts().front();
}

/// errno after it was refused behind this piece of the sandbox alone; 0: it got through.
int refusal_behind(const std::function<bool()>& lock_in, const Attempt& one, const Prey& prey) {
    const int status = outcome_of([&] {
        if (!lock_in()) return 255;
        errno = 0;
        return one.run(prey) < 0 ? errno : 0;
    });
    INFO(std::string(one.name) << ": " << words_for(status));
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) != 255);
    return WEXITSTATUS(status);
}

bool gives_up_privileges() {
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

}  // namespace

TEST_CASE("nothing gets out of the sandbox") {
    int killed = 0;
    int answered = 0;
    for (const Attempt& one : escape_attempts()) {
        if (sanitizer::makes_pipes && std::string(one.name) == "pipe") continue;
        Surroundings surroundings;
        const int status = outcome_of([&] {
            static_cast<void>(enter_sandbox({.mode = SandboxMode::require}));
            return as_exit_code(one.run(surroundings.prey));
        });
        INFO(std::string(one.name) << ": " << words_for(status));
        const bool is_dead = died_of(status, SIGSYS);
        CHECK((is_dead || ended_with(status, was_refused)));
        (is_dead ? killed : answered) += 1;
        CHECK(!surroundings.was_visited());
        CHECK(::waitpid(surroundings.prey.victim, nullptr, WNOHANG) == 0);
        std::ifstream secret(surroundings.prey.file);
        CHECK(secret.good());
    }
    MESSAGE(killed << " attempts ended the process, " << answered << " got an error");
    CHECK(killed > 50);
}

TEST_CASE("the same attempts succeed outside of the sandbox") {
    int common = 0;
    for (const Attempt& one : escape_attempts()) {
        if (!one.is_common) continue;
        Surroundings surroundings;
        const int status = outcome_of([&] { return as_exit_code(one.run(surroundings.prey)); });
        INFO(std::string(one.name) << ": " << words_for(status));
        CHECK(ended_with(status, got_through));
        ++common;
    }
    MESSAGE(common << " of " << escape_attempts().size() << " attempts are of this kind");
}

TEST_CASE("all pieces of the sandbox are in place") {
    const int status = outcome_of([] {
        const SandboxLevel level = enter_sandbox({.mode = SandboxMode::require});
        return level.is_full() ? 0 : was_not_locked_in;
    });
    if (ended_with(status, was_not_locked_in))
        untested() += " the whole sandbox;";
    else
        CHECK(ended_with(status, 0));
}

TEST_CASE("without a sandbox nothing is locked") {
    Surroundings surroundings;
    const int status = outcome_of([&] {
        const SandboxLevel level = enter_sandbox({.mode = SandboxMode::off});
        if (!level.pieces.empty() || !level.gaps.empty()) return was_not_locked_in;
        return as_exit_code(attempt("open").run(surroundings.prey));
    });
    CHECK(ended_with(status, got_through));
}

TEST_CASE("Landlock alone keeps from files and from the network") {
    const auto lock_in = [] {
        return gives_up_privileges() && forbid_files_and_network().has_value();
    };
    if (!ended_with(outcome_of([&] { return lock_in() ? 0 : 1; }), 0)) {
        untested() += " Landlock;";
        return;
    }
    for (const char* name : {"open", "creat", "mkdir", "symlink", "mkfifo", "unlink", "execve",
                             "read /proc of another", "read /proc of itself"}) {
        Surroundings surroundings;
        CAPTURE(name);
        CHECK(refusal_behind(lock_in, attempt(name), surroundings.prey) == EACCES);
    }
    Surroundings surroundings;
    // Since its fourth version.
    const int connected = refusal_behind(lock_in, attempt("connect"), surroundings.prey);
    CHECK((connected == EACCES || connected == 0));
    CHECK(surroundings.was_visited() == (connected == 0));
}

TEST_CASE("namespaces alone keep from the network") {
    const auto lock_in = [] { return isolate_namespaces().has_value(); };
    // With threads of its own a process cannot have a user namespace of its own.
    if (sanitizer::has_own_threads) return;
    if (!ended_with(outcome_of([&] { return lock_in() ? 0 : 1; }), 0)) {
        untested() += " namespaces;";
        return;
    }
    Surroundings surroundings;
    const int status = outcome_of([&] {
        if (!lock_in()) return was_not_locked_in;
        // One of its own: what was open before stays where it was.
        Prey prey = surroundings.prey;
        prey.socket_fd = ::socket(AF_INET, SOCK_STREAM, 0);
        return as_exit_code(attempt("connect").run(prey));
    });
    CHECK(ended_with(status, was_refused));
    CHECK(!surroundings.was_visited());
}

TEST_CASE("without capabilities root is nobody special") {
    const auto lock_in = [] { return drop_capabilities().has_value(); };
    Surroundings surroundings;
    for (const char* name : {"mount", "chroot", "sethostname"}) {
        CAPTURE(name);
        CHECK(refusal_behind(lock_in, attempt(name), surroundings.prey) == EPERM);
    }
}

TEST_CASE("limits keep from writing files and from taking all memory") {
    // A build that goes without these limits has nothing to test.
    if (sanitizer::reserves_memory) return;
    Surroundings surroundings;
    constexpr std::uint64_t limit = std::uint64_t{300} << 20;
    const auto take = [&](std::size_t bytes) {
        return outcome_of([&] {
            if (!set_limits(limit)) return was_not_locked_in;
            void* const memory =
                ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            return memory == MAP_FAILED ? was_refused : got_through;
        });
    };
    CHECK(ended_with(take(std::size_t{100} << 20), got_through));
    CHECK(ended_with(take(std::size_t{400} << 20), was_refused));
    const int written = outcome_of([&] {
        if (!set_limits(limit)) return was_not_locked_in;
        const int fd = ::open(surroundings.prey.file.c_str(), O_WRONLY | O_APPEND);
        return as_exit_code(::write(fd, "x", 1));
    });
    CHECK(died_of(written, SIGXFSZ));
}

TEST_CASE("what decoders do is allowed") {
    Surroundings surroundings;
    const int status = outcome_of([&] {
        static_cast<void>(enter_sandbox({.mode = SandboxMode::require}));
        static_cast<char*>(surroundings.prey.memory)[0] = 'x';
        void* const block = std::malloc(std::size_t{32} << 20);
        if (block == nullptr) return 4;
        std::memset(block, 1, std::size_t{32} << 20);
        std::free(block);
        char letter = 0;
        if (::pread(surroundings.prey.memory_fd, &letter, 1, 0) != 1 || letter != 'x') return 5;
        errno = 0;
        return ::open(surroundings.prey.file.c_str(), O_RDONLY) < 0 && errno == EACCES ? 0 : 6;
    });
    INFO(words_for(status));
    CHECK(ended_with(status, 0));
}

TEST_CASE("a failed check is reported as what it is") {
    const int status = outcome_of([] {
        ::signal(SIGABRT, SIG_DFL);
        ::close(STDERR_FILENO);
        static_cast<void>(enter_sandbox({.mode = SandboxMode::require}));
        std::abort();
        return 0;
    });
    CHECK(died_of(status, SIGABRT));
}

int main(int argc, char** argv) {
    constexpr int skipped = 77;
    constexpr uid_t nobody = 65534;
    const std::string user = argc > 1 ? argv[1] : "";
    const bool is_root = ::geteuid() == 0;
    if (user != "root" && user != "ordinary") return 2;
    if (user == "root" && !is_root) {
        std::puts("skipped: this is not root");
        return skipped;
    }
    if (user == "ordinary" && is_root &&
        (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
         ::setresuid(nobody, nobody, nobody) != 0)) {
        std::puts("skipped: root cannot become an ordinary user here");
        return skipped;
    }
    // Another user's process is not dumpable: what it is about to be tried on would be refused.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    const int filtered = outcome_of(
        [] { return gives_up_privileges() && allow_only_decoding().has_value() ? 0 : 1; });
    if (!ended_with(filtered, 0)) {
        std::puts("skipped: this machine has no seccomp");
        return skipped;
    }
    doctest::Context context(argc - 1, argv + 1);
    const int failed = context.run();
    if (failed == 0 && !untested().empty()) {
        std::printf("skipped, all else is as it must be: this machine lacks%s\n",
                    untested().c_str());
        return skipped;
    }
    return failed;
}
