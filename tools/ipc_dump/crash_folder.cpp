#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "ipc/shm/segment.hpp"
#include "tools/ipc_dump/snapshot.hpp"

namespace reelpool::ipc_dump {
namespace {

Error no_dump(const std::string& folder, std::string cause) {
    return {.code = ErrorCode::media,
            .component = Component::output,
            .subject = folder,
            .what = folder + " is no crash dump of reelpool",
            .cause = std::move(cause),
            .hint = {}};
}

Result<std::string> read_file(const std::string& folder, const char* name, std::size_t most) {
    std::ifstream file(folder + "/" + name, std::ios::binary);
    std::string bytes;
    if (file) bytes.assign(std::istreambuf_iterator<char>(file), {});
    if (!file || bytes.size() > most)
        return unexpected(no_dump(folder, std::string(name) + " cannot be read"));
    return bytes;
}

}  // namespace

Result<Snapshot> read_crash_dump(const std::string& folder) {
    constexpr std::size_t most_text_bytes = std::size_t{16} << 20;
    REELPOOL_TRY(text, read_file(folder, "crash.json", most_text_bytes));
    REELPOOL_TRY(bytes, read_file(folder, "ledger", ledger::total_bytes));
    if (bytes.size() != ledger::total_bytes)
        return unexpected(no_dump(folder, "its ledger is of another version, or cut"));
    // A view looks at memory that cannot shrink.
    REELPOOL_TRY(memory, create_segment("reelpool-dump", ledger::total_bytes));
    {
        REELPOOL_TRY(mapping, Mapping::map(memory, ledger::total_bytes, Access::read_write));
        std::memcpy(mapping.data(), bytes.data(), bytes.size());
    }
    REELPOOL_TRY(readable, reopen_read_only(memory));
    auto view = ledger::View::open(readable);
    if (!view) return unexpected(no_dump(folder, view.error().what));
    Snapshot snapshot = take_snapshot(0, *view);
    snapshot.kernel = KernelState::gone;
    for (ProcessState& process : snapshot.processes) {
        process.kernel = KernelState::gone;
        if (process.entry.kind == ledger::ProcessKind::orchestrator)
            snapshot.pid = process.entry.pid;
    }
    snapshot.crash_json = std::move(text);
    return snapshot;
}

}  // namespace reelpool::ipc_dump
