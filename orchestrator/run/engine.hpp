#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "orchestrator/plan/planner.hpp"
#include "orchestrator/run/engine_kind.hpp"
#include "orchestrator/run/exporter.hpp"
#include "orchestrator/run/survey.hpp"

namespace reelpool::run {

/// One of the two engines, ready to plan an export from its first frame.
struct Engine {
    EngineKind kind = EngineKind::v2;
    std::vector<plan::MediaSource> sources;  ///< what workers are started for
    std::vector<MediaId> file_of;            ///< the file of each
    Exporter::KeysOf keys_of;
    std::unique_ptr<plan::Planner> planner;
    std::uint64_t frames_bytes = 0;  ///< what decoded frames may take of the cache's size
};

struct EngineOptions {
    std::uint64_t cache_bytes = 0;
    std::uint64_t output_picture_bytes = 0;
    std::uint64_t besides_bytes = 0;  ///< what encoder, driver and processes take, memory_besides()
    double frames_per_second = 25;
    std::uint32_t cores = 1;
    std::uint64_t disk_bytes = 0;  ///< of the disk cache, V2's; 0: there is none
};

/// What an export is about; it outlives the engines.
struct EngineInput {
    const model::Timeline& timeline;
    const std::vector<plan::MediaSource>& media;
    const Survey& survey;
};

/// Errors: limit: V1's rings exceed the cache.
[[nodiscard]] Result<Engine> make_engine(EngineKind kind, const EngineInput& input,
                                         const EngineOptions& options);

/// A planned export, without what it does.
struct Prediction {
    std::uint64_t frames_decoded = 0;
    std::uint64_t seeks = 0;
    plan::PlanStatistics statistics;
    std::uint64_t decoders_peak_bytes = 0;
    std::uint64_t peak_bytes = 0;  ///< of rings and decoders together
};
/// Plans with a new engine of this kind to the end. Errors: as make_engine.
[[nodiscard]] Result<Prediction> predict(EngineKind kind, const EngineInput& input,
                                         const EngineOptions& options);

struct EngineDecision {
    EngineKind kind = EngineKind::v2;
    std::string reason;
    std::optional<Prediction> v1;  ///< as far as they were asked for the decision
    std::optional<Prediction> v2;
};
/// Which engine renders this. By hand, or by complexity: few files and hardly any nesting are V1's,
/// unless the plans predict that it would decode much more than V2 or needs more memory than there
/// is.
[[nodiscard]] EngineDecision decide_engine(EngineChoice choice, const EngineInput& input,
                                           const EngineOptions& options);

[[nodiscard]] const char* engine_name(EngineKind kind);

}  // namespace reelpool::run
