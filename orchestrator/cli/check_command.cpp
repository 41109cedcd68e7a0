#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/cli/color_names.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/cli/error_block.hpp"
#include "orchestrator/cli/safety.hpp"
#include "orchestrator/cli/shown_text.hpp"
#include "orchestrator/model/color_rules.hpp"
#include "orchestrator/run/prepared_project.hpp"

namespace reelpool::cli {
namespace {

struct Findings {
    std::vector<model::TimelineWarning> project;
    std::vector<std::string> assumed;  ///< of media
    std::optional<Warning> sandbox;
};

/// What a file does not say about its colours, and what it is taken for; nothing where it says
/// enough: R'G'B' that says nothing is sRGB, and nobody would expect anything else.
std::optional<std::string> assumed_color(const model::ProjectMedium& medium,
                                         const MediaInfo& info) {
    if (!info.has_pictures || info.format.model == ColorModel::rgb) return std::nullopt;
    const auto used = model::effective_color(info, medium.color);
    if (!used) return std::nullopt;
    std::string unsaid;
    std::string taken;
    const auto add = [&](const char* name, auto tagged, auto given, auto taken_for) {
        using Fact = decltype(tagged);
        if (tagged != Fact::unspecified || given != Fact::unspecified) return;
        unsaid += (unsaid.empty() ? "" : ", ") + std::string(name);
        taken += (taken.empty() ? "" : ", ") + std::string(name_of(taken_for));
    };
    if (info.format.model == ColorModel::yuv)
        add("matrix", info.tagged.matrix, medium.color.matrix, used->matrix);
    add("range", info.tagged.range, medium.color.range, used->range);
    add("primaries", info.tagged.primaries, medium.color.primaries, used->primaries);
    add("transfer", info.tagged.transfer, medium.color.transfer, used->transfer);
    if (unsaid.empty()) return std::nullopt;
    return model::medium_path(medium) + " (" + medium.path + ") does not say its " + unsaid +
           "; taken for " + taken;
}

std::vector<std::string> assumed_colors(const run::PreparedProject& prepared) {
    std::vector<std::string> notes;
    for (std::size_t i = 0; i < prepared.facts.size(); ++i) {
        if (!prepared.facts[i]) continue;
        auto note = assumed_color(prepared.project.media[i], prepared.facts[i]->info);
        if (note) notes.push_back(std::move(*note));
    }
    return notes;
}

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
    return Findings{timeline.warnings(), assumed_colors(prepared),
                    sandbox_warning(workers->sandbox())};
}

}  // namespace

int run_check(const CheckOptions& options) {
    const auto findings = check(options);
    if (!findings) return report_error(findings.error());
    for (const model::TimelineWarning& warning : findings->project) print_warning(warning.message);
    for (const std::string& note : findings->assumed)
        std::printf("reelpool: note: %s\n", printable(note).c_str());
    if (findings->sandbox) print_warning(findings->sandbox->message);
    const bool refused = options.strictness == Strictness::refuse && !findings->project.empty();
    return refused ? static_cast<int>(ErrorCode::project) : 0;
}

}  // namespace reelpool::cli
