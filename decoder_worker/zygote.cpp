#include "decoder_worker/zygote.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <map>
#include <variant>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/formats.hpp"
#include "decoder_worker/packet_socket.hpp"
#include "decoder_worker/worker_process.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/process/child_process.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::worker {
namespace {

/// Does once what every worker would do at its start: relocations, tables, time zone. No thread may
/// be left behind, for only the forking one lives on in a child.
void warm_up() {
    ::tzset();
    void* position = nullptr;
    static_cast<void>(allowed_formats());
    while (av_codec_iterate(&position) != nullptr) {
    }
    const AVCodec* decoder = avcodec_find_decoder(AV_CODEC_ID_H264);
    const av::Codec codec(avcodec_alloc_context3(decoder));
    if (codec) {
        codec->thread_count = 1;
        static_cast<void>(avcodec_open2(codec.get(), decoder, nullptr));
    }
}

class Zygote {
  public:
    Zygote(UniqueFd socket, UniqueFd dev_null, const SandboxOptions& sandbox)
        : socket_(std::move(socket)),
          dev_null_(std::move(dev_null)),
          sandbox_(sandbox),
          pid_(::getpid()) {}

    /// Until the socket closes.
    Status serve() {
        for (;;) {
            REELPOOL_TRY(packet, receive_message(socket_));
            if (!packet) {
                collect_all();
                return ok();
            }
            REELPOOL_TRY(message, wire::decode_to_zygote(packet->bytes));
            wire::FromZygote answer;
            if (const auto* fork = std::get_if<wire::ForkWorker>(&message)) {
                if (packet->descriptors.size() != 1) return no_channel();
                answer = fork_worker(fork->worker, std::move(packet->descriptors.front()));
            } else {
                answer = reap(std::get<wire::ReapWorker>(message).worker);
            }
            REELPOOL_TRY_STATUS(send_message(socket_, wire::encode(answer)));
        }
    }

  private:
    static Status no_channel() {
        return unexpected(errno_error(Component::worker, "ForkWorker carries no channel", EPROTO));
    }

    wire::WorkerForked fork_worker(WorkerId worker, UniqueFd channel) {
        const pid_t pid = ::fork();
        if (pid == 0) become_worker(std::move(channel), dev_null_, pid_, sandbox_);
        if (pid < 0) return {.worker = worker, .pid = -errno};
        workers_[worker] = pid;
        return {.worker = worker, .pid = pid};
    }

    wire::WorkerExited reap(WorkerId worker) {
        wire::WorkerExited exited{.worker = worker, .wait_status = 0};
        const auto found = workers_.find(worker);
        if (found == workers_.end()) return exited;
        pid_t got = -1;
        do {
            got = ::waitpid(found->second, &exited.wait_status, 0);
        } while (got < 0 && errno == EINTR);
        workers_.erase(found);
        return exited;
    }

    /// Nobody wants them any more. (What they used of the processor is counted with the parent's
    /// only if they are collected.)
    void collect_all() {
        for (const auto& [worker, pid] : workers_) ::kill(pid, SIGKILL);
        while (!workers_.empty()) static_cast<void>(reap(workers_.begin()->first));
    }

    UniqueFd socket_;
    UniqueFd dev_null_;
    SandboxOptions sandbox_;
    pid_t pid_;
    std::map<WorkerId, pid_t> workers_;  ///< forked and not collected
};

}  // namespace

int run_zygote(UniqueFd socket, pid_t parent, const SandboxOptions& sandbox) {
    constexpr int failure = static_cast<int>(ErrorCode::retryable);
    // Ctrl-C reaches every process of the terminal; what to do about it is for the parent alone.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    ::prctl(PR_SET_NAME, "reelpool-zygote");
    if (!die_with_parent(parent)) return failure;
    UniqueFd dev_null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!dev_null) return failure;
    const int flags = ::fcntl(socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags & ~O_NONBLOCK) < 0) return failure;
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    capture_av_log();
    warm_up();
    return Zygote(std::move(socket), std::move(dev_null), sandbox).serve() ? 0 : failure;
}

}  // namespace reelpool::worker
