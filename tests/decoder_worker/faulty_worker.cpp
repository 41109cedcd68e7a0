// A decoder worker that crashes, hangs or lies on demand: the real one, with some of its calls
// diverted by the linker (--wrap), and without the sandbox, which would keep it from half of that.
// What it does is told by the file "faults" beside it, in lines like NAME=value:
//   FAULT         what to do, see below
//   FAULT_WIDTH   only for the file whose picture is so wide
//   FAULT_FRAME   when the decoder gives the picture of this number (PTS in the file's ticks)
//   FAULT_TIMES   how often, over all workers of the zygote; as often as may be if it is not set
//   FAULT_MESSAGE lies are told with the n-th SlotsReady of a worker, 0 if it is not set
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "decoder_worker/zygote.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/process/channel.hpp"
#include "ipc/shm/segment.hpp"
#include "ipc/wire/messages.hpp"

using namespace reelpool;

// What the diverted calls were to do.
void real_send(Channel* channel, std::vector<std::byte> message, std::span<const int> descriptors) asm(
    "__real__ZN8reelpool7Channel4sendESt6vectorISt4byteSaIS2_EESt4spanIKiLm18446744073709551615EE");
Result<Mapping> real_map(
    const UniqueFd& segment, std::uint64_t bytes, Access access,
    void* fixed) asm("__real__ZN8reelpool7Mapping3mapERKNS_8UniqueFdEmNS_6AccessEPv");

namespace {

constexpr int channel_fd = 3;

std::map<std::string, std::string> settings;

void read_settings(std::string path) {
    path.resize(path.rfind('/') + 1);
    std::ifstream file(path + "faults");
    for (std::string line; std::getline(file, line);) {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos) settings[line.substr(0, equals)] = line.substr(equals + 1);
    }
}

std::string setting(const char* name) {
    const auto found = settings.find(name);
    return found == settings.end() ? "" : found->second;
}

long number(const char* name, long otherwise) {
    const std::string text = setting(name);
    return text.empty() ? otherwise : std::atol(text.c_str());
}

/// Shared by all workers of the zygote.
std::atomic<long>* faults_left = nullptr;

bool may_act() {
    return faults_left->fetch_sub(1) > 0;
}

[[noreturn]] void spin() {
    for (std::atomic<int> i = 0;; i.fetch_add(1)) {
    }
}

/// What a decoder may do to its process.
void misbehave(const std::string& fault) {
    if (fault == "segv") std::raise(SIGSEGV);
    if (fault == "abort") std::raise(SIGABRT);
    if (fault == "kill") std::raise(SIGKILL);
    if (fault == "sigsys") std::raise(SIGSYS);
    if (fault == "exit") ::_exit(3);
    if (fault == "hang") spin();
    if (fault == "slow") {
        const timespec nap{0, 700'000'000};
        ::nanosleep(&nap, nullptr);
    }
}

// ----------------------------------------------------------------------------------------------
// Lies

void send_raw(const void* bytes, std::size_t count) {
    static_cast<void>(::send(channel_fd, bytes, count, MSG_NOSIGNAL));
}

struct PacketHeader {
    std::uint32_t total_bytes;
    std::uint32_t offset_bytes;
};

void send_descriptor() {
    struct {
        PacketHeader header{8, 0};
        char payload[8] = {};
    } packet;
    iovec part{&packet, sizeof packet};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = 0;
    std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    static_cast<void>(::sendmsg(channel_fd, &header, MSG_NOSIGNAL));
}

void say(Channel* channel, const wire::FromWorker& message) {
    real_send(channel, wire::encode(message), {});
}

/// Whole messages and raw packets that say something else than `ready`. False: not such a lie.
bool send_wrong_packet(const std::string& fault) {
    if (fault == "garbage") {
        std::vector<unsigned char> bytes(200);
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<unsigned char>(i * 151 + 7);
        send_raw(bytes.data(), bytes.size());
    } else if (fault == "garbage-message") {
        struct {
            PacketHeader header{64, 0};
            unsigned char payload[64] = {1, 2, 3, 255, 255, 255, 127, 9};
        } packet;
        send_raw(&packet, sizeof packet);
    } else if (fault == "short-packet") {
        send_raw("abc", 3);
    } else if (fault == "truncated") {
        struct {
            PacketHeader header{1000, 0};
            char payload[10] = {};
        } packet;
        send_raw(&packet, sizeof packet);
        packet.header.offset_bytes = 500;
        send_raw(&packet, sizeof packet);
    } else if (fault == "oversized") {
        struct {
            PacketHeader header{0x40000000, 0};
            char payload[100] = {};
        } packet;
        send_raw(&packet, sizeof packet);
    } else if (fault == "descriptor") {
        send_descriptor();
    } else if (fault == "close-channel") {
        ::close(channel_fd);
        spin();
    } else {
        return false;
    }
    return true;
}

