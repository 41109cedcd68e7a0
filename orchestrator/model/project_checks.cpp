#include "orchestrator/model/project_checks.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

namespace reelpool::model {
namespace {

std::vector<std::uint32_t> children_of(const Comp& comp) {
    std::vector<std::uint32_t> children;
    for (const Track& track : comp.tracks)
        for (const Clip& clip : track.clips)
            if (clip.kind == SourceKind::comp && !clip.is_disabled) children.push_back(clip.source);
    std::sort(children.begin(), children.end());
    children.erase(std::unique(children.begin(), children.end()), children.end());
    return children;
}

/// Walks comps depth first without recursion: files may nest as deep as they like.
class CompWalk {
  public:
    explicit CompWalk(const Project& project)
        : project_(project), states_(project.comps.size(), State::unseen) {}

    /// Appends `root` and what it contains to `order`, contents first.
    Status visit(std::uint32_t root) {
        if (states_[root] != State::unseen) return ok();
        open(root);
        while (!stack_.empty()) {
            Open& top = stack_.back();
            if (top.next == top.children.size()) {
                states_[top.comp] = State::done;
                order.push_back(top.comp);
                stack_.pop_back();
                continue;
            }
            const std::uint32_t child = top.children[top.next++];
            if (states_[child] == State::open) return unexpected(cycle(child));
            if (states_[child] == State::unseen) open(child);
        }
        return ok();
    }

    std::vector<std::uint32_t> order;

  private:
    enum class State : std::uint8_t { unseen, open, done };
    struct Open {
        std::uint32_t comp;
        std::vector<std::uint32_t> children;
        std::size_t next = 0;
    };

    void open(std::uint32_t comp) {
        states_[comp] = State::open;
        stack_.push_back({comp, children_of(project_.comps[comp])});
    }

    Error cycle(std::uint32_t comp) const {
        const auto from = std::find_if(stack_.begin(), stack_.end(),
                                       [&](const Open& open) { return open.comp == comp; });
        constexpr std::ptrdiff_t longest_shown = 12;
        const Comp& first = project_.comps[comp];
        std::string text = quoted(first.name);
        for (auto step = from + 1; step < stack_.end(); ++step) {
            if (step - from > longest_shown) {
                text += " -> ...";
                break;
            }
            text += " -> " + quoted(project_.comps[step->comp].name);
        }
        return project_error(first.position, member_path("comps", first.name),
                             "the comp contains itself: " + text + " -> " + quoted(first.name),
                             "take one of these clips out");
    }

    const Project& project_;
    std::vector<State> states_;
    std::vector<Open> stack_;
};

constexpr std::uint64_t too_many = std::uint64_t{1} << 40;

/// Layers at most on screen of the tracks of one comp. On one track at most one clip is active, two
/// in a transition; each draws its matte for itself.
class TrackSizes {
  public:
    /// `nested`: of every comp that is nested in this one.
    TrackSizes(const Comp& comp, const std::vector<std::uint64_t>& nested)
        : comp_(comp), nested_(nested), sizes_(comp.tracks.size()) {}

    /// Goes no deeper than mattes of mattes may (link_mattes()).
    std::uint64_t of(std::size_t track) {
        if (sizes_[track]) return *sizes_[track];
        std::uint64_t most = 0;
        std::uint64_t at_once = 1;
        for (const Clip& clip : comp_.tracks[track].clips) {
            if (clip.is_disabled) continue;
            most = std::max(most, 1 + (clip.kind == SourceKind::comp ? nested_[clip.source] : 0) +
                                      (clip.matte ? 1 + of(clip.matte->track_index) : 0));
            if (clip.transition) at_once = 2;
        }
        return *(sizes_[track] = std::min(too_many, at_once * most));
    }

