#include <cstdio>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/run/prepared_project.hpp"

namespace reelpool::cli {
namespace {

Result<std::vector<model::TimelineWarning>> check(const std::string& path) {
    EventLoop loop;
    REELPOOL_TRY(workers, run::WorkerPool::start(loop));
    REELPOOL_TRY(prepared, run::prepare_project(path, loop, *workers, 0));
    const model::Comp& main = prepared.project.comps[prepared.project.main];
    REELPOOL_TRY(
        timeline,
        model::Timeline::build(
            prepared.project, prepared.facts,
            {.width = main.width, .height = main.height, .fps = main.fps, .range = std::nullopt}));
    return timeline.warnings();
}

}  // namespace

int run_check(const CheckOptions& options) {
    const auto warnings = check(options.project);
    if (!warnings) return report_error(warnings.error());
    for (const model::TimelineWarning& warning : *warnings)
        std::fprintf(stderr, "reelpool: warning: %s\n", warning.message.c_str());
    const bool refused = options.strictness == Strictness::refuse && !warnings->empty();
    return refused ? static_cast<int>(ErrorCode::project) : 0;
}

}  // namespace reelpool::cli