/// Makes the report wrong. False: not such a lie.
bool falsify(const std::string& fault, wire::SlotsReady& ready) {
    wire::SlotReady& slot = ready.slots.front();
    if (fault == "stale-generation")
        --slot.generation.value;
    else if (fault == "next-generation")
        ++slot.generation.value;
    else if (fault == "other-segment")
        ++slot.segment.value;
    else if (fault == "outside-segment")
        slot.offset_bytes += 1U << 30;
    else if (fault == "unaligned-slot")
        slot.offset_bytes += 64;
    else if (fault == "other-frame")
        ++slot.frame.value;
    else if (fault == "other-level")
        slot.level = {5, 5};
    else if (fault == "held-unasked") {
        for (wire::SlotReady& one : ready.slots) one.is_held = true;
    } else if (fault == "slot-twice")
        ready.slots.push_back(slot);
    else if (fault == "slot-missing")
        ready.slots.pop_back();
    else if (fault == "too-many-steps")
        ready.steps_done += 1'000'000'000;
    else if (fault == "steps-backwards")
        ready.steps_done -= 1;
    else if (fault == "other-cursor")
        ready.cursor.value += 17;
    else if (fault == "released-unheld")
        ready.released.push_back({slot.segment, slot.offset_bytes, slot.generation});
    else
        return false;
    return true;
}

/// Every ring of this worker, mapped once more so that it stays.
std::vector<Mapping> rings;
std::mutex rings_mutex;

void scribble() {
    const std::lock_guard lock(rings_mutex);
    static unsigned char value = 1;
    for (const Mapping& ring : rings) std::memset(ring.data(), ++value, ring.size());
}

bool is_the_file = false;
long slots_ready_sent = 0;
wire::FromWorker opened_message;

void lie(Channel* channel, const std::string& fault, const wire::SlotsReady& ready) {
    wire::SlotsReady wrong = ready;
    if (send_wrong_packet(fault)) return;
    if (!wrong.slots.empty() && falsify(fault, wrong)) {
        say(channel, wrong);
        return;
    }
    if (fault == "replay" || fault == "flood")
        for (int i = 0; i < (fault == "flood" ? 20000 : 2); ++i) say(channel, ready);
    if (fault == "empty-flood") {
        wrong.slots.clear();
        wrong.released.clear();
        for (int i = 0; i < 20000; ++i) say(channel, wrong);
    }
    if (fault == "opened-twice") say(channel, opened_message);
    if (fault == "progress-unasked") say(channel, wire::Progress{1});
    if (fault == "text") {
        const std::string ugly = "\x1b[2Jwiped\n\xff\xfe" + std::string(200'000, 'x');
        say(channel, wire::WorkerFailed{{.code = ErrorCode::decode,
                                         .component = Component::worker,
                                         .subject = ugly,
                                         .what = ugly,
                                         .cause = ugly,
                                         .hint = ugly},
                                        7});
    }
}

/// Says something else of sound than `ready`. False: not such a lie.
bool lie_of_sound(Channel* channel, const std::string& fault, const wire::SoundReady& ready) {
    wire::SoundReady wrong = ready;
    if (fault == "sound-block")
        ++wrong.block;
    else if (fault == "sound-generation")
        --wrong.generation.value;
    else if (fault == "sound-segment")
        ++wrong.segment.value;
    else if (fault == "sound-offset")
        wrong.offset_bytes += 64;
    else if (fault == "sound-failed") {
        say(channel, wire::SoundFailed{ready.block,
                                       {.code = ErrorCode::decode,
                                        .component = Component::worker,
                                        .subject = {},
                                        .what = "no more",
                                        .cause = {},
                                        .hint = {}}});
        return true;
    } else if (fault == "sound-twice") {
        for (int i = 0; i < 20; ++i) say(channel, ready);
    } else if (fault == "sound-failed-twice") {
        say(channel, wire::SoundFailed{ready.block + 1, {}});
    } else {
        return false;
    }
    say(channel, wrong);
    return true;
}

bool is_lie(const std::string& fault) {
    return !fault.empty() && fault != "slow" && !fault.starts_with("sound-") &&
           setting("FAULT_FRAME").empty();
}

}  // namespace

