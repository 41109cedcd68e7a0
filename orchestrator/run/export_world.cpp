#include "orchestrator/run/export_world.hpp"

#include <algorithm>
#include <utility>

namespace reelpool::run {
namespace {

/// SCM_RIGHTS takes 253 descriptors; a sequence's pictures go in smaller parcels.
constexpr std::size_t max_steps_with_pictures = 64;

}  // namespace

ExportWorld::ExportWorld(WorkerPool& workers, Rings& rings, const std::vector<MediaFile>& files,
                         DiskCache* disk)
    : workers_(workers), rings_(rings), files_(files), disk_(disk) {
    for (const MediaFile& file : files_)
        if (workers_.has_worker(file.id)) for_pictures_.insert(file.id);
}

bool ExportWorld::has_worker(MediaId media) const {
    return for_pictures_.contains(media) && workers_.has_worker(media);
}

bool ExportWorld::is_running(MediaId media) const {
    return for_pictures_.contains(media) && workers_.is_running(media);
}

std::set<MediaId> ExportWorld::running() const {
    std::set<MediaId> running;
    for (const MediaId media : workers_.running())
        if (for_pictures_.contains(media)) running.insert(media);
    return running;
}

std::uint32_t ExportWorld::live_workers() const {
    return static_cast<std::uint32_t>(
        std::count_if(for_pictures_.begin(), for_pictures_.end(),
                      [this](MediaId media) { return workers_.has_worker(media); }));
}

void ExportWorld::start_worker(MediaId media) {
    for_pictures_.insert(media);
    if (!workers_.has_worker(media)) workers_.start_worker(files_[media.value]);
}

void ExportWorld::retire_worker(MediaId media) {
    for_pictures_.erase(media);
    if (!for_sound_.contains(media)) workers_.retire_worker(media);
}

void ExportWorld::need_for_sound(MediaId media) {
    for_sound_.insert(media);
    if (!workers_.has_worker(media)) workers_.start_worker(files_[media.value]);
}

ExportWorld::Release ExportWorld::release_from_sound(MediaId media) {
    for_sound_.erase(media);
    if (for_pictures_.contains(media) || !workers_.has_worker(media)) return Release::goes_on;
    workers_.retire_worker(media);
    return Release::retired;
}

void ExportWorld::open_cursor(MediaId media, const wire::OpenCursor& message) {
    workers_.send(media, message);
}

void ExportWorld::close_cursor(MediaId media, const wire::CloseCursor& message) {
    workers_.send(media, message);
}

Status ExportWorld::decode(MediaId media, const wire::Decode& message) {
    const MediaFile& file = files_[media.value];
    if (file.is_sequence) return send_pictures(message, file);
    workers_.send(media, message);
    return ok();
}

Status ExportWorld::send_pictures(const wire::Decode& message, const MediaFile& file) {
    for (std::size_t first = 0; first < message.steps.size(); first += max_steps_with_pictures) {
        const std::size_t count = std::min(max_steps_with_pictures, message.steps.size() - first);
        wire::Decode parcel{.cursor = message.cursor,
                            .seek_to = first == 0 ? message.seek_to : wire::no_seek,
                            .steps = {}};
        std::vector<UniqueFd> pictures;
        std::vector<int> descriptors;
        for (std::size_t i = first; i < first + count; ++i) {
            const std::string& path = file.pictures.at(message.steps[i].frame.value);
            REELPOOL_TRY(picture, open_regular(path, path, file.root.get()));
            descriptors.push_back(picture.get());
            pictures.push_back(std::move(picture));
            parcel.steps.push_back(message.steps[i]);
        }
        workers_.send(file.id, parcel, descriptors);
    }
    return ok();
}

Status ExportWorld::create_segment(const plan::FrameCache::Change& change) {
    changes_.push_back(change);
    return rings_.create(change);
}

void ExportWorld::drop_segment(const plan::FrameCache::Change& change) {
    changes_.push_back(change);
    rings_.drop(change.segment, change.media);
}

void ExportWorld::write_to_disk(const plan::DiskCopy& copy) {
    REELPOOL_CHECK(disk_ != nullptr);
    disk_->write(copy, rings_.memory(copy.segment));
}

void ExportWorld::read_from_disk(const plan::DiskCopy& copy) {
    REELPOOL_CHECK(disk_ != nullptr);
    disk_->read(copy, rings_.memory(copy.segment));
}

std::vector<plan::FrameCache::Change> ExportWorld::take_changes() {
    return std::exchange(changes_, {});
}

}  // namespace reelpool::run
