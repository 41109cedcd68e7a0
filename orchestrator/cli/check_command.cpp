#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/safety.hpp"
#include "orchestrator/run/prepared_project.hpp"

namespace reelpool::cli {
namespace {

struct Findings {
    std::vector<model::TimelineWarning> project;
    std::optional<Warning> sandbox;
};

Result<Findings> check(const CheckOptions& options) {
    EventLoop loop;
    REELPOOL_TRY(root, media_root_of(options.safety));
    REELPOOL_TRY(workers,
                 run::WorkerPool::start(loop, {.confinement = confinement_of(options.safety)}));
    REELPOOL_TRY(prepared,
                 run::prepare_project(options.project, loop, *workers, 0, std::move(root)));
    const model::Comp& main = prepared.project.comps[prepared.project.main];
    REELPOOL_TRY(
        timeline,
        model::Timeline::build(
            prepared.project, prepared.facts,
            {.width = main.width, .height = main.height, .fps = main.fps, .range = std::nullopt}));
    return Findings{timeline.warnings(), sandbox_warning(workers->sandbox())};
}

}  // namespace

int run_check(const CheckOptions& options) {
    const auto findings = check(options);
    if (!findings) return report_error(findings.error());
    for (const model::TimelineWarning& warning : findings->project) print_warning(warning.message);
    if (findings->sandbox) print_warning(findings->sandbox->message);
    const bool refused = options.strictness == Strictness::refuse && !findings->project.empty();
    return refused ? static_cast<int>(ErrorCode::project) : 0;
}

}  // namespace reelpool::cli
