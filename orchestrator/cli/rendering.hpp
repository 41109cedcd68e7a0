#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/unique_fd.hpp"
#include "orchestrator/cli/export_preparation.hpp"
#include "orchestrator/cli/render_job.hpp"
#include "orchestrator/run/content_keys.hpp"
#include "orchestrator/run/export_journal.hpp"
#include "orchestrator/run/output_place.hpp"

namespace reelpool::cli {

/// Renders what is not there yet of an output, and puts it together: in one attempt, or, where the
/// compositor dies, in several. Each attempt has processes, rings, a plan and an event loop of its
/// own (what an attempt that failed had left to do in its loop is never done), and begins with the
/// first segment that is not on the disk.
class Rendering {
  public:
    /// All must outlive it. `scratch` is for the disk cache, if there is one.
    Rendering(const RenderJob& job, ExportPreparation& prepared, run::OutputPlace& place,
              const OutputSettings& settings, UniqueFd scratch, RenderOutcome& outcome);

    /// Errors: whatever went wrong first, or for the second time.
    [[nodiscard]] Status run();

  private:
    enum class Ending : std::uint8_t { final, compositor_lost };
    [[nodiscard]] Status attempt(Ending& ending);
    [[nodiscard]] Status start_compositor();
    [[nodiscard]] Status send_tables();
    [[nodiscard]] Status resume();
    [[nodiscard]] Status wait_for_compositor();
    [[nodiscard]] Status on_ready(const wire::CompositorReady& ready);
    [[nodiscard]] run::JournalFacts facts();
    [[nodiscard]] Status export_frames(Ending& ending);
    [[nodiscard]] Result<run::Engine> make_engine(const model::Timeline& timeline,
                                                  const run::Survey& survey) const;
    [[nodiscard]] bool may_try_again();
    [[nodiscard]] Status prepare_attempt();
    [[nodiscard]] EventLoop& loop() { return loop_ ? *loop_ : prepared_.loop; }
    [[nodiscard]] run::WorkerPool& workers() { return workers_ ? *workers_ : *prepared_.workers; }
    [[nodiscard]] run::Exporter::OnSealed on_sealed();
    void add(run::ExportResult result);
    void note(const std::string& text) const;
    [[nodiscard]] std::uint32_t frames_there() const;
    [[nodiscard]] bool has_journal() const { return !settings_.journal_path.empty(); }

    const RenderJob& job_;
    ExportPreparation& prepared_;
    run::OutputPlace& place_;
    const OutputSettings& settings_;
    const UniqueFd scratch_;
    RenderOutcome& outcome_;
    run::ExportJournal journal_;
    std::optional<run::ContentKeys> keys_;
    std::string renderer_;  ///< what they were made for
    /// Of attempts after the first one, which has those of the preparation.
    std::unique_ptr<EventLoop> loop_;
    std::unique_ptr<run::WorkerPool> workers_;
    std::unique_ptr<run::CompositorLink> compositor_;
    std::optional<std::size_t> segments_at_last_death_;
};

}  // namespace reelpool::cli
