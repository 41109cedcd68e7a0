#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {
namespace {

constexpr std::uint32_t deep_nesting = 5;

/// The first and the last local time at which a clip is shown on a grid of frames at `fps`.
struct ShownTimes {
    Time first;
    Time last;
};

std::optional<ShownTimes> shown_times(const ResolvedClip& clip, const Time& begin, const Time& end,
                                      const Rational& fps) {
    const Time from = max(clip.start, begin);
    const Time to = min(clip.end, end);
    if (!(from < to)) return std::nullopt;
    const Rational first = (from - begin) * fps;
    const Rational last = (to - begin) * fps;
    if (!first.is_valid() || !last.is_valid()) return std::nullopt;
    const Time first_time = begin + Rational(first.to_integer(Rounding::ceil)) / fps;
    const Time last_time = begin + (Rational(last.to_integer(Rounding::ceil)) - Rational(1)) / fps;
    if (!first_time.is_valid() || !last_time.is_valid() || last_time < first_time)
        return std::nullopt;
    return ShownTimes{first_time - clip.start, last_time - clip.start};
}

class WarningFinder {
  public:
    explicit WarningFinder(const ResolvedProject& all) : all_(all) {}

    std::vector<TimelineWarning> run() {
        if (all_.main().depth > deep_nesting)
            add("nesting", "comps are nested " + std::to_string(all_.main().depth) + " deep");
        for (auto comp = all_.inside_out.rbegin(); comp != all_.inside_out.rend(); ++comp) {
            look_at_comp(*comp);
            look_at_sound(*comp);
        }
        return std::move(warnings_);
    }

  private:
    void add(std::string code, std::string message) {
        warnings_.push_back({std::move(code), std::move(message)});
    }

    void look_at_comp(std::uint32_t index) {
        const Comp& comp = all_.project.comps[index];
        look_at_fps(member_path("comps", comp.name), comp.fps);
        for (const ResolvedTrack& track : all_.comps[index].tracks) {
            for (const ResolvedClip& clip : track.clips) {
                if (clip.clip->kind != SourceKind::media) continue;
                const std::string path = clip_path(comp, track.index, *clip.clip);
                const ResolvedMedium& medium = *all_.media[clip.clip->source];
                if (medium.has_deaf_sound && !track.track->is_muted && !clip.clip->is_mute &&
                    deaf_.insert(clip.clip->source).second)
                    add("no-sound", path + ": the sound of its medium cannot be decoded");
                look_at_medium(clip.clip->source, medium);
                look_at_times(index, clip, medium, path);
            }
        }
    }

    void look_at_sound(std::uint32_t index) {
        const Rational fastest(static_cast<std::int64_t>(max_sound_speed));
        for (const SoundClip& sound : all_.comps[index].sound) {
            const Clip& clip = *sound.clip.clip;
            if (clip.speed.has_keys() || clip.remap) {
                look_at_moving_speed(index, sound);
                continue;
            }
            const Rational& speed = clip.speed.constant;
            if (speed.is_zero() || (speed <= fastest && speed >= Rational(1) / fastest)) continue;
            add("sound-speed", clip_path(all_.project.comps[index], sound.track, clip) +
                                   " is silent: sound is heard at speeds from 1/16 to 16");
        }
    }

