#include <nlohmann/json.hpp>

#include "tools/ipc_dump/format.hpp"

namespace reelpool::ipc_dump {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;
constexpr std::uint32_t no_next_use = 0xffffffff;

Json totals_json(const ledger::Totals& totals) {
    return {{"framesTotal", totals.frames_total},
            {"framesSent", totals.frames_sent},
            {"framesDone", totals.frames_done},
            {"framesEncoded", totals.frames_encoded},
            {"framesDecoded", totals.frames_decoded},
            {"seeks", totals.seeks},
            {"budgetBytes", totals.budget_bytes},
            {"segmentBytes", totals.segment_bytes},
            {"peakSegmentBytes", totals.peak_segment_bytes},
            {"torn", is_torn(totals.version)}};
}

Json process_json(const ProcessState& process) {
    const ledger::Process& entry = process.entry;
    Json json = {{"kind", to_text(entry.kind)},
                 {"pid", entry.pid},
                 {"state", to_text(entry.state)},
                 {"kernelState", to_text(process.kernel)},
                 {"label", process.label},
                 {"messagesSent", entry.messages_sent},
                 {"messagesReceived", entry.messages_received},
                 {"bytesSent", entry.bytes_sent},
                 {"bytesReceived", entry.bytes_received},
                 {"torn", is_torn(entry.version)}};
    if (entry.kind == ledger::ProcessKind::worker) {
        json["worker"] = entry.worker;
        json["media"] = entry.media;
        json["epoch"] = entry.epoch;
        json["cursors"] = entry.cursors;
        json["framesDecoded"] = entry.frames_decoded;
        json["seeks"] = entry.seeks;
    }
    return json;
}

Json slot_json(const ledger::Slot& slot, std::size_t index, ledger::SegmentUse use) {
    Json json = {{"slot", index},
                 {"state", to_text(slot.state)},
                 {"generation", slot.generation},
                 {"frame", nullptr},
                 {"level", nullptr},
                 {"leases", slot.leases},
                 {"nextUse", nullptr},
                 {"torn", is_torn(slot.version)}};
    const bool has_frame = slot.state == ledger::SlotState::granted ||
                           slot.state == ledger::SlotState::ready ||
                           slot.state == ledger::SlotState::leased;
    if (has_frame) {
        if (use == ledger::SegmentUse::sound) {
            json["block"] = slot.frame;
            return json;
        }
        json["frame"] = slot.frame;
        json["level"] = {slot.level_x, slot.level_y};
        if (slot.next_use != no_next_use) json["nextUse"] = slot.next_use;
    }
    return json;
}

Json segment_json(const SegmentState& segment) {
    const SlotCounts counts = count(segment);
    Json slots = Json::array();
    for (std::size_t i = 0; i < segment.slots.size(); ++i)
        slots.push_back(slot_json(segment.slots[i], i, segment.entry.use));
    return {{"segment", segment.entry.segment},
            {"holds", segment.entry.use == ledger::SegmentUse::sound ? "sound" : "pictures"},
            {"bytes", segment.entry.bytes},
            {"slotBytes", segment.entry.slot_bytes},
            {"slotCount", segment.entry.slot_count},
            {"counts",
             {{"free", counts.free},
              {"granted", counts.granted},
              {"ready", counts.ready},
              {"leased", counts.leased}}},
            {"torn", segment.is_torn},
            {"slots", std::move(slots)}};
}

Json ring_json(const Ring& ring) {
    Json segments = Json::array();
    for (const SegmentState& segment : ring.segments) segments.push_back(segment_json(segment));
    return {{"worker", ring.worker},
            {"media", ring.media},
            {"label", ring.label},
            {"segments", std::move(segments)}};
}

}  // namespace

std::string format_crash(const Snapshot& snapshot) {
    const Json crash = Json::parse(snapshot.crash_json, nullptr, false);
    if (!crash.is_object()) return "its crash.json is damaged\n\n";
    const auto text = [](const Json& object, const char* name) {
        const auto entry = object.find(name);
        if (entry == object.end()) return std::string();
        return entry->is_string() ? entry->get<std::string>() : entry->dump();
    };
    std::string out = "reelpool " + text(crash, "reelpool") + " failed at " + text(crash, "time") +
                      ", engine " + text(crash, "engine") + "\n";
    if (const auto error = crash.find("error"); error != crash.end() && error->is_object())
        for (const char* name : {"message", "component", "subject", "cause", "suggestion"})
            out += std::string("  ") + name + ": " + text(*error, name) + "\n";
    const auto append_lines = [&](const char* title, const char* name) {
        const auto lines = crash.find(name);
        if (lines == crash.end() || !lines->is_array() || lines->empty()) return;
        out += std::string("\n") + title + "\n";
        for (const Json& line : *lines)
            out += "  " + (line.is_string() ? line.get<std::string>() : line.dump()) + "\n";
    };
    append_lines("lost workers", "deaths");
    append_lines("plan", "plan");
    const auto channels = crash.find("channels");
    if (channels == crash.end() || !channels->is_array()) return out + "\n";
    for (const Json& channel : *channels) {
        out += "\nlast messages, " + text(channel, "peer") + "\n";
        const auto last = channel.find("last");
        if (last == channel.end() || !last->is_array()) continue;
        for (const Json& entry : *last)
            out += "  -" + text(entry, "usBefore") + " us  " + text(entry, "direction") + "  " +
                   text(entry, "message") + "  " + text(entry, "about") + "  " +
                   text(entry, "amount") + "\n";
    }
    return out + "\n";
}

std::string format_json(const Snapshot& snapshot) {
    Json processes = Json::array();
    for (const ProcessState& process : snapshot.processes)
        processes.push_back(process_json(process));
    Json rings = Json::array();
    for (const Ring& ring : snapshot.rings) rings.push_back(ring_json(ring));
    Json json = {{"ipcDump", format_version},
                 {"pid", snapshot.pid},
                 {"kernelState", to_text(snapshot.kernel)},
                 {"totals", totals_json(snapshot.totals)},
                 {"processes", std::move(processes)},
                 {"rings", std::move(rings)}};
    if (!snapshot.crash_json.empty())
        json["crash"] = Json::parse(snapshot.crash_json, nullptr, false);
    // Paths may hold bytes that are no UTF-8.
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace reelpool::ipc_dump
