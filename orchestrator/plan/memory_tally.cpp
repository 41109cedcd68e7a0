#include "orchestrator/plan/memory_tally.hpp"

#include <algorithm>
#include <variant>

#include "ipc/base/result.hpp"

namespace reelpool::plan {
namespace {

/// Pictures of an inter-coded stream with one thread, and for each further one.
constexpr std::uint64_t pictures_held = 8;
constexpr std::uint64_t pictures_per_thread = 4;

bool has_only_keyframes(const FrameTable& table) {
    return table.frame_count() < 2 || table.next_keyframe(FrameIndex{0}).value == 1;
}

}  // namespace

std::uint64_t decoder_bytes(const MediaSource& source, std::uint32_t threads) {
    if (!source.info.has_pictures) return 0;
    const auto layout =
        slot_layout(source.info.format, source.info.width, source.info.height, Level{});
    REELPOOL_CHECK(layout.has_value());
    const std::uint64_t pictures = has_only_keyframes(source.table)
                                       ? 1 + threads
                                       : pictures_held + pictures_per_thread * (threads - 1);
    return pictures * layout->bytes;
}

void MemoryTally::take(const Command& command) {
    std::visit([&](const auto& one) { note(one); }, command);
    decoders_peak_ = std::max(decoders_peak_, decoders_);
    peak_ = std::max(peak_, segments_ + decoders_);
}

void MemoryTally::note(const RetireWorker& retire) {
    const auto first = cursors_.lower_bound({retire.media, CursorId{}});
    auto end = first;
    for (; end != cursors_.end() && end->first.first == retire.media; ++end)
        decoders_ -= end->second;
    cursors_.erase(first, end);
}

void MemoryTally::note(const FrameCache::Change& change) {
    const std::uint64_t bytes = std::uint64_t{change.slot_bytes} * change.slot_count;
    switch (change.kind) {
        case FrameCache::Change::Kind::create_segment:
            segments_ += bytes;
            return;
        case FrameCache::Change::Kind::drop_segment:
            segments_ -= bytes;
            return;
    }
}

void MemoryTally::note(const OpenCursorAt& open) {
    const std::uint64_t bytes = decoder_bytes(media_[open.media.value], open.threads);
    cursors_[{open.media, open.cursor}] = bytes;
    decoders_ += bytes;
}

void MemoryTally::note(const CloseCursorAt& close) {
    const auto closed = cursors_.find({close.media, close.cursor});
    if (closed == cursors_.end()) return;
    decoders_ -= closed->second;
    cursors_.erase(closed);
}

}  // namespace reelpool::plan
