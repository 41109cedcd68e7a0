#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <set>

#include "orchestrator/model/color_rules.hpp"
#include "orchestrator/model/project_checks.hpp"
#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {
namespace {

constexpr std::uint64_t saturated = std::uint64_t{1} << 62;

Error medium_error(const ProjectMedium& medium, Error error) {
    error.subject = medium_path(medium) + " (" + medium.path + ")";
    return error;
}

Error clip_error(const Comp& comp, std::size_t track, const Clip& clip, std::string what,
                 std::string hint = {}) {
    return project_error(clip.position, clip_path(comp, track, clip), std::move(what),
                         std::move(hint));
}

/// One table for each file, however many of the project's media share it.
using Tables = std::map<std::uint32_t, std::shared_ptr<const FrameTable>>;

Status check_facts(const MediaFacts& facts) {
    const auto refuse = [](const char* what) {
        return unexpected({.code = ErrorCode::media,
                           .component = Component::project,
                           .subject = {},
                           .what = what,
                           .cause = {},
                           .hint = {}});
    };
    const MediaInfo& info = facts.info;
    if (info.sound &&
        (info.sound->channels == 0 || info.sound->channels > max_sound_channels ||
         (info.sound->layout_mask != 0 &&
          std::popcount(info.sound->layout_mask) != static_cast<int>(info.sound->channels))))
        return refuse("its sound has an absurd number of channels");
    if (!info.has_pictures) return info.sound ? ok() : refuse("it has neither pictures nor sound");
    if (info.width == 0 || info.height == 0 || info.width > max_picture_side ||
        info.height > max_picture_side)
        return refuse("its picture size is outside 1..16384");
    if (!info.sample_aspect.is_valid() || info.sample_aspect <= Rational(0) ||
        info.sample_aspect > Rational(1000) || info.sample_aspect < Rational(1, 1000))
        return refuse("its sample aspect ratio is absurd");
    if (facts.table.pts.empty()) return refuse("it has no frames");
    return validate(info.format);
}

Result<ResolvedMedium> resolve_medium(const ProjectMedium& medium, const MediaFacts& facts,
                                      Tables& tables) {
    if (Status fine = check_facts(facts); !fine)
        return unexpected(medium_error(medium, std::move(fine).error()));
    if (!facts.info.has_pictures) {
        ResolvedMedium heard;
        heard.source.media = facts.id;
        heard.has_picture = false;
        heard.sound = facts.info.sound;
        return heard;
    }
    auto color = effective_color(facts.info, medium.color);
    if (!color) return unexpected(medium_error(medium, std::move(color).error()));
    auto& table = tables[facts.id.value];
    if (!table) table = std::make_shared<const FrameTable>(facts.table);
    ResolvedMedium resolved;
    resolved.source.media = facts.id;
    resolved.source.format = facts.info.format;
    resolved.source.width = facts.info.width;
    resolved.source.height = facts.info.height;
    resolved.source.color = *color;
    resolved.shape = shape_of(facts.info);
    resolved.table = table;
    resolved.sequence_fps = medium.fps;
    resolved.is_sequence = medium.is_sequence;
    resolved.is_still = facts.info.is_still && !medium.is_sequence;
    resolved.sound = facts.info.sound;
    resolved.has_deaf_sound = facts.info.has_sound && !facts.info.sound;
    resolved.is_interlaced = facts.info.is_interlaced;
    return resolved;
}

/// Resolves one comp after all comps inside it.
/// By the index of the track.
using MatteLayers = std::map<std::uint32_t, std::uint64_t>;

class CompResolver {
  public:
    CompResolver(ResolvedProject& all, std::uint32_t index)
        : all_(all), comp_(all.project.comps[index]), resolved_(all.comps[index]) {}

    Status run() {
        resolved_.canvas = {double(comp_.width), double(comp_.height)};
        for (std::size_t track = 0; track < comp_.tracks.size(); ++track)
            REELPOOL_TRY_STATUS(place_track(track));
        REELPOOL_TRY_STATUS(find_duration());
        for (std::size_t track = 0; track < comp_.tracks.size(); ++track)
            REELPOOL_TRY_STATUS(finish_track(track));
        find_buses();
        count_layers();
        return ok();
    }

