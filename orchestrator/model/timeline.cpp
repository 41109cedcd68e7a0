#include "orchestrator/model/timeline.hpp"

#include <algorithm>
#include <limits>

#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {

Timeline::Timeline(std::shared_ptr<const ResolvedProject> resolved)
    : resolved_(std::move(resolved)) {}

Result<Timeline> Timeline::build(Project project,
                                 const std::vector<std::optional<MediaFacts>>& facts,
                                 const OutputGeometry& output) {
    REELPOOL_TRY(resolved, resolve_project(std::move(project), facts, output));
    REELPOOL_TRY(uses, find_clip_uses(*resolved));
    resolved->uses = std::move(uses);
    for (TimelineWarning& warning : find_warnings(*resolved))
        resolved->warnings.push_back(std::move(warning));
    return Timeline(std::move(resolved));
}

std::uint32_t Timeline::frame_count() const {
    return resolved_->frame_count;
}

DrawList Timeline::frame(OutputIndex index) const {
    return resolve_frame(*resolved_, index).list;
}

ResolvedFrame Timeline::resolve(OutputIndex index) const {
    return resolve_frame(*resolved_, index);
}

const std::vector<ClipUse>& Timeline::uses() const {
    return resolved_->uses;
}

const OutputGeometry& Timeline::output() const {
    return resolved_->output;
}

const std::vector<TimelineWarning>& Timeline::warnings() const {
    return resolved_->warnings;
}

std::uint32_t Timeline::nesting_depth() const {
    return resolved_->main().depth;
}

std::uint32_t Timeline::nested_clip_count() const {
    std::uint64_t own = 0;
    for (const ResolvedTrack& track : resolved_->main().tracks) own += track.clips.size();
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(
        resolved_->main().clips_inside - own, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace reelpool::model
