#include "orchestrator/run/export_sound.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "orchestrator/run/losses.hpp"
#include "orchestrator/run/sound_wants.hpp"

namespace reelpool::run {
namespace {

/// Chunks that the compositor may have at once.
constexpr std::uint32_t most_chunks_mixed = 2;

/// "12.345 s"
std::string seconds_text(const Time& time) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", time.to_double());
    return text.data();
}

plan::SoundRunner::Death death_of(const WorkerDeath& death) {
    using Death = plan::SoundRunner::Death;
    // One that gave up has said why, and sound is told of by other words.
    if (death.kind == DeathKind::lost_with_zygote || death.kind == DeathKind::gave_up)
        return Death::blameless;
    return death.had_opened ? Death::serving : Death::opening;
}

}  // namespace

ExportSound::ExportSound(const Parts& parts)
    : workers_({.workers = parts.workers,
                .compositor = parts.compositor,
                .world = parts.world,
                .first_worker = parts.first_worker,
                .is_recovering = [&pictures = parts.pictures](
                                     MediaId worker) { return pictures.is_recovering(worker); },
                .on_retired = [&pictures = parts.pictures](
                                  MediaId worker) { pictures.on_shared_worker_retired(worker); }}),
      mixdown_(parts.timeline, parts.compositor),
      runner_(plan::SoundSchedule(sound_wants(parts.timeline, parts.media)), workers_,
              {.bad_block = parts.bad_block}) {}

Status ExportSound::pump(Compositor compositor) {
    REELPOOL_TRY_STATUS(runner_.run());
    while (compositor == Compositor::ready && runner_.is_front_ready() &&
           runner_.being_mixed() < most_chunks_mixed) {
        const std::uint32_t chunk = runner_.front();
        const std::vector<SoundSlot> slots = runner_.take_front();
        REELPOOL_TRY_STATUS(workers_.show(slots));
        mixdown_.send(chunk, slots);
    }
    return ok();
}

Status ExportSound::on_mixed(const wire::SoundDone& done) {
    REELPOOL_TRY_STATUS(mixdown_.on_done(done.chunk));
    return runner_.on_mixed(done.chunk);
}

Status ExportSound::on_ready(MediaId worker, const wire::SoundReady& ready) {
    if (!workers_.is_one(worker))
        return plan::protocol_violation("it told of sound that it was not asked for");
    return runner_.on_ready(workers_.media_of(worker), ready);
}

Status ExportSound::on_failed(MediaId worker, const wire::SoundFailed& failed) {
    if (!workers_.is_one(worker))
        return plan::protocol_violation("it failed at sound that it was not asked for");
    REELPOOL_TRY(poison, runner_.on_failed(workers_.media_of(worker), failed));
    return poison ? refuse(*poison, failed.error) : ok();
}

Status ExportSound::on_worker_lost(MediaId worker, const WorkerDeath& death) {
    if (!workers_.is_one(worker)) return ok();
    REELPOOL_TRY(poison, runner_.on_worker_lost(workers_.media_of(worker), death_of(death)));
    if (!poison) return ok();
    Error error = death.error;
    error.cause = cause_of(death);
    error.what = poison->kind == plan::SoundRunner::Poison::Kind::opening
                     ? "the decoder died twice while it opened the file"
                     : "the decoder died twice on the same sound";
    return refuse(*poison, std::move(error));
}

Status ExportSound::refuse(const plan::SoundRunner::Poison& poison, Error error) const {
    error.code = ErrorCode::decode;
    if (poison.kind == plan::SoundRunner::Poison::Kind::opening) {
        error.hint = "try the file with `reelpool probe`, or convert it with ffmpeg";
        return unexpected(std::move(error));
    }
    error.subject += ", sound at " + seconds_text(runner_.time_of(poison.ref));
    error.hint =
        "use --on-bad-frame hold to have silence instead, or mute the clips that play it there";
    return unexpected(std::move(error));
}

SoundDecoding ExportSound::result() const {
    return {.mix_hz = runner_.mix_hz(),
            .blocks_decoded = runner_.planned().blocks_decoded,
            .runs = runner_.planned().runs,
            .peak_bytes = runner_.peak_bytes(),
            .losses = runner_.losses()};
}

}  // namespace reelpool::run
