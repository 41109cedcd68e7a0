#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "ipc/frame/frame_table.hpp"
#include "ipc/frame/media_info.hpp"
#include "ipc/process/event_loop.hpp"
#include "orchestrator/run/media_files.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// What a worker said about its file.
struct ProbedMedia {
    MediaInfo info;
    FrameTable table;
    wire::TableSource table_source = wire::TableSource::scan;
    std::chrono::microseconds open_time{0};  ///< that the worker took to have the table
    std::uint64_t bytes_read = 0;            ///< of the file, meanwhile
};

/// Opens every file in a worker and collects what it is; runs the loop until all have answered.
/// `keep_running`: so many workers stay alive for the export that follows.
/// Errors: the first medium that cannot be used; a stop by signal (code cancelled).
[[nodiscard]] Result<std::vector<ProbedMedia>> probe_media(EventLoop& loop, WorkerPool& workers,
                                                           const std::vector<MediaFile>& files,
                                                           std::uint32_t keep_running);

}  // namespace reelpool::run
