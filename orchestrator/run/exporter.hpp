#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ipc/process/event_loop.hpp"
#include "ipc/wire/messages.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/plan/media_catalog.hpp"
#include "orchestrator/plan/plan_runner.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/run/compositor_link.hpp"
#include "orchestrator/run/crash_facts.hpp"
#include "orchestrator/run/engine_kind.hpp"
#include "orchestrator/run/export_sound.hpp"
#include "orchestrator/run/export_world.hpp"
#include "orchestrator/run/frame_wait.hpp"
#include "orchestrator/run/ledger_mirror.hpp"
#include "orchestrator/run/losses.hpp"
#include "orchestrator/run/rings.hpp"
#include "orchestrator/run/slow_frames.hpp"
#include "orchestrator/run/worker_pool.hpp"

namespace reelpool::run {

/// Where an export stands, for progress displays.
struct ExportProgress {
    std::uint32_t frames_total = 0;
    std::uint32_t frames_encoded = 0;
    std::chrono::milliseconds elapsed{0};
    std::uint32_t workers = 0;
    std::uint64_t cache_bytes = 0;
    std::uint32_t frames_before = 0;   ///< that were there already; not in frames_encoded
    std::uint32_t frames_to_stop = 0;  ///< not 0: it stops when these are done, too
};

/// What it means when somebody writes to a medium while it is exported.
enum class ChangingMedia : std::uint8_t { refuse, allow };

/// Whether a segment shows what its media held when the export began.
enum class MediaContent : std::uint8_t { as_at_start, changed };

/// What the disk cache did.
struct DiskResult {
    plan::PlanRunner::DiskCounts counts;
    std::optional<Error> first_failure;
};

/// Everything an export measured; the report is made of it.
struct ExportResult {
    std::uint32_t frames = 0;
    std::uint32_t segments_rendered = 0;
    std::chrono::milliseconds elapsed{0};
    std::uint64_t output_bytes = 0;
    wire::CompositorReady compositor;
    wire::CompositorCounters composition;
    std::vector<wire::WorkerCounters> files;           ///< by what workers were started for
    std::vector<plan::MediaStatistics> planned_files;  ///< likewise
    std::vector<std::set<std::uint32_t>> concealed;    ///< likewise: frames
    std::vector<MediaId> changed;                      ///< written to meanwhile, and allowed to
    std::vector<std::set<std::uint32_t>> held;         ///< likewise: another one was shown
    std::map<std::string, Losses::OfFile> lost;        ///< workers, by path
    std::uint32_t workers_started = 0;
    std::uint32_t workers_restarted = 0;
    std::uint32_t zygotes_restarted = 0;
    std::uint64_t frames_decoded_again = 0;  ///< because workers died; not planned
    plan::PlanStatistics planned;
    std::uint64_t cache_peak_bytes = 0;
    std::uint64_t memory_peak_bytes = 0;
    std::uint64_t segments_shown_again = 0;  ///< the compositor's view was smaller than the cache
    std::optional<DiskResult> disk;          ///< nothing: there was no disk cache
    std::optional<SoundResult> sound;        ///< nothing: it is silent, or not finished
    std::optional<SoundDecoding> sound_decoding;  ///< nothing: it is silent
    std::chrono::milliseconds decode_wait{0};     ///< the compositor had nothing to do
    FrameWait::Longest longest_wait;              ///< of one output frame
    std::chrono::milliseconds until_first_frame{0};  ///< from the start to the encoder
    std::uint64_t orchestrator_cpu_us = 0;
    std::uint64_t message_cpu_us = 0;  ///< of channels, at both ends
    SlowFrames slow_frames;
    std::optional<CrashFacts> crash;  ///< a part of the program failed
};

/// Adds what another attempt at the same export measured, which came after all the others.
void add_attempt(ExportResult& all, const ExportResult& more);

/// One export from a resolved timeline to a finished part file; or what is left of it to do, where
/// some of its segments are there already.
/// Thread: the event loop's; `run` runs the loop.
class Exporter {
  public:
    struct Parts {
        EventLoop& loop;
        WorkerPool& workers;
        CompositorLink& compositor;       ///< configured
        const model::Timeline& timeline;  ///< what is to be rendered: whole segments of the output
        const model::Timeline* sound;     ///< the whole; null: it is silent
        const std::vector<MediaFile>& files;  ///< one for each worker there may be: the plan's,
                                              ///< then those for sound alone, one for each medium
        const std::vector<plan::MediaSource>& sources;  ///< what is known of the plan's
        const std::vector<plan::MediaSource>& media;    ///< by MediaId
        plan::Planner& planner;
        DiskCache* disk = nullptr;  ///< if the planner has one
    };
    /// What a resolved frame reads: a key for every layer of kind frame, in their order.
    using KeysOf = std::function<std::vector<plan::FrameKey>(const model::ResolvedFrame&)>;
    using OnSealed =
        std::function<Status(const OutputSegment&, const wire::SegmentSealed&, MediaContent)>;
    struct Options {
        OutputSettings output;
        KeysOf keys_of;
        std::uint64_t budget_bytes = 0;
        std::uint64_t view_bytes = 0;  ///< what one output frame needs of the compositor's view
        ChangingMedia changing_media = ChangingMedia::refuse;
        plan::PlanRunner::BadFrame bad_frame = plan::PlanRunner::BadFrame::refuse;
        EngineKind engine = EngineKind::v2;
        std::function<void(const ExportProgress&)> on_progress;        ///< about ten times a second
        std::function<Status(const wire::CompositorReady&)> on_ready;  ///< may refuse it
        /// A segment is on the disk. Empty: segments are not kept.
        OnSealed on_sealed;
        std::function<void(const std::string&)> on_note;  ///< something that the user should read
    };

