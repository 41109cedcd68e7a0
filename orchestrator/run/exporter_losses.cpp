// What an exporter does when it has lost a worker.
#include <algorithm>
#include <utility>

#include "orchestrator/run/exporter.hpp"

namespace reelpool::run {
namespace {

/// A frame that is decoded now is shown so soon, or is on the way to one that is.
constexpr std::uint32_t frames_searched = 600;

plan::PlanRunner::Death death_of(const WorkerDeath& death) {
    using Death = plan::PlanRunner::Death;
    if (death.kind == DeathKind::lost_with_zygote) return Death::blameless;
    return death.had_opened ? Death::serving : Death::opening;
}

}  // namespace

/// A worker that stumbles over a file that somebody writes to: that is the thing to say.
void Exporter::on_worker_lost(MediaId media, const WorkerDeath& death) {
    if (error_ || is_finished_ || finish_is_sent_) return;
    if (Status status = check_unchanged(media); !status) {
        fail(std::move(status).error());
        return;
    }
    const bool is_held = options_.bad_frame == plan::PlanRunner::BadFrame::hold &&
                         death.kind == DeathKind::gave_up && death.had_opened &&
                         death.error.code == ErrorCode::decode;
    if (!death.may_be_replaced() && !is_held) {
        fail(death.error);
        return;
    }
    if (Status status = losses_.note(files_[media.value], death); !status) {
        fail(std::move(status).error());
        return;
    }
    if (media.value < sources_.size()) {
        auto report = runner_.on_worker_lost(media, death_of(death));
        if (!report) {
            Error error = std::move(report).error();
            error.subject = files_[media.value].path;
            fail(std::move(error));
            return;
        }
        fail_if_poisoned(media, death, *report);
    }
    lose_sound(media, death);
    wait_.note_death(runner_.front() + lookahead_);
    pump();
}

void Exporter::fail_if_poisoned(MediaId media, const WorkerDeath& death,
                                const plan::PlanRunner::LossReport& report) {
    using Loss = plan::PlanRunner::Loss;
    switch (report.loss) {
        case Loss::restart:
            return;
        case Loss::opening_poison:
            fail(poison_error(sources_[media.value], death, std::nullopt, std::nullopt,
                              "try the file with `reelpool probe`, or convert it with ffmpeg"));
            return;
        case Loss::poison:
            break;
    }
    std::string hint = "use --on-bad-frame hold to show the frame before it instead";
    if (options_.engine != EngineKind::v1) hint += ", or try --engine v1";
    fail(poison_error(sources_[media.value], death, report.frame, shown_at(media, report.frame),
                      hint));
}

/// The first output frame to come that shows a source frame.
std::optional<ShownAt> Exporter::shown_at(MediaId media, FrameIndex frame) const {
    const std::uint32_t end = std::min(timeline_.frame_count(), runner_.front() + frames_searched);
    for (std::uint32_t output = runner_.front(); output < end; ++output) {
        const model::ResolvedFrame resolved = timeline_.resolve(OutputIndex{output});
        const std::vector<plan::FrameKey> keys = options_.keys_of(resolved);
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const plan::FrameKey& one) {
            return one.media == media && one.frame == frame;
        });
        if (key == keys.end()) continue;
        // The plan may call a file by several numbers; the draw list knows its own.
        std::vector<MediaId> files;
        for_each_layer(resolved.list, [&](const DrawLayer& layer) {
            if (layer.kind == LayerKind::frame) files.push_back(layer.frame.media);
        });
        const MediaId file = files.at(static_cast<std::size_t>(key - keys.begin()));
        ShownAt shown{OutputIndex{output}, {}};
        for (const model::ClipUse& use : timeline_.uses()) {
            const bool is_used = use.media == file && use.first.value <= output &&
                                 output <= use.last.value &&
                                 shown.clips.find(use.clip_path) == std::string::npos;
            if (!is_used) continue;
            if (!shown.clips.empty()) shown.clips += ", ";
            shown.clips += use.clip_path;
        }
        return shown;
    }
    return std::nullopt;
}

CrashFacts Exporter::crash_facts() const {
    CrashFacts facts{.at = Clock::now(),
                     .ledger = ledger_->copy(),
                     .plan = runner_.describe(),
                     .channels = {},
                     .deaths = {}};
    if (sound_)
        for (std::string& line : sound_->runner().describe()) facts.plan.push_back(std::move(line));
    const auto add = [&](std::string peer, const MessageLog& log) {
        facts.channels.push_back({std::move(peer), log.count(), log.entries()});
    };
    add("compositor", compositor_.message_log());
    for (const auto& [media, log] : workers_.message_logs())
        if (media.value < files_.size()) add("worker of " + files_[media.value].path, log);
    for (const auto& [path, lost] : losses_.by_file())
        facts.deaths.push_back(path + ": " + std::to_string(lost.deaths) +
                               ", the last one: " + lost.last_cause);
    return facts;
}

}  // namespace reelpool::run
