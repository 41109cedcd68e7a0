#include <cstdarg>
#include <cstdio>

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

void append_slot_letters(std::string& out, const SegmentState& segment) {
    for (std::size_t i = 0; i < segment.slots.size(); ++i) {
        if (i % letters_per_line == 0) out += i == 0 ? "      " : "\n      ";
        out += letter(segment.slots[i].state);
    }
    out += '\n';
}

void append_slot_line(std::string& out, const ledger::Slot& slot, std::size_t index) {
    append(out, "      slot %4zu  %-7s  generation %6u", index, to_text(slot.state),
           slot.generation);
    if (letter(slot.state) >= 'A') {
        append(out, "  frame %7u  level %u,%u  leases %u", slot.frame, slot.level_x, slot.level_y,
               slot.leases);
        if (slot.next_use != no_next_use) append(out, "  next use %u", slot.next_use);
    }
    append(out, "%s\n", torn_mark(is_torn(slot.version)));
}

void append_segment(std::string& out, const SegmentState& segment, SlotDetail detail) {
    const SlotCounts counts = count(segment);
    append(out,
           "    segment %u  %.1f MiB, %u slots of %u bytes: %u free, %u granted, %u ready, "
           "%u leased%s\n",
           segment.entry.segment, mib(segment.entry.bytes), segment.entry.slot_count,
           segment.entry.slot_bytes, counts.free, counts.granted, counts.ready, counts.leased,
           torn_mark(segment.is_torn));
    switch (detail) {
        case SlotDetail::letters:
            append_slot_letters(out, segment);
            break;
        case SlotDetail::lines:
            for (std::size_t i = 0; i < segment.slots.size(); ++i)
                append_slot_line(out, segment.slots[i], i);
            break;
    }
}

}  // namespace

std::string format_text(const Snapshot& snapshot, SlotDetail detail) {
    std::string out;
    append_totals(out, snapshot);
    append_processes(out, snapshot);
    out += "\nrings";
    out += detail == SlotDetail::letters ? "  (. free, G granted, R ready, L leased)\n" : "\n";
    if (snapshot.rings.empty()) out += "  none\n";
    for (const Ring& ring : snapshot.rings) {
        append(out, "  worker %u  media %u  ", ring.worker, ring.media);
        out += printable(ring.label) + "\n";
        for (const SegmentState& segment : ring.segments) append_segment(out, segment, detail);
    }
    return out;
}

}  // namespace reelpool::ipc_dump