    Exporter(Parts parts, Options options);

    /// Errors: the first failure of any process; a stop by signal (code cancelled). The first
    /// signal lets the segments finish that have been begun, where there is a journal; the second
    /// one does not.
    [[nodiscard]] Status run();
    /// What was measured, as far as it came.
    [[nodiscard]] ExportResult result() const;
    /// A signal has told it to stop.
    [[nodiscard]] bool is_stopping() const { return stop_at_.has_value(); }

  private:
    using Clock = std::chrono::steady_clock;

    void on_worker_opened(MediaId media, const wire::MediaOpened& opened);
    void on_slots_ready(MediaId media, const wire::SlotsReady& report);
    void on_compositor(const wire::FromCompositor& message);
    void on_frames_done(const wire::FramesDone& done);
    void note_slow(const wire::FramesDone& done);
    void on_ready(const wire::CompositorReady& ready);
    void on_sealed(const wire::SegmentSealed& sealed);
    void on_finished(const wire::OutputFinished& finished);
    void on_signal();
    void stop_if_segments_are_done();
    void on_disk_done(const std::vector<DiskCache::Done>& done);
    void on_tick();
    void on_worker_lost(MediaId media, const WorkerDeath& death);
    void fail_if_poisoned(MediaId media, const WorkerDeath& death,
                          const plan::PlanRunner::LossReport& report);
    void lose_sound(MediaId media, const WorkerDeath& death);
    [[nodiscard]] Status pump_sound();
    void on_sound(MediaId worker, const Status& status);
    [[nodiscard]] const plan::MediaSource& source_of(MediaId worker) const;
    [[nodiscard]] std::optional<ShownAt> shown_at(MediaId media, FrameIndex frame) const;
    void fail(Error error);
    [[nodiscard]] Status check_unchanged(MediaId media);

    void pump();
    [[nodiscard]] bool may_draw_another() const;
    [[nodiscard]] Result<bool> show_front();
    void draw_front();
    void draw_ready_frames();
    void finish_if_all_is_sent();
    void adapt_lookahead();
    void note_wait(std::uint32_t total);
    [[nodiscard]] CrashFacts crash_facts() const;
    [[nodiscard]] std::uint64_t segment_bytes() const;
    void sample_memory();
    void show();
    [[nodiscard]] ExportProgress progress() const;

    EventLoop& loop_;
    WorkerPool& workers_;
    CompositorLink& compositor_;
    const model::Timeline& timeline_;
    const std::vector<MediaFile>& files_;
    const std::vector<plan::MediaSource>& sources_;
    const std::vector<plan::MediaSource>& media_;
    plan::Planner& planner_;
    DiskCache* disk_;
    Options options_;
    Rings rings_;
    ExportWorld world_;
    plan::PlanRunner runner_;
    std::optional<ExportSound> sound_;
    std::optional<LedgerMirror> ledger_;

    EventLoop::Registration tick_;
    std::optional<Error> error_;
    Losses losses_;
    ExportResult result_;
    Clock::time_point begun_;
    std::chrono::milliseconds elapsed_{0};
    std::optional<Clock::time_point> starving_since_;
    std::chrono::microseconds starved_{0};
    FrameWait wait_;
    std::uint32_t lookahead_ = 12;
    std::uint32_t ticks_ = 0;
    std::optional<std::uint32_t> stop_at_;  ///< the first frame that is not drawn any more
    std::uint32_t segments_drawn_ = 0;      ///< to their ends
    bool compositor_is_ready_ = false;
    bool finish_is_sent_ = false;
    bool is_finished_ = false;
};

}  // namespace reelpool::run
