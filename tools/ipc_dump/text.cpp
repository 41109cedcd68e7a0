#include <cstdarg>
#include <cstdio>
#include <set>

#include "tools/ipc_dump/format.hpp"

namespace reelpool::ipc_dump {
namespace {

constexpr std::uint32_t no_next_use = 0xffffffff;
constexpr std::size_t letters_per_line = 80;

/// printf into a string; lines here are short.
[[gnu::format(printf, 2, 3)]] void append(std::string& out, const char* format, ...) {
    char line[512];
    std::va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    out += line;
}

/// Control characters of a path must not reach the terminal.
std::string printable(const std::string& text) {
    std::string out;
    for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    return out;
}

double mib(std::uint64_t bytes) {
    return static_cast<double>(bytes) / (1024.0 * 1024.0);
}

const char* torn_mark(bool torn) {
    return torn ? "  (torn: it was being changed)" : "";
}

char letter(ledger::SlotState state) {
    switch (state) {
        case ledger::SlotState::unused:
            return '-';
        case ledger::SlotState::free:
            return '.';
        case ledger::SlotState::granted:
            return 'G';
        case ledger::SlotState::ready:
            return 'R';
        case ledger::SlotState::leased:
            return 'L';
    }
    return '?';
}

void append_totals(std::string& out, const Snapshot& snapshot) {
    const ledger::Totals& totals = snapshot.totals;
    append(out, "reelpool, process %d, %s%s\n", snapshot.pid, to_text(snapshot.kernel),
           torn_mark(is_torn(totals.version)));
    append(out, "  output frames  %u of %u encoded, %u composited, %u sent\n",
           totals.frames_encoded, totals.frames_total, totals.frames_done, totals.frames_sent);
    append(out, "  decoded        %llu frames, %llu seeks\n",
           static_cast<unsigned long long>(totals.frames_decoded),
           static_cast<unsigned long long>(totals.seeks));
    append(out, "  segments       %.1f MiB now, %.1f MiB at most, budget %.1f MiB\n",
           mib(totals.segment_bytes), mib(totals.peak_segment_bytes), mib(totals.budget_bytes));
}

void append_process(std::string& out, const ProcessState& process) {
    const ledger::Process& entry = process.entry;
    append(out, "  %-12s %7d  %-8s (%s)  sent %llu (%.1f KiB)  received %llu (%.1f KiB)",
           to_text(entry.kind), entry.pid, to_text(entry.state), to_text(process.kernel),
           static_cast<unsigned long long>(entry.messages_sent),
           static_cast<double>(entry.bytes_sent) / 1024.0,
           static_cast<unsigned long long>(entry.messages_received),
           static_cast<double>(entry.bytes_received) / 1024.0);
    append(out, "%s\n", torn_mark(is_torn(entry.version)));
    if (entry.kind != ledger::ProcessKind::worker) return;
    append(out, "      worker %u  media %u  epoch %u  cursors %u  decoded %llu  seeks %llu\n",
           entry.worker, entry.media, entry.epoch, entry.cursors,
           static_cast<unsigned long long>(entry.frames_decoded),
           static_cast<unsigned long long>(entry.seeks));
    append(out, "      %s\n", printable(process.label).c_str());
}

void append_processes(std::string& out, const Snapshot& snapshot) {
    out += "\nprocesses\n";
    unsigned ended = 0;
    for (const ProcessState& process : snapshot.processes) {
        if (process.entry.state == ledger::ProcessState::ended)
            ++ended;
        else
            append_process(out, process);
    }
    if (ended != 0) append(out, "  and %u that ended (listed by --json)\n", ended);
}

/// Slots of one size, for the same.
struct SizeClass {
    ledger::SegmentUse use = ledger::SegmentUse::pictures;
    std::uint32_t slot_bytes = 0;
    friend auto operator<=>(const SizeClass&, const SizeClass&) = default;
};

SizeClass class_of(const SegmentState& segment) {
    return {segment.entry.use, segment.entry.slot_bytes};
}

void append_letters(std::string& out, const Ring& ring, const SizeClass& size) {
    std::size_t number = 0;
    for (const SegmentState& segment : ring.segments) {
        if (class_of(segment) != size) continue;
        for (const ledger::Slot& slot : segment.slots) {
            if (number++ % letters_per_line == 0) out += number == 1 ? "      " : "\n      ";
            out += letter(slot.state);
        }
    }
    out += '\n';
}

/// All segments of a ring whose slots have one size, as letters.
void append_size_class(std::string& out, const Ring& ring, const SizeClass& size) {
    SlotCounts sum;
    std::size_t segments = 0;
    std::uint64_t bytes = 0;
    bool torn = false;
    for (const SegmentState& segment : ring.segments) {
        if (class_of(segment) != size) continue;
        const SlotCounts counts = count(segment);
        sum.free += counts.free;
        sum.granted += counts.granted;
        sum.ready += counts.ready;
        sum.leased += counts.leased;
        bytes += segment.entry.bytes;
        torn = torn || segment.is_torn;
        ++segments;
    }
    append(out,
           "    %sslots of %u bytes: %u free, %u granted, %u ready, %u leased; %zu segments, "
           "%.1f MiB%s\n",
           size.use == ledger::SegmentUse::sound ? "sound, " : "", size.slot_bytes, sum.free,
           sum.granted, sum.ready, sum.leased, segments, mib(bytes), torn_mark(torn));
    append_letters(out, ring, size);
}

void append_slot_line(std::string& out, const SegmentState& segment, std::size_t index) {
    const ledger::Slot& slot = segment.slots[index];
    append(out, "    segment %u slot %zu  %-7s  generation %u", segment.entry.segment, index,
           to_text(slot.state), slot.generation);
    if (letter(slot.state) >= 'A') {
        if (segment.entry.use == ledger::SegmentUse::sound)
            append(out, "  block %u  leases %u", slot.frame, slot.leases);
        else
            append(out, "  frame %u  level %u,%u  leases %u", slot.frame, slot.level_x,
                   slot.level_y, slot.leases);
        if (slot.next_use != no_next_use) append(out, "  next use %u", slot.next_use);
    }
    append(out, "%s\n", torn_mark(segment.is_torn || is_torn(slot.version)));
}

void append_ring(std::string& out, const Ring& ring, SlotDetail detail) {
    append(out, "  worker %u  media %u  ", ring.worker, ring.media);
    out += printable(ring.label) + "\n";
    switch (detail) {
        case SlotDetail::letters: {
            std::set<SizeClass> sizes;
            for (const SegmentState& segment : ring.segments) sizes.insert(class_of(segment));
            for (const SizeClass& size : sizes) append_size_class(out, ring, size);
            break;
        }
        case SlotDetail::lines:
            for (const SegmentState& segment : ring.segments)
                for (std::size_t i = 0; i < segment.slots.size(); ++i)
                    append_slot_line(out, segment, i);
            break;
    }
}

}  // namespace

std::string format_text(const Snapshot& snapshot, SlotDetail detail) {
    std::string out;
    // Its lines end here, whatever somebody wrote into a path.
    if (!snapshot.crash_json.empty())
        for (const char c : format_crash(snapshot)) out += c == '\n' ? "\n" : printable({c});
    append_totals(out, snapshot);
    append_processes(out, snapshot);
    out += "\nrings";
    out += detail == SlotDetail::letters ? "  (. free, G granted, R ready, L leased)\n" : "\n";
    if (snapshot.rings.empty()) out += "  none\n";
    for (const Ring& ring : snapshot.rings) append_ring(out, ring, detail);
    return out;
}

}  // namespace reelpool::ipc_dump
