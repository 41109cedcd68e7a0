#include "orchestrator/model/project.hpp"

#include <algorithm>

#include "orchestrator/model/project_checks.hpp"
#include "orchestrator/model/sequence_pattern.hpp"

namespace reelpool::model {

std::string clip_path(const Comp& comp, std::size_t track, const Clip& clip) {
    std::string path = member_path("comps", comp.name) + ".tracks[" + std::to_string(track) +
                       "].clips[" + std::to_string(clip.index) + "]";
    if (!clip.id.empty()) path += " " + quoted(clip.id);
    return path;
}

std::string medium_path(const ProjectMedium& medium) {
    return member_path("media", medium.name);
}

std::vector<std::uint32_t> media_in_use(const Project& project) {
    std::vector<std::uint32_t> media;
    for (const std::uint32_t comp : comps_inside_out(project))
        for (const Track& track : project.comps[comp].tracks)
            for (const Clip& clip : track.clips)
                if (clip.kind == SourceKind::media && !clip.is_disabled)
                    media.push_back(clip.source);
    std::sort(media.begin(), media.end());
    media.erase(std::unique(media.begin(), media.end()), media.end());
    return media;
}

std::optional<SequencePattern> find_sequence_pattern(std::string_view path) {
    std::optional<SequencePattern> found;
    for (std::size_t at = path.find('%'); at != std::string_view::npos;
         at = path.find('%', at + 1)) {
        SequencePattern pattern{.begin = at, .length = 2};
        std::size_t next = at + 1;
        if (next + 1 < path.size() && path[next] == '0' && path[next + 1] >= '1' &&
            path[next + 1] <= '9') {
            pattern.digits = static_cast<std::size_t>(path[next + 1] - '0');
            pattern.length = 4;
            next += 2;
        }
        if (next >= path.size() || path[next] != 'd') continue;
        if (found) return std::nullopt;
        found = pattern;
    }
    return found;
}

std::string sequence_path(const ProjectMedium& medium, std::uint32_t index) {
    const auto pattern = find_sequence_pattern(medium.path);
    REELPOOL_CHECK(pattern.has_value());
    std::string number = std::to_string(std::uint64_t{medium.first} + index);
    if (number.size() < pattern->digits) number.insert(0, pattern->digits - number.size(), '0');
    std::string path = medium.path;
    return path.replace(pattern->begin, pattern->length, number);
}

}  // namespace reelpool::model