    /// In short pieces between the keys. Where time stands still nobody expects sound.
    void look_at_moving_speed(std::uint32_t index, const SoundClip& sound) {
        constexpr double frozen = 1e-6;
        constexpr double rounding = 1e-4;
        constexpr std::int64_t pieces = 32;
        const ResolvedClip& clip = sound.clip;
        const ExactCurve& curve = clip.clip->remap ? *clip.clip->remap : clip.clip->speed;
        std::vector<Time> cuts{Time(0)};
        for (const ExactKey& key : curve.keys)
            if (key.time > Time(0) && key.time < clip.duration) cuts.push_back(key.time);
        cuts.push_back(clip.duration);
        std::optional<double> first;
        double last = 0;
        for (std::size_t i = 1; i < cuts.size(); ++i) {
            const Time whole = cuts[i] - cuts[i - 1];
            const double length = whole.to_double() / pieces;
            Time before = clip.source_time(cuts[i - 1]);
            for (std::int64_t piece = 1; piece <= pieces; ++piece) {
                const Time local = cuts[i - 1] + whole * Rational(piece, pieces);
                if (!local.is_valid()) continue;
                const Time after = clip.source_time(local);
                const double speed = std::abs((after - before).to_double()) / length;
                const double end = local.to_double();
                before = after;
                if (speed < frozen || (speed <= max_sound_speed * (1 + rounding) &&
                                       speed >= (1 - rounding) / max_sound_speed))
                    continue;
                if (!first) first = end - length;
                last = end;
            }
        }
        if (!first) return;
        const auto text = [&](double local) {
            const double time = std::max(0.0, clip.start.to_double() + local);
            return seconds_text(Rational(static_cast<std::int64_t>(time * 100 + 0.5), 100));
        };
        add("sound-speed", clip_path(all_.project.comps[index], sound.track, *clip.clip) +
                               " is silent in places from " + text(*first) + " to " + text(last) +
                               ": sound is heard at speeds from 1/16 to 16");
    }

    void look_at_fps(const std::string& path, const Rational& fps) {
        struct Usual {
            Rational written;
            Rational meant;
            const char* text;
        };
        const std::array<Usual, 7> usual{{{{23976, 1000}, {24000, 1001}, "24000/1001"},
                                          {{2398, 100}, {24000, 1001}, "24000/1001"},
                                          {{2997, 100}, {30000, 1001}, "30000/1001"},
                                          {{47952, 1000}, {48000, 1001}, "48000/1001"},
                                          {{4795, 100}, {48000, 1001}, "48000/1001"},
                                          {{5994, 100}, {60000, 1001}, "60000/1001"},
                                          {{11988, 100}, {120000, 1001}, "120000/1001"}}};
        for (const Usual& rate : usual)
            if (fps == rate.written)
                add("fps", path + ".fps is exactly " + fps.to_text() + "; \"" + rate.text +
                               "\" is probably meant");
    }

    void look_at_medium(std::uint32_t index, const ResolvedMedium& medium) {
        if (all_.project.media[index].deinterlace != Deinterlace::off) return;
        if (!medium.is_interlaced || !interlaced_.insert(index).second) return;
        add("interlaced", medium_path(all_.project.media[index]) +
                              " is interlaced; its frames are shown as they are "
                              "(\"deinterlace\": \"bob\" shows each field)");
    }

    void look_at_times(std::uint32_t comp_index, const ResolvedClip& clip,
                       const ResolvedMedium& medium, const std::string& path) {
        const std::optional<Time> duration = medium.duration();
        if (!duration) return;
        const bool is_main = comp_index == all_.project.main;
        const auto shown = is_main ? shown_times(clip, all_.begin, all_.end, all_.output.fps)
                                   : shown_times(clip, Time(0), all_.comps[comp_index].duration,
                                                 all_.project.comps[comp_index].fps);
        if (!shown) return;
        Time low = clip.source_time(shown->first);
        Time high = low;
        const auto include = [&](const Time& local) {
            const Time t = clip.source_time(local);
            low = min(low, t);
            high = max(high, t);
        };
        include(shown->last);
        if (clip.clip->remap)
            for (const ExactKey& key : clip.clip->remap->keys)
                if (key.time > shown->first && key.time < shown->last) include(key.time);
        if (low < Time(0))
            add("before-start", path + " shows its medium before its beginning, from " +
                                    seconds_text(low) + "; the first frame is held");
        if (high >= *duration)
            add("past-end", path + " shows its medium past its end, up to " + seconds_text(high) +
                                " of " + seconds_text(*duration) + "; the last frame is held");
    }

    const ResolvedProject& all_;
    std::vector<TimelineWarning> warnings_;
    std::set<std::uint32_t> interlaced_;
    std::set<std::uint32_t> deaf_;
};

}  // namespace

std::vector<TimelineWarning> find_warnings(const ResolvedProject& project) {
    return WarningFinder(project).run();
}

}  // namespace reelpool::model