  private:
    const Comp& comp_;
    const std::vector<std::uint64_t>& nested_;
    std::vector<std::optional<std::uint64_t>> sizes_;
};

/// Depth and layers at most on screen, of every comp.
Status check_sizes(const Project& project, const std::vector<std::uint32_t>& inside_out) {
    std::vector<std::uint64_t> layers(project.comps.size());
    std::vector<std::uint32_t> depth(project.comps.size());
    for (const std::uint32_t index : inside_out) {
        const Comp& comp = project.comps[index];
        TrackSizes sizes(comp, layers);
        for (std::size_t track = 0; track < comp.tracks.size(); ++track) {
            for (const Clip& clip : comp.tracks[track].clips)
                if (!clip.is_disabled && clip.kind == SourceKind::comp)
                    depth[index] = std::max(depth[index], depth[clip.source] + 1);
            if (!comp.tracks[track].is_matte)
                layers[index] = std::min(too_many, layers[index] + sizes.of(track));
        }
        if (depth[index] > max_nesting_depth)
            return unexpected(project_error(
                comp.position, member_path("comps", comp.name),
                "comps are nested more than " + std::to_string(max_nesting_depth) + " deep here"));
        // More than this cannot be meant, whatever the clips' times are.
        constexpr std::uint64_t absurd = 100 * max_layers_per_frame;
        if (layers[index] > absurd)
            return unexpected(project_error(
                comp.position, member_path("comps", comp.name),
                "with its nested comps expanded, the comp has up to " +
                    (layers[index] == too_many ? "2^40 or more" : std::to_string(layers[index])) +
                    " layers at once",
                "nest the same comp less often"));
    }
    return ok();
}

std::string length_text(const Time& time, const Rational& fps) {
    std::string text = seconds_text(time);
    const Rational frames = time * fps;
    if (frames.is_valid() && frames.den() == 1)
        text += " (" + frames.to_text() + (frames == Rational(1) ? " frame)" : " frames)");
    return text;
}

/// Overlaps among the clips whose lengths are written in the file; a clip without one is taken to
/// last for a moment only.
Status check_written_overlaps(const Project& project) {
    for (const Comp& comp : project.comps) {
        for (std::size_t track = 0; track < comp.tracks.size(); ++track) {
            std::vector<PlacedClip> placed;
            for (const Clip& clip : comp.tracks[track].clips) {
                if (clip.is_disabled || !clip.duration) continue;
                const Time end = clip.start + *clip.duration;
                if (!end.is_valid())
                    return unexpected(project_error(clip.position, clip_path(comp, track, clip),
                                                    "its end cannot be held exactly",
                                                    "use fewer decimals"));
                placed.push_back({&clip, clip.start, end});
            }
            std::stable_sort(placed.begin(), placed.end(),
                             [](const auto& a, const auto& b) { return a.start < b.start; });
            REELPOOL_TRY_STATUS(check_overlaps(comp, track, placed, Clips::some));
        }
    }
    return ok();
}

}  // namespace

Status link_mattes(Comp& comp) {
    std::map<std::string_view, std::uint32_t> tracks;
    std::map<std::string_view, std::uint32_t> more;  // of the same id
    for (std::uint32_t track = 0; track < comp.tracks.size(); ++track)
        if (const std::string_view id = comp.tracks[track].id; !id.empty())
            (tracks.contains(id) ? more : tracks).emplace(id, track);
    // Who is whose matte: an edge from each track to those that its clips name.
    std::vector<std::vector<std::uint32_t>> mattes(comp.tracks.size());
    for (std::size_t track = 0; track < comp.tracks.size(); ++track) {
        for (Clip& clip : comp.tracks[track].clips) {
            if (!clip.matte) continue;
            const auto refuse = [&](std::string what, std::string hint) {
                return unexpected(project_error(clip.position, clip_path(comp, track, clip),
                                                std::move(what), std::move(hint)));
            };
            const auto named = tracks.find(clip.matte->track);
            if (named == tracks.end()) {
                std::vector<std::string_view> known;
                for (const auto& [id, place] : tracks) known.push_back(id);
                const std::string near = nearest_name(clip.matte->track, known);
                return refuse("its matte: the comp has no track " + quoted(clip.matte->track),
                              near.empty() ? "" : "did you mean " + quoted(near) + "?");
            }
            if (more.contains(clip.matte->track))
                return refuse("its matte: the comp has several tracks " + quoted(clip.matte->track),
                              "give each an id of its own");
            clip.matte->track_index = named->second;
            if (clip.is_disabled) continue;
            comp.tracks[named->second].is_matte = true;
            mattes[track].push_back(named->second);
        }
    }
    // Tracks whose mattes are all known to end are taken away, as often as mattes may have mattes.
    std::vector<bool> ends(comp.tracks.size());
    for (std::uint32_t depth = 0; depth <= max_matte_depth; ++depth) {
        std::vector<bool> now = ends;
        for (std::size_t track = 0; track < mattes.size(); ++track)
            now[track] = std::all_of(mattes[track].begin(), mattes[track].end(),
                                     [&](std::uint32_t one) { return ends[one]; });
        ends = std::move(now);
    }
    const auto left = std::find(ends.begin(), ends.end(), false);
    if (left == ends.end()) return ok();
    // Following what is left leads into a circle, or to the end of a long chain.
    auto at = static_cast<std::size_t>(left - ends.begin());
    std::vector<bool> seen(comp.tracks.size());
    while (!seen[at]) {
        seen[at] = true;
        const auto next = std::find_if(mattes[at].begin(), mattes[at].end(),
                                       [&](std::uint32_t one) { return !ends[one]; });
        if (next == mattes[at].end()) break;
        at = *next;
        if (seen[at])
            return unexpected(project_error(comp.tracks[at].position,
                                            member_path("comps", comp.name),
                                            "track " + quoted(comp.tracks[at].id) +
                                                " needs itself as a matte, by way of its clips' "
                                                "mattes",
                                            "let mattes lead to tracks whose clips have none"));
    }
    const Track& deepest = comp.tracks[static_cast<std::size_t>(left - ends.begin())];
    return unexpected(project_error(
        deepest.position, member_path("comps", comp.name),
        "the mattes of a track have mattes more than " + std::to_string(max_matte_depth) + " deep",
        "let mattes lead to tracks whose clips have none"));
}

Status check_overlaps(const Comp& comp, std::size_t track, const std::vector<PlacedClip>& clips,
                      Clips which) {
    const auto refuse = [&](const PlacedClip& clip, std::string what, std::string hint) {
        return unexpected(project_error(clip.clip->position, clip_path(comp, track, *clip.clip),
                                        std::move(what), std::move(hint)));
    };
    const PlacedClip* latest = nullptr;  // of those so far, the one that ends last
    std::optional<Time> others_end;      // when all the others have ended
    for (const PlacedClip& clip : clips) {
        if (!(clip.start < clip.end)) continue;
        const auto& transition = clip.clip->transition;
        if (latest != nullptr && clip.start < latest->end) {
            const std::string other = clip_path(comp, track, *latest->clip);
            const Time overlap = min(latest->end, clip.end) - clip.start;
            const std::string by = "overlaps " + other + " by " + length_text(overlap, comp.fps);
            if (!transition)
                return refuse(clip, by,
                              "clips of one track must not overlap: move one to another track, or "
                              "give the later one a \"transition\" as long as the overlap");
            if (others_end && clip.start < *others_end)
                return refuse(clip, by + ", and another clip overlaps both",
                              "at most two clips of one track overlap at a time");
            if (overlap != transition->duration || clip.end < latest->end)
                return refuse(clip,
                              by + ", but its transition takes " +
                                  length_text(transition->duration, comp.fps),
                              "a clip overlaps the end of the one before it by exactly the length "
                              "of its transition");
            if (latest->clip->kind == SourceKind::adjustment)
                return refuse(clip, "has a transition from " + other + ", which is an adjustment",
                              "transitions lead from clips with a picture");
            if (clip.clip->blend != latest->clip->blend)
                return refuse(
                    clip,
                    "has another blend mode than " + other + ", from which its transition leads",
                    "give both the same \"blend\"");
        } else if (transition && which == Clips::all) {
            return refuse(clip, "has a transition, but no clip of its track leads into it",
                          "let the clip before it end " +
                              length_text(transition->duration, comp.fps) + " after it begins");
        }
        if (latest == nullptr || latest->end <= clip.end) {
            if (latest != nullptr)
                others_end = others_end ? max(*others_end, latest->end) : latest->end;
            latest = &clip;
        }
    }
    return ok();
}

std::vector<std::uint32_t> comps_inside_out(const Project& project) {
    CompWalk walk(project);
    const Status acyclic = walk.visit(project.main);
    REELPOOL_CHECK(acyclic.has_value());
    return std::move(walk.order);
}

Status check_project(const Project& project) {
    CompWalk walk(project);
    REELPOOL_TRY_STATUS(walk.visit(project.main));
    for (std::uint32_t comp = 0; comp < project.comps.size(); ++comp)
        REELPOOL_TRY_STATUS(walk.visit(comp));
    REELPOOL_TRY_STATUS(check_sizes(project, walk.order));
    return check_written_overlaps(project);
}

}  // namespace reelpool::model
