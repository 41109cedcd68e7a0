#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ipc/process/event_loop.hpp"
#include "orchestrator/cli/options.hpp"
#include "orchestrator/cli/report.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/run/engine.hpp"
#include "orchestrator/run/memory_model.hpp"
#include "orchestrator/run/prepared_project.hpp"
#include "orchestrator/run/sound_wants.hpp"
#include "orchestrator/run/survey.hpp"

namespace reelpool::cli {

/// What decides what is rendered, and with how much memory.
struct ExportRequest {
    std::string project;
    PictureOptions picture;
    std::optional<Time> single_frame_at = {};  ///< this one frame only; picture.range is ignored
    run::EngineChoice engine = run::EngineChoice::automatic;
    std::uint64_t cache_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;
    DiskOptions disk = {};
    DecoderOptions decoder = {};
    Strictness strictness = Strictness::warn;
    std::string encoder = {};  ///< run::encoder_name()
    SafetyOptions safety = {};
};

/// How the workers of this export are watched and confined.
[[nodiscard]] run::WorkerPool::Options pool_options_of(const ExportRequest& request);

/// Everything that is known before an export begins: project, media, timeline, engine.
class ExportPreparation {
  public:
    /// Errors: whatever would keep the export from beginning.
    [[nodiscard]] static Result<std::unique_ptr<ExportPreparation>> prepare(
        const ExportRequest& request);

    EventLoop loop;
    std::unique_ptr<run::WorkerPool> workers;
    run::PreparedProject prepared;
    model::OutputGeometry geometry;
    std::vector<Warning> warnings;
    std::vector<std::string> paths;          ///< by MediaId
    std::vector<plan::MediaSource> sources;  ///< by MediaId
    run::Survey survey;
    run::SoundForecast sound;  ///< as if it were wanted; zero: there is none
    run::EngineOptions engine_options;
    run::EngineDecision decision;

    [[nodiscard]] const model::Timeline& timeline() const { return *timeline_; }
    /// Pixels of one output frame, and of all.
    [[nodiscard]] double frame_px() const {
        return static_cast<double>(geometry.width) * geometry.height;
    }
    [[nodiscard]] double output_px() const { return frame_px() * timeline_->frame_count(); }
    /// `encoder`: run::encoder_name().
    [[nodiscard]] run::Surroundings surroundings(const std::string& encoder) const {
        return {geometry.width, geometry.height, encoder, survey.kernel_kinds, sound.memory_bytes};
    }
    /// Refers to this.
    [[nodiscard]] run::EngineInput engine_input() const { return {*timeline_, sources, survey}; }

  private:
    ExportPreparation() = default;
    std::optional<model::Timeline> timeline_;
};

}  // namespace reelpool::cli
