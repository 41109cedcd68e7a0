// What an exporter does for the sound.
#include <utility>

#include "orchestrator/run/exporter.hpp"

namespace reelpool::run {

Status Exporter::pump_sound() {
    if (!sound_) return ok();
    return sound_->pump(compositor_is_ready_ ? ExportSound::Compositor::ready
                                             : ExportSound::Compositor::starting);
}

void Exporter::on_sound(MediaId worker, const Status& status) {
    if (!status && plan::is_protocol_violation(status.error())) {
        Error error = status.error();
        error.subject = files_[worker.value].path;
        workers_.condemn(worker, std::move(error));
        return;
    }
    if (!status)
        fail(status.error());
    else
        pump();
}

const plan::MediaSource& Exporter::source_of(MediaId worker) const {
    return worker.value < sources_.size() ? sources_[worker.value]
                                          : media_.at(worker.value - sources_.size());
}

void Exporter::lose_sound(MediaId media, const WorkerDeath& death) {
    if (error_ || !sound_) return;
    if (Status status = sound_->on_worker_lost(media, death); !status)
        fail(std::move(status).error());
}

/// Of pictures and sound.
std::uint64_t Exporter::segment_bytes() const {
    return runner_.slots().used_bytes() + (sound_ ? sound_->runner().used_bytes() : 0);
}

}  // namespace reelpool::run
