// A runner's state in words.
#include <algorithm>
#include <string>
#include <variant>

#include "orchestrator/plan/plan_runner.hpp"

namespace reelpool::plan {
namespace {

constexpr std::size_t frames_described = 4;
constexpr std::size_t things_described = 24;  // of each kind

const char* word(const Command& command) {
    struct Words {
        const char* operator()(const StartWorker&) const { return "start worker"; }
        const char* operator()(const RetireWorker&) const { return "retire worker"; }
        const char* operator()(const FrameCache::Change& change) const {
            return change.kind == FrameCache::Change::Kind::create_segment ? "create segment"
                                                                           : "drop segment";
        }
        const char* operator()(const OpenCursorAt&) const { return "open cursor"; }
        const char* operator()(const CloseCursorAt&) const { return "close cursor"; }
        const char* operator()(const DecodeAt&) const { return "decode"; }
        const char* operator()(const SpillAt&) const { return "spill"; }
        const char* operator()(const LoadAt&) const { return "load"; }
    };
    return std::visit(Words{}, command);
}

std::string word(const FrameKey& key) {
    return "media " + std::to_string(key.media.value) + " frame " +
           std::to_string(key.frame.value) + " level " + std::to_string(key.level.x) + "," +
           std::to_string(key.level.y);
}

std::string word(SlotRef slot) {
    return "segment " + std::to_string(slot.segment.value) + " slot " + std::to_string(slot.slot);
}

}  // namespace

std::vector<std::string> PlanRunner::describe() const {
    std::vector<std::string> lines;
    lines.push_back("next output frame " + std::to_string(front_) + ", " +
                    std::to_string(drawn_.size()) + " being drawn");
    for (std::size_t i = 0; i < std::min(frames_described, planned_.size()); ++i) {
        const PlannedFrame& frame = planned_[i];
        const auto to_do = to_do_.find(frame.output);
        lines.push_back("output frame " + std::to_string(frame.output) + ": " +
                        std::to_string(to_do == to_do_.end() ? 0 : to_do->second) +
                        " commands pending");
        for (const auto& [key, read] : frame.reads)
            lines.push_back("  reads " + word(key) + " in " + word(read.slot) +
                            (slots_.holds(read.slot, key) ? ": there" : ": missing"));
    }
    for (std::uint32_t id = 0; id < media_.size(); ++id) {
        const PerMedia& media = media_[id];
        if (media.pending.empty() && media.cursors.empty() && !media.recovery) continue;
        lines.push_back("media " + std::to_string(id) + (media.recovery ? ", recovering" : "") +
                        (media.has_planned_worker ? "" : ", no worker planned"));
        for (const auto& [cursor, state] : media.cursors) {
            std::string line = "  cursor " + std::to_string(cursor.value) + " stands at " +
                               (state.stood ? std::to_string(*state.stood) : "nothing") +
                               (state.needs_seek ? " (must seek)" : "") + ", asked for";
            for (std::size_t i = 0; i < std::min(things_described, state.under_way.size()); ++i)
                line += " " + std::to_string(state.under_way[i].planned.frame.value);
            lines.push_back(line + ", " + std::to_string(state.sent) + " of them sent");
        }
        for (std::size_t i = 0; i < std::min(things_described, media.pending.size()); ++i)
            lines.push_back("  pending for output frame " +
                            std::to_string(media.pending[i].output) + ": " +
                            word(media.pending[i].command));
    }
    return lines;
}

}  // namespace reelpool::plan
