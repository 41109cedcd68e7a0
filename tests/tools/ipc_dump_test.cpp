#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "ipc/shm/ledger.hpp"
#include "tools/ipc_dump/command.hpp"
#include "tools/ipc_dump/proc.hpp"

using namespace reelpool;
using ipc_dump::Answer;
using Json = nlohmann::json;

namespace {

ledger::Process make_process(ledger::ProcessKind kind, int pid) {
    ledger::Process process{};
    process.kind = kind;
    process.state = ledger::ProcessState::running;
    process.pid = pid;
    process.messages_sent = 7;
    process.bytes_received = 2048;
    return process;
}

/// One orchestrator, one live worker with a segment of five slots, one worker that ended.
void fill(ledger::Writer& writer) {
    ledger::Totals totals{};
    totals.frames_total = 300;
    totals.frames_sent = 42;
    totals.frames_done = 41;
    totals.frames_encoded = 40;
    totals.budget_bytes = 500'000'000;
    totals.segment_bytes = 20'480;
    totals.frames_decoded = 61;
    totals.seeks = 2;
    writer.write(totals);
    writer.write(0, make_process(ledger::ProcessKind::orchestrator, getpid()));
    ledger::Process worker = make_process(ledger::ProcessKind::worker, getpid());
    worker.worker = 3;
    worker.media = 1;
    worker.epoch = 2;
    worker.cursors = 2;
    worker.frames_decoded = 61;
    ledger::set_label(worker, "/media/a\x1b[31mfile.mp4");
    writer.write(1, worker);
    worker.worker = 2;
    worker.epoch = 1;
    worker.state = ledger::ProcessState::ended;
    writer.write(2, worker);
    ledger::Segment segment{};
    segment.use = ledger::SegmentUse::pictures;
    segment.segment = 9;
    segment.worker = 3;
    segment.media = 1;
    segment.slot_bytes = 4096;
    segment.slot_count = 5;
    segment.first_slot = 100;
    segment.bytes = 20'480;
    writer.write(4, segment);
    using enum ledger::SlotState;
    const ledger::SlotState states[] = {free, granted, ready, leased, leased};
    for (std::uint32_t i = 0; i < 5; ++i) {
        ledger::Slot slot{};
        slot.state = states[i];
        slot.generation = 10 + i;
        slot.frame = 200 + i;
        slot.level_x = 1;
        slot.level_y = 2;
        slot.leases = i >= 3 ? 2 : 0;
        slot.next_use = i == 2 ? 0xffffffff : 50 + i;
        writer.write(100 + i, slot);
    }
}

/// A process that holds a ledger, until this object goes.
class FakeRun {
  public:
    explicit FakeRun(const std::function<void(ledger::Writer&)>& fill_ledger) {
        pid_ = fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            auto writer = ledger::Writer::create();
            if (!writer) _exit(1);
            fill_ledger(*writer);
            raise(SIGSTOP);
            _exit(0);
        }
        int status = 0;
        REQUIRE(waitpid(pid_, &status, WUNTRACED) == pid_);
        REQUIRE(WIFSTOPPED(status));
    }
    FakeRun(const FakeRun&) = delete;
    FakeRun& operator=(const FakeRun&) = delete;
    ~FakeRun() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] std::string argument() const { return std::to_string(pid_); }

  private:
    pid_t pid_ = -1;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("ipc-dump shows a stopped run as JSON") {
    const FakeRun fake(fill);
    const Answer answer = ipc_dump::run({fake.argument(), "--json"});
    CHECK(answer.errors.empty());
    REQUIRE(answer.exit_code == 0);
    const Json json = Json::parse(answer.output);
    CHECK(json["ipcDump"] == 1);
    CHECK(json["pid"] == fake.pid());
    CHECK(json["kernelState"] == "stopped");
    CHECK(json["totals"]["framesTotal"] == 300);
    CHECK(json["totals"]["framesEncoded"] == 40);
    CHECK(json["totals"]["budgetBytes"] == 500'000'000);
    REQUIRE(json["processes"].size() == 3);
    CHECK(json["processes"][0]["kind"] == "orchestrator");
    CHECK(json["processes"][0]["messagesSent"] == 7);
    CHECK(json["processes"][0]["bytesReceived"] == 2048);
    const Json& worker = json["processes"][1];
    CHECK(worker["kind"] == "worker");
    CHECK(worker["state"] == "running");
    CHECK(worker["worker"] == 3);
    CHECK(worker["media"] == 1);
    CHECK(worker["epoch"] == 2);
    CHECK(worker["cursors"] == 2);
    CHECK(worker["framesDecoded"] == 61);
    CHECK(json["processes"][2]["state"] == "ended");
    CHECK(json["processes"][2]["kernelState"] == "gone");

    REQUIRE(json["rings"].size() == 1);
    const Json& ring = json["rings"][0];
    CHECK(ring["worker"] == 3);
    CHECK(ring["media"] == 1);
    REQUIRE(ring["segments"].size() == 1);
    const Json& segment = ring["segments"][0];
    CHECK(segment["segment"] == 9);
    CHECK(segment["bytes"] == 20'480);
    CHECK(segment["slotCount"] == 5);
    CHECK(segment["torn"] == false);
    CHECK(segment["counts"] == Json{{"free", 1}, {"granted", 1}, {"ready", 1}, {"leased", 2}});
    REQUIRE(segment["slots"].size() == 5);
    const Json& free = segment["slots"][0];
    CHECK(free["state"] == "free");
    CHECK(free["generation"] == 10);
    CHECK(free["frame"].is_null());
    const Json& ready = segment["slots"][2];
    CHECK(ready["frame"] == 202);
    CHECK(ready["nextUse"].is_null());
    const Json& leased = segment["slots"][3];
    CHECK(leased["state"] == "leased");
    CHECK(leased["frame"] == 203);
    CHECK(leased["level"] == Json::array({1, 2}));
    CHECK(leased["leases"] == 2);
    CHECK(leased["nextUse"] == 53);
    CHECK(leased["torn"] == false);
}

TEST_CASE("ipc-dump's text names everything and lets no control character through") {
    const FakeRun fake(fill);
    const Answer answer = ipc_dump::run({fake.argument()});
    REQUIRE(answer.exit_code == 0);
    const std::string& text = answer.output;
    CHECK(has(text, "process " + fake.argument() + ", stopped"));
    CHECK(has(text, "40 of 300 encoded"));
    CHECK(has(text, "orchestrator"));
    CHECK(has(text, "worker 3  media 1  epoch 2  cursors 2"));
    CHECK(has(text, "1 that ended"));
    CHECK(has(text, "/media/a?[31mfile.mp4"));
    CHECK_FALSE(has(text, "\x1b"));
    CHECK(has(text, "1 free, 1 granted, 1 ready, 2 leased"));
    CHECK(has(text, "\n      .GRLL\n"));
    const Answer lines = ipc_dump::run({fake.argument(), "--slots"});
    REQUIRE(lines.exit_code == 0);
    CHECK(has(lines.output, "segment 9 slot 3  leased   generation 13  frame 203  level 1,2"));
    CHECK(has(lines.output, "next use 53"));
}

TEST_CASE("ipc-dump finds runs by itself") {
    const FakeRun one(fill);
    const FakeRun two(fill);
    const auto runs = ipc_dump::find_runs();
    REQUIRE(runs.has_value());
    const auto is_listed = [&](pid_t pid) {
        return std::any_of(runs->begin(), runs->end(),
                           [&](const ipc_dump::Run& run) { return run.pid == pid; });
    };
    CHECK(is_listed(one.pid()));
    CHECK(is_listed(two.pid()));
    const Answer answer = ipc_dump::run({});
    CHECK(answer.exit_code == 2);
    CHECK(has(answer.errors, "several runs"));
    CHECK(has(answer.errors, "\n  " + one.argument() + "  "));
    CHECK(has(answer.errors, "\n  " + two.argument() + "  "));
}

TEST_CASE("an onlooker that holds the ledger open is no second run") {
    const FakeRun fake(fill);
    const auto ledger_fd = ipc_dump::open_ledger(fake.pid());
    REQUIRE(ledger_fd.has_value());
    const pid_t onlooker = fork();
    REQUIRE(onlooker >= 0);
    if (onlooker == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(0);
    }
    const auto runs = ipc_dump::find_runs();
    kill(onlooker, SIGKILL);
    waitpid(onlooker, nullptr, 0);
    REQUIRE(runs.has_value());
    const auto listed = std::count_if(runs->begin(), runs->end(), [&](const ipc_dump::Run& run) {
        return run.pid == onlooker || run.pid == fake.pid();
    });
    CHECK(listed == 1);
}

TEST_CASE("ipc-dump survives a ledger whose numbers are nonsense") {
    const FakeRun fake([](ledger::Writer& writer) {
        ledger::Segment segment{};
        segment.use = ledger::SegmentUse::pictures;
        segment.slot_count = 0xffffffff;
        segment.first_slot = 0xfffffff0;
        writer.write(0, segment);
        segment.slot_count = 0xffffffff;
        segment.first_slot = ledger::slot_capacity - 1;
        segment.segment = 1;
        writer.write(1, segment);
        ledger::Slot slot{};
        slot.state = static_cast<ledger::SlotState>(77);
        writer.write(ledger::slot_capacity - 1, slot);
        ledger::Process process = make_process(static_cast<ledger::ProcessKind>(99), -5);
        process.state = static_cast<ledger::ProcessState>(99);
        std::fill(std::begin(process.label), std::end(process.label), '\xff');
        writer.write(7, process);
    });
    const Answer answer = ipc_dump::run({fake.argument(), "--json"});
    REQUIRE(answer.exit_code == 0);
    const Json json = Json::parse(answer.output);
    CHECK(json["processes"][0]["kind"] == "unknown");
    CHECK(json["processes"][0]["kernelState"] == "gone");
    CHECK(json["rings"][0]["segments"][0]["slots"].empty());
    CHECK(json["rings"][0]["segments"][1]["slots"][0]["state"] == "unknown");
    CHECK(ipc_dump::run({fake.argument(), "--slots"}).exit_code == 0);
}

TEST_CASE("ipc-dump's complaints") {
    const Answer no_process = ipc_dump::run({"2147483646"});
    CHECK(no_process.exit_code == 4);
    CHECK(has(no_process.errors, "there is no process 2147483646"));
    const Answer no_run = ipc_dump::run({std::to_string(getpid())});
    CHECK(no_run.exit_code == 4);
    CHECK(has(no_run.errors, "is not a running reelpool"));
    CHECK(ipc_dump::run({"--jason"}).exit_code == 2);
    CHECK(ipc_dump::run({"12x"}).exit_code == 2);
    CHECK(ipc_dump::run({"-4"}).exit_code == 2);
    CHECK(ipc_dump::run({"1", "2"}).exit_code == 2);
    const Answer help = ipc_dump::run({"--help"});
    CHECK(help.exit_code == 0);
    CHECK(has(help.output, "usage: ipc-dump"));
}
