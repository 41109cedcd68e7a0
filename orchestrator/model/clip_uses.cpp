#include <algorithm>
#include <optional>

#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {
namespace {

/// A stretch of output time in which a comp is shown, and which comp time it shows there.
struct Window {
    Time begin;             ///< output time, seconds of main comp time
    Time end;               ///< exclusive
    bool is_affine = true;  ///< comp time = offset + slope x output time; else it is not known
    Rational offset = 0;
    Rational slope{1};
};

/// A comp with more windows than this is taken to be shown all through, at any time.
constexpr std::size_t max_windows = 64;

bool are_valid(const Window& w) {
    return w.begin.is_valid() && w.end.is_valid() && w.offset.is_valid() && w.slope.is_valid();
}

/// The output times of a window in which comp time may lie in [start, end).
std::optional<Window> active_part(const Window& window, const Time& start, const Time& end) {
    Window part = window;
    if (!(start < end)) return std::nullopt;
    if (!window.is_affine) return part;
    if (window.slope.is_zero()) {
        const bool active = start <= window.offset && window.offset < end;
        return active ? std::optional(part) : std::nullopt;
    }
    const Time from = (start - window.offset) / window.slope;
    const Time to = (end - window.offset) / window.slope;
    if (!from.is_valid() || !to.is_valid()) return part;
    part.begin = max(window.begin, from);
    part.end = min(window.end, to);
    return part.begin < part.end ? std::optional(part) : std::nullopt;
}

/// The window of a nested comp that `clip` shows during `part`.
Window inner_window(const Window& part, const ResolvedClip& resolved) {
    const Clip& clip = *resolved.clip;
    Window inner = part;
    inner.is_affine = part.is_affine && !clip.remap && !clip.is_reversed && !clip.speed.has_keys();
    if (!inner.is_affine) return inner;
    const Rational& speed = clip.speed.constant;
    inner.slope = speed * part.slope;
    inner.offset = clip.in + speed * (part.offset - resolved.start);
    return inner;
}

Window hull(const std::vector<Window>& windows) {
    Window all = windows.front();
    all.is_affine = false;
    for (const Window& window : windows) {
        all.begin = min(all.begin, window.begin);
        all.end = max(all.end, window.end);
    }
    return all;
}

class UseFinder {
  public:
    explicit UseFinder(const ResolvedProject& all)
        : all_(all), windows_(all.project.comps.size()) {}

    Result<std::vector<ClipUse>> run() {
        if (all_.frame_count == 0) return std::move(uses_);
        windows_[all_.project.main].push_back({.begin = all_.begin, .end = all_.end});
        // Outside in: a comp's windows are complete when its turn comes.
        for (auto comp = all_.inside_out.rbegin(); comp != all_.inside_out.rend(); ++comp)
            REELPOOL_TRY_STATUS(walk_comp(*comp));
        std::stable_sort(uses_.begin(), uses_.end(), [](const ClipUse& a, const ClipUse& b) {
            return a.media == b.media ? a.first < b.first : a.media < b.media;
        });
        return std::move(uses_);
    }

  private:
    Status walk_comp(std::uint32_t index) {
        std::vector<Window>& windows = windows_[index];
        if (windows.size() > max_windows) windows = {hull(windows)};
        for (const ResolvedTrack& track : all_.comps[index].tracks)
            for (const ResolvedClip& clip : track.clips)
                REELPOOL_TRY_STATUS(walk_clip(index, track, clip));
        return ok();
    }

    Status walk_clip(std::uint32_t comp, const ResolvedTrack& track, const ResolvedClip& resolved) {
        const Clip& clip = *resolved.clip;
        const bool never_seen = track.track->opacity <= 0 ||
                                (!clip.opacity.has_keys() && clip.opacity.constant[0] <= 0);
        const bool has_source =
            clip.kind == SourceKind::media || clip.kind == SourceKind::comp;
        if (!has_source || never_seen) return ok();
        // Outside its comp's own duration a clip shows nothing.
        const Time start = max(resolved.start, Time(0));
        const Time end = min(resolved.end, all_.comps[comp].duration);
        std::vector<Window> parts;
        for (const Window& window : windows_[comp])
            if (const auto part = active_part(window, start, end)) parts.push_back(*part);
        if (clip.kind == SourceKind::media) {
            add_uses(parts, *all_.media[clip.source],
                     clip_path(all_.project.comps[comp], track.index, clip));
            return ok();
        }
        for (const Window& part : parts) {
            Window inner = inner_window(part, resolved);
            if (!are_valid(inner) || !fits_at_end(inner))
                return unexpected(project_error(
                    clip.position, clip_path(all_.project.comps[comp], track.index, clip),
                    "its times cannot be held exactly: they need more than 126 bits",
                    "use fewer decimals, or fractions, in \"start\", \"in\" and \"speed\""));
            std::vector<Window>& inner_windows = windows_[clip.source];
            inner_windows.push_back(std::move(inner));
            // Keeps memory small while a comp that is shown very often collects its windows.
            if (inner_windows.size() > 4 * max_windows) inner_windows = {hull(inner_windows)};
        }
        return ok();
    }

    /// Tries the largest number that the window's arithmetic meets.
    bool fits_at_end(const Window& window) const {
        if (!window.is_affine) return true;
        const Time last = all_.output_time(all_.frame_count - 1);
        return (window.offset + window.slope * last).is_valid();
    }

    void add_uses(std::vector<Window>& parts, const ResolvedMedium& medium,
                  const std::string& path) {
        std::sort(parts.begin(), parts.end(),
                  [](const Window& a, const Window& b) { return a.begin < b.begin; });
        std::size_t first_of_clip = uses_.size();
        for (const Window& part : parts) {
            const OutputIndex first = frame_near(part.begin, Rounding::floor, -1);
            const OutputIndex last = frame_near(part.end, Rounding::ceil, 0);
            if (uses_.size() > first_of_clip && first.value <= uses_.back().last.value + 1) {
                uses_.back().last = std::max(uses_.back().last, last);
            } else {
                uses_.push_back({.media = medium.source.media,
                                 .first = first,
                                 .last = last,
                                 .clip_path = path});
            }
        }
    }

    /// The output frame at a time, moved by `margin` and kept inside the export.
    OutputIndex frame_near(const Time& time, Rounding rounding, std::int64_t margin) const {
        const Rational exact = (time - all_.begin) * all_.output.fps;
        const std::int64_t top = std::int64_t{all_.frame_count} - 1;
        const std::int64_t frame =
            exact.is_valid() ? exact.to_integer(rounding) : (margin < 0 ? 0 : top);
        return OutputIndex{
            static_cast<std::uint32_t>(std::clamp<std::int64_t>(frame + margin, 0, top))};
    }

    const ResolvedProject& all_;
    std::vector<std::vector<Window>> windows_;  ///< by comp
    std::vector<ClipUse> uses_;
};

}  // namespace

Result<std::vector<ClipUse>> find_clip_uses(const ResolvedProject& project) {
    return UseFinder(project).run();
}

}  // namespace reelpool::model
