#include "tools/seek_stress/comparison.hpp"

#include <algorithm>

#include "tools/seek_stress/linear_decoding.hpp"

namespace reelpool::seek_stress {
namespace {

/// Says which frame the picture is instead, if it is one.
std::string difference(const PictureHash& shown, const std::vector<PictureHash>& linear) {
    const auto other = std::find(linear.begin(), linear.end(), shown);
    if (other == linear.end()) return "the picture is none that ffmpeg decodes";
    return "the picture is that of frame " + std::to_string(other - linear.begin());
}

}  // namespace

Result<Comparison> compare_requests(WorkerDriver& worker, const std::vector<Request>& requests,
                                    const std::vector<PictureHash>& linear) {
    std::vector<std::uint32_t> frames;
    worker.forget_ready();
    for (const Request& request : requests) {
        worker.start_decode(request.cursor, request.seek_to, request.frames);
        frames.insert(frames.end(), request.frames.begin(), request.frames.end());
    }
    REELPOOL_CHECK(frames.size() <= worker.slot_count());
    REELPOOL_TRY_STATUS(worker.wait_for_slots(frames.size()));
    const wire::MediaOpened& opened = worker.opened();
    Comparison comparison;
    std::vector<std::uint32_t> answered;
    for (const wire::SlotReady& ready : worker.ready()) {
        const std::uint32_t frame = ready.frame.value;
        answered.push_back(frame);
        if (ready.is_concealed) {
            ++comparison.concealed;
            continue;
        }
        ++comparison.frames;
        // A table of another length is told once, by the caller.
        if (frame >= linear.size() || frame >= opened.table.pts.size()) continue;
        const PictureHash shown = hash_slot(worker.slot(ready), opened.info);
        if (shown != linear[frame])
            comparison.mismatches.push_back(
                {frame, opened.table.pts[frame], difference(shown, linear)});
    }
    std::sort(frames.begin(), frames.end());
    std::sort(answered.begin(), answered.end());
    if (frames != answered)
        comparison.mismatches.push_back({0, 0, "other frames came than were asked for"});
    return comparison;
}

}  // namespace reelpool::seek_stress
