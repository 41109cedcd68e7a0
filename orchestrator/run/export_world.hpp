#pragma once

#include <set>
#include <vector>

#include "orchestrator/plan/plan_world.hpp"
#include "orchestrator/run/disk_cache.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/rings.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// The processes, the rings and the disk cache of an export, as its plan sees them.
/// Thread: the event loop's.
class ExportWorld : public plan::PlanWorld {
  public:
    /// `files` go by what the plan calls media. `disk`: null if the plan has none. Workers that are
    /// there already are there for pictures.
    ExportWorld(WorkerPool& workers, Rings& rings, const std::vector<MediaFile>& files,
                DiskCache* disk);

    [[nodiscard]] bool has_worker(MediaId media) const override;
    [[nodiscard]] bool is_running(MediaId media) const override;
    [[nodiscard]] std::set<MediaId> running() const override;
    [[nodiscard]] std::uint32_t live_workers() const override;
    void start_worker(MediaId media) override;
    void retire_worker(MediaId media) override;
    [[nodiscard]] bool outlives_pictures(MediaId media) const override {
        return for_sound_.contains(media);
    }
    /// Starts a worker for its sound, or shares the one that there is.
    void need_for_sound(MediaId media);
    enum class Release : std::uint8_t { goes_on, retired };
    Release release_from_sound(MediaId media);
    void open_cursor(MediaId media, const wire::OpenCursor& message) override;
    void close_cursor(MediaId media, const wire::CloseCursor& message) override;
    [[nodiscard]] Status decode(MediaId media, const wire::Decode& message) override;
    [[nodiscard]] Status create_segment(const plan::FrameCache::Change& change) override;
    void drop_segment(const plan::FrameCache::Change& change) override;
    void write_to_disk(const plan::DiskCopy& copy) override;
    void read_from_disk(const plan::DiskCopy& copy) override;

    /// Segments that came and went since the last call, for onlookers.
    [[nodiscard]] std::vector<plan::FrameCache::Change> take_changes();

  private:
    [[nodiscard]] Status send_pictures(const wire::Decode& message, const MediaFile& file);

    WorkerPool& workers_;
    Rings& rings_;
    const std::vector<MediaFile>& files_;
    DiskCache* disk_;
    std::set<MediaId> for_pictures_;  ///< whose workers the plan has
    std::set<MediaId> for_sound_;
    std::vector<plan::FrameCache::Change> changes_;
};

}  // namespace reelpool::run