  private:
    struct Length {
        const Clip* clip;
        std::optional<Time> duration;  ///< nothing: to the end of the comp
    };

    /// The length of a clip's source, or nothing when it has none.
    std::optional<Time> source_duration(const Clip& clip) const {
        switch (clip.kind) {
            case SourceKind::media:
                return all_.media[clip.source]->duration();
            case SourceKind::comp:
                return all_.comps[clip.source].duration;
            case SourceKind::solid:
            case SourceKind::adjustment:
                break;
        }
        return std::nullopt;
    }

    Result<std::optional<Time>> length_of(std::size_t track, const Clip& clip) const {
        if (clip.duration) return clip.duration;
        if (clip.remap || clip.speed.has_keys() || !(clip.speed.constant > Rational(0)))
            return std::optional<Time>();
        const std::optional<Time> source = source_duration(clip);
        if (!source) return std::optional<Time>();
        const Time length = (*source - clip.in) / clip.speed.constant;
        if (!length.is_valid())
            return unexpected(clip_error(comp_, track, clip, "its length cannot be held exactly",
                                         "use fewer decimals, or give it a \"duration\""));
        if (length <= Time(0))
            return unexpected(clip_error(comp_, track, clip,
                                         "nothing is left of its source: \"in\" is " +
                                             seconds_text(clip.in) + ", the source lasts " +
                                             seconds_text(*source),
                                         "use a smaller \"in\""));
        return std::optional(length);
    }

    Status place_track(std::size_t track) {
        std::vector<Length>& lengths = lengths_.emplace_back();
        for (const Clip& clip : comp_.tracks[track].clips) {
            if (clip.is_disabled) continue;
            REELPOOL_TRY(length, length_of(track, clip));
            if (length) {
                const Time end = clip.start + *length;
                if (!end.is_valid())
                    return unexpected(clip_error(comp_, track, clip,
                                                 "its end cannot be held exactly",
                                                 "use fewer decimals"));
                if (!latest_end_ || *latest_end_ < end) latest_end_ = end;
            }
            lengths.push_back({&clip, length});
        }
        return ok();
    }

    Status find_duration() {
        const auto refuse = [&](std::string what) {
            return unexpected(project_error(comp_.position, member_path("comps", comp_.name),
                                            std::move(what), "give the comp a \"duration\""));
        };
        if (comp_.duration) {
            resolved_.duration = *comp_.duration;
            return ok();
        }
        if (!latest_end_)
            return refuse("the comp's length cannot be told: it has no clip of known length");
        if (*latest_end_ <= Time(0)) return refuse("all clips of the comp end before time 0");
        resolved_.duration = *latest_end_;
        return ok();
    }

    Status finish_track(std::size_t index) {
        std::vector<PlacedClip> placed;
        for (const Length& length : lengths_[index]) {
            const Clip& clip = *length.clip;
            const Time end = length.duration ? clip.start + *length.duration
                                             : max(clip.start, resolved_.duration);
            placed.push_back({&clip, clip.start, end});
        }
        std::stable_sort(placed.begin(), placed.end(),
                         [](const auto& a, const auto& b) { return a.start < b.start; });
        REELPOOL_TRY_STATUS(check_overlaps(comp_, index, placed, Clips::all));
        const Track& track = comp_.tracks[index];
        if (!track.is_muted) REELPOOL_TRY_STATUS(finish_sound(index, placed));
        if (track.is_hidden) return ok();
        ResolvedTrack resolved;
        resolved.track = &track;
        resolved.index = static_cast<std::uint32_t>(index);
        for (const PlacedClip& place : placed) {
            if (!(place.start < place.end)) continue;
            REELPOOL_TRY(clip, finish_clip(index, place));
            if (clip) resolved.clips.push_back(std::move(*clip));
        }
        resolved_.tracks.push_back(std::move(resolved));
        return ok();
    }

