#include "decoder_worker/sound_thread.hpp"

#include <optional>
#include <utility>

namespace reelpool::worker {
namespace {

Result<SoundBlockFacts> run(std::optional<SoundCursor>& cursor, const OpenedMedia& media,
                            std::uint32_t mix_hz, const std::shared_ptr<Counters>& counters,
                            const SoundStep& step) {
    if (!cursor) {
        REELPOOL_TRY(opened, SoundCursor::open(media, mix_hz, counters));
        cursor.emplace(std::move(opened));
    }
    // Offsets are multiples of a float's size, and mappings begin with a page.
    return cursor->decode(step.order,
                          reinterpret_cast<float*>(step.segment->data() + step.order.offset_bytes));
}

}  // namespace

SoundThread::SoundThread(std::shared_ptr<const OpenedMedia> media, std::uint32_t mix_hz,
                         std::shared_ptr<Counters> counters, Reporter report)
    : steps_(std::make_shared<BlockingQueue<SoundStep>>()) {
    thread_ = std::thread([steps = steps_, media = std::move(media), mix_hz,
                           counters = std::move(counters), report = std::move(report)] {
        std::optional<SoundCursor> cursor;
        while (const std::optional<SoundStep> step = steps->pop()) {
            auto facts = run(cursor, *media, mix_hz, counters, *step);
            if (!facts) {
                report.on_stopped({step->order.block, std::move(facts).error()});
                return;
            }
            report.on_done({step->order, *facts});
        }
    });
}

SoundThread::~SoundThread() {
    steps_->close();
    static_cast<void>(steps_->take_all());
    if (thread_.joinable()) thread_.join();
}

}  // namespace reelpool::worker
