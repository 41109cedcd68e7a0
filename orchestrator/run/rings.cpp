#include "orchestrator/run/rings.hpp"

#include <array>

#include "ipc/shm/segment.hpp"

namespace reelpool::run {

Status Rings::apply(const std::vector<plan::FrameCache::Change>& changes) {
    for (const auto& change : changes) {
        switch (change.kind) {
            case plan::FrameCache::Change::Kind::create_segment:
                REELPOOL_TRY_STATUS(create(change));
                break;
            case plan::FrameCache::Change::Kind::drop_segment:
                workers_.send(change.media, wire::DropSegment{change.segment});
                compositor_.send(wire::UnmapSegment{change.segment});
                segments_.erase(change.segment);
                break;
        }
    }
    return ok();
}

Status Rings::create(const plan::FrameCache::Change& change) {
    const std::uint64_t bytes = std::uint64_t{change.slot_bytes} * change.slot_count;
    REELPOOL_TRY(fd, create_segment("reelpool-ring", bytes));
    REELPOOL_TRY(read_only, reopen_read_only(fd));
    if (workers_.is_running(change.media)) {
        const std::array writable{fd.get()};
        workers_.send(change.media, wire::AddSegment{change.segment, bytes}, writable);
    }
    const std::array readable{read_only.get()};
    compositor_.send(wire::MapSegment{change.segment, bytes}, readable);
    segments_.emplace(change.segment, Held{std::move(fd), change.media, bytes});
    return ok();
}

void Rings::adopt(MediaId media) {
    for (const auto& [id, held] : segments_) {
        if (held.media != media) continue;
        const std::array writable{held.fd.get()};
        workers_.send(media, wire::AddSegment{id, held.bytes}, writable);
    }
}

}  // namespace reelpool::run