    /// What of the track may be heard.
    Status finish_sound(std::size_t index, std::vector<PlacedClip> placed) {
        std::erase_if(placed, [](const PlacedClip& place) { return !(place.start < place.end); });
        for (std::size_t i = 0; i < placed.size(); ++i) {
            const Clip& clip = *placed[i].clip;
            if (clip.is_mute || !may_be_heard(clip)) continue;
            REELPOOL_TRY(timed, timed_clip(index, placed[i]));
            SoundClip sound;
            // A sample later than a frame: both swap with what plays at the same time.
            sound.mirror = timed.mirror + Rational(1) / comp_.fps;
            sound.clip = std::move(timed);
            sound.track = static_cast<std::uint32_t>(index);
            if (i > 0) sound.cross_in = max(placed[i - 1].end - placed[i].start, Time(0));
            if (i + 1 < placed.size())
                sound.cross_out = max(placed[i].end - placed[i + 1].start, Time(0));
            REELPOOL_TRY_STATUS(check_channels(index, clip));
            resolved_.sound.push_back(std::move(sound));
        }
        return ok();
    }

    /// Tracks with effects, and those that turn others down.
    void find_buses() {
        std::set<std::uint32_t> buses;
        const auto add_keys = [&](const std::vector<ProjectEffect>& effects) {
            for (const ProjectEffect& effect : effects)
                if (effect.sound.kind == SoundEffectKind::duck) buses.insert(effect.sound.key);
        };
        for (std::uint32_t index = 0; index < comp_.tracks.size(); ++index) {
            const Track& track = comp_.tracks[index];
            if (!track.is_muted && !track.effects.empty()) buses.insert(index);
            add_keys(track.effects);
            for (const Clip& clip : track.clips) add_keys(clip.sound.effects);
        }
        resolved_.buses.assign(buses.begin(), buses.end());
    }

    bool may_be_heard(const Clip& clip) const {
        switch (clip.kind) {
            case SourceKind::media:
                return all_.media[clip.source]->sound.has_value();
            case SourceKind::comp:
                return !all_.comps[clip.source].sound.empty();
            case SourceKind::solid:
            case SourceKind::adjustment:
                break;
        }
        return false;
    }

    Status check_channels(std::size_t track, const Clip& clip) const {
        std::uint32_t channels = channel_count(all_.project.comps[all_.project.main].sound.layout);
        if (clip.kind == SourceKind::media) {
            const SoundInfo& sound = *all_.media[clip.source]->sound;
            channels = sound.channels;
            if (clip.sound.channels.empty() && sound.layout_mask == 0 && channels > 2)
                return unexpected(clip_error(
                    comp_, track, clip,
                    "its file does not say which speakers its " + std::to_string(channels) +
                        " channels are for",
                    "pick with \"channels\", such as [1, 2] for the first two as stereo"));
        }
        for (const std::uint8_t channel : clip.sound.channels)
            if (channel > channels)
                return unexpected(clip_error(comp_, track, clip,
                                             "\"channels\" names channel " +
                                                 std::to_string(channel) + ", its source has " +
                                                 std::to_string(channels),
                                             "channels are counted from 1; 0 is silence"));
        return ok();
    }

    SourceShape shape_of_clip(const Clip& clip) const {
        switch (clip.kind) {
            case SourceKind::media:
                return all_.media[clip.source]->shape;
            case SourceKind::comp:
                return shape_of(all_.comps[clip.source].canvas);
            case SourceKind::solid:
            case SourceKind::adjustment:
                break;
        }
        return clip.size ? shape_of(Extent{(*clip.size)[0], (*clip.size)[1]})
                         : shape_of(resolved_.canvas);
    }