void wrapped_send(Channel* channel, std::vector<std::byte> message, std::span<const int> descriptors) asm(
    "__wrap__ZN8reelpool7Channel4sendESt6vectorISt4byteSaIS2_EESt4spanIKiLm18446744073709551615EE");
void wrapped_send(Channel* channel, std::vector<std::byte> message,
                  std::span<const int> descriptors) {
    const std::string fault = setting("FAULT");
    auto said = wire::decode_from_worker(message);
    if (said) {
        if (auto* const opened = std::get_if<wire::MediaOpened>(&*said)) {
            is_the_file =
                number("FAULT_WIDTH", opened->info.width) == static_cast<long>(opened->info.width);
            opened_message = *said;
            if (is_the_file && fault == "wrong-geometry" && may_act()) {
                opened->info.width = 0xffffff;
                say(channel, *said);
                return;
            }
            if (is_the_file && fault == "other-table" && may_act()) {
                for (std::int64_t& pts : opened->table.pts) pts *= 2;
                opened->table.end_pts *= 2;
                say(channel, *said);
                return;
            }
        }
        const auto* const ready = std::get_if<wire::SlotsReady>(&*said);
        if (ready != nullptr && is_the_file && is_lie(fault)) {
            if (fault == "scribble") {
                scribble();
            } else if (slots_ready_sent++ >= number("FAULT_MESSAGE", 0) && !ready->slots.empty() &&
                       may_act()) {
                lie(channel, fault, *ready);
            }
        }
    }
    if (said && is_the_file) {
        const auto* const sound = std::get_if<wire::SoundReady>(&*said);
        if (sound != nullptr && fault.starts_with("sound-") && may_act() &&
            lie_of_sound(channel, fault, *sound))
            return;
    }
    real_send(channel, std::move(message), descriptors);
}

Result<Mapping> wrapped_map(
    const UniqueFd& segment, std::uint64_t bytes, Access access,
    void* fixed) asm("__wrap__ZN8reelpool7Mapping3mapERKNS_8UniqueFdEmNS_6AccessEPv");
Result<Mapping> wrapped_map(const UniqueFd& segment, std::uint64_t bytes, Access access,
                            void* fixed) {
    if (setting("FAULT") == "scribble") {
        if (auto again = real_map(segment, bytes, access, fixed)) {
            const std::lock_guard lock(rings_mutex);
            rings.push_back(std::move(*again));
        }
    }
    return real_map(segment, bytes, access, fixed);
}

extern "C" int __real_avcodec_receive_frame(AVCodecContext* codec, AVFrame* frame);
extern "C" int __wrap_avcodec_receive_frame(AVCodecContext* codec, AVFrame* frame);
int __wrap_avcodec_receive_frame(AVCodecContext* codec, AVFrame* frame) {
    const int result = __real_avcodec_receive_frame(codec, frame);
    const bool is_meant = result >= 0 && is_the_file && !setting("FAULT_FRAME").empty() &&
                          frame->pts == number("FAULT_FRAME", -1);
    if (is_meant && may_act()) misbehave(setting("FAULT"));
    if (result >= 0 && is_the_file && setting("FAULT") == "slow" && frame->pts >= 0 && may_act())
        misbehave("slow");
    return result;
}

int main(int argc, char** argv) {
    read_settings(argv[0]);
    int socket = -1;
    pid_t parent = ::getppid();
    for (int i = 1; i + 1 < argc; ++i) {
        if (std::strcmp(argv[i], "--zygote-fd") == 0) socket = std::atoi(argv[i + 1]);
        if (std::strcmp(argv[i], "--parent") == 0) parent = std::atoi(argv[i + 1]);
    }
    void* const shared =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || socket < 0) return 1;
    faults_left = new (shared) std::atomic<long>(number("FAULT_TIMES", 1'000'000'000));
    return worker::run_zygote(UniqueFd(socket), parent, {.mode = SandboxMode::off});
}