    /// A clip with its times filled in.
    Result<ResolvedClip> timed_clip(std::size_t track, const PlacedClip& place) const {
        const Clip& clip = *place.clip;
        ResolvedClip resolved;
        resolved.clip = &clip;
        resolved.start = place.start;
        resolved.end = place.end;
        resolved.duration = place.end - place.start;
        resolved.speed = CurveIntegral(clip.speed);
        const Rational first = resolved.start * comp_.fps;
        const Rational last = resolved.end * comp_.fps;
        if (!resolved.duration.is_valid() || !first.is_valid() || !last.is_valid())
            return unexpected(clip_error(comp_, track, clip, "its times cannot be held exactly",
                                         "use fewer decimals"));
        resolved.mirror = Rational(first.to_integer(Rounding::ceil)) +
                          Rational(last.to_integer(Rounding::ceil)) - Rational(1);
        resolved.mirror = resolved.mirror / comp_.fps - resolved.start * Rational(2);
        return resolved;
    }

    /// Nothing when there is nothing to show.
    Result<std::optional<ResolvedClip>> finish_clip(std::size_t track, const PlacedClip& place) {
        const Clip& clip = *place.clip;
        if (clip.kind == SourceKind::media && !all_.media[clip.source]->has_picture)
            return std::optional<ResolvedClip>();
        REELPOOL_TRY(resolved, timed_clip(track, place));
        resolved.shape = shape_of_clip(clip);
        const auto rect = cropped_rect(resolved.shape, clip.crop);
        if (!rect) {
            all_.warnings.push_back(
                {.code = "crop",
                 .message = clip_path(comp_, track, clip) + ": its crop leaves nothing to show"});
            return std::optional<ResolvedClip>();
        }
        resolved.rect = *rect;
        resolved.fit = clip.fit.value_or(clip.kind == SourceKind::media ? Fit::contain : Fit::none);
        const Transform& transform = clip.transform;
        const bool moves = transform.anchor.has_keys() || transform.scale.has_keys() ||
                           transform.rotation.has_keys() ||
                           (transform.position && transform.position->has_keys());
        if (!moves) resolved.fixed_matrix = resolved.matrix(Time(0), resolved_.canvas);
        return std::optional(std::move(resolved));
    }

    /// Layers that a clip draws, its matte's included.
    std::uint64_t layers_of(const ResolvedClip& clip, MatteLayers& mattes) const {
        std::uint64_t layers = 1;
        if (clip.clip->kind == SourceKind::comp)
            layers += all_.comps[clip.clip->source].most_layers;
        if (clip.clip->matte) layers += 1 + layers_of_matte(clip.clip->matte->track_index, mattes);
        return std::min(saturated, layers);
    }

    /// Layers that a track draws at most when it is a matte. Goes no deeper than max_matte_depth.
    std::uint64_t layers_of_matte(std::uint32_t index, MatteLayers& mattes) const {
        if (const auto known = mattes.find(index); known != mattes.end()) return known->second;
        std::uint64_t most = 0;
        std::uint64_t at_once = 1;
        for (const ResolvedTrack& track : resolved_.tracks) {
            if (track.index != index) continue;
            for (const ResolvedClip& clip : track.clips) {
                most = std::max(most, layers_of(clip, mattes));
                if (clip.clip->transition) at_once = 2;
            }
        }
        return mattes[index] = std::min(saturated, at_once * most);
    }

    /// How many layers are on screen at once, at most: a sweep over starts and ends.
    void count_layers() {
        struct Event {
            Time time;
            bool begins;
            std::uint64_t layers;
        };
        std::vector<Event> events;
        MatteLayers mattes;
        for (const ResolvedTrack& track : resolved_.tracks) {
            for (const ResolvedClip& clip : track.clips) {
                ++resolved_.clips_inside;
                if (clip.clip->kind == SourceKind::comp) {
                    const ResolvedComp& inner = all_.comps[clip.clip->source];
                    resolved_.depth = std::max(resolved_.depth, inner.depth + 1);
                    resolved_.clips_inside =
                        std::min(saturated, resolved_.clips_inside + inner.clips_inside);
                }
                // Drawn only by those that it is the matte of.
                if (track.track->is_matte) continue;
                const std::uint64_t layers = layers_of(clip, mattes);
                events.push_back({clip.start, true, layers});
                events.push_back({clip.end, false, layers});
            }
        }
        std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
            return a.time == b.time ? a.begins < b.begins : a.time < b.time;
        });
        std::uint64_t active = 0;
        for (const Event& event : events) {
            // The sum stays exact: one comp has at most 8 million clips of at most 10^6 layers.
            active = event.begins ? active + event.layers : active - event.layers;
            resolved_.most_layers = std::max(resolved_.most_layers, active);
        }
    }

    ResolvedProject& all_;
    const Comp& comp_;
    ResolvedComp& resolved_;
    std::vector<std::vector<Length>> lengths_;  ///< by track
    std::optional<Time> latest_end_;
};

Status resolve_range(ResolvedProject& all) {
    const auto refuse = [](std::string what, std::string hint) {
        return unexpected({.code = ErrorCode::usage,
                           .component = Component::planner,
                           .subject = {},
                           .what = std::move(what),
                           .cause = {},
                           .hint = std::move(hint)});
    };
    const Rational& fps = all.output.fps;
    if (all.output.width == 0 || all.output.height == 0 || all.output.width > max_picture_side ||
        all.output.height > max_picture_side)
        return refuse("the output size must lie in 1..16384", "");
    if (!fps.is_valid() || fps <= Rational(0) || fps > Rational(1000))
        return refuse("the output's frame rate must be above 0 and at most 1000", "");
    all.begin = 0;
    all.end = all.main().duration;
    if (all.output.range) {
        const auto& [begin, end] = *all.output.range;
        if (!begin.is_valid() || !end.is_valid() || begin < Time(0) || end < begin)
            return refuse("the range does not run forward from 0 or later", "");
        if (begin >= all.end)
            return refuse("the range begins at " + seconds_text(begin) +
                              ", but the main comp lasts " + seconds_text(all.end),
                          "use an earlier range");
        all.begin = begin;
        all.end = min(end, all.end);
    }
    const Rational frames = (all.end - all.begin) * fps;
    if (!frames.is_valid() || frames > Rational(std::numeric_limits<std::int32_t>::max()))
        return refuse("the output would have more than 2^31 frames", "use a shorter --range");
    all.frame_count = static_cast<std::uint32_t>(frames.to_integer(Rounding::ceil));
    const Rational rate(std::int64_t{all.project.comps[all.project.main].sound.rate_hz});
    const Rational origin = all.begin * rate;
    all.sound_origin = origin.is_valid()
                           ? origin.to_integer(Rounding::nearest)
                           : static_cast<std::int64_t>(all.begin.to_double() * rate.to_double());
    return ok();
}

}  // namespace

Result<std::shared_ptr<ResolvedProject>> resolve_project(
    Project project, const std::vector<std::optional<MediaFacts>>& facts,
    const OutputGeometry& output) {
    const auto all = std::make_shared<ResolvedProject>();
    all->project = std::move(project);
    all->output = output;
    all->inside_out = comps_inside_out(all->project);
    all->media.resize(all->project.media.size());
    all->comps.resize(all->project.comps.size());
    REELPOOL_CHECK(facts.size() == all->media.size());
    Tables tables;
    for (const std::uint32_t index : media_in_use(all->project)) {
        REELPOOL_CHECK(facts[index].has_value());
        REELPOOL_TRY(medium, resolve_medium(all->project.media[index], *facts[index], tables));
        all->media[index] = std::move(medium);
    }
    for (const std::uint32_t index : all->inside_out)
        REELPOOL_TRY_STATUS(CompResolver(*all, index).run());
    const Comp& main = all->project.comps[all->project.main];
    if (all->main().most_layers > max_layers_per_frame)
        return unexpected(
            project_error(main.position, member_path("comps", main.name),
                          "up to " + std::to_string(all->main().most_layers) +
                              " layers are on screen at once, nested comps expanded; at most " +
                              std::to_string(max_layers_per_frame) + " can be"));
    REELPOOL_TRY_STATUS(resolve_range(*all));
    return all;
}

}  // namespace reelpool::model
