#include "orchestrator/model/sound_walk.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "orchestrator/model/sound_chain.hpp"

namespace reelpool::model {
namespace {

constexpr std::int64_t ticks_per_second = 705'600'000;
/// A stretch of uneven speed is taken as pieces of even speed that are off by less than this.
constexpr double piece_tolerance_samples = 1.0 / 16;
constexpr std::int64_t shortest_piece = 32;
/// Stands for a clip in the key of a track's bus.
constexpr std::uint64_t track_bus = std::uint64_t{1} << 40;

Time rounded(double seconds) {
    const double ticks = std::floor(seconds * double{ticks_per_second} + 0.5);
    return Rational(static_cast<std::int64_t>(std::clamp(ticks, -9e18, 9e18)), ticks_per_second);
}

std::uint64_t key_of(std::uint64_t parent, std::uint64_t track, std::uint64_t clip) {
    std::uint64_t mixed = parent;
    for (const std::uint64_t part : {track + 1, clip + 1}) {
        mixed = (mixed ^ part) * 0x9e3779b97f4a7c15ULL;
        mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdULL;
        mixed ^= mixed >> 33;
    }
    return mixed;
}

/// Samples [begin, end) of the main comp, in which a comp's or a source's time runs evenly: sample
/// n covers the time from `time` + slope x (n - begin) / rate on.
struct Piece {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    Time time;
    Rational slope{1};
    double kept = 1;  ///< by how much sound is faster than its pitch says
};

class SoundWalk {
  public:
    SoundWalk(const ResolvedProject& project, std::int64_t origin)
        : all_(project),
          origin_(origin),
          rate_hz_(project.project.comps[project.project.main].sound.rate_hz),
          rate_(std::int64_t{rate_hz_}),
          layout_(project.project.comps[project.project.main].sound.layout) {}

    void run(std::int64_t begin, std::int64_t end, SoundMix& mix) {
        const Piece whole{.begin = begin, .end = end, .time = Rational(begin) / rate_};
        walk_comp(all_.project.main, whole, 0);
        mix.voices = std::move(voices_);
        mix.buses = std::move(buses_);
    }

  private:
    /// Time of sample `n` of a piece.
    [[nodiscard]] Time time_at(const Piece& piece, const Rational& n) const {
        const Time exact = piece.time + piece.slope * (n - Rational(piece.begin)) / rate_;
        if (exact.is_valid()) return exact;
        return rounded(piece.time.to_double() + piece.slope.to_double() *
                                                    (n.to_double() - double(piece.begin)) /
                                                    double(rate_hz_));
    }

    /// The part of a piece whose times lie in [start, end), edges rounded to the nearest sample.
    [[nodiscard]] std::optional<Piece> part(const Piece& piece, const Time& start,
                                            const Time& end) const {
        const bool forward = piece.slope > Rational(0);
        // Backwards, a sample covers the time that ends one sample later.
        const Time base = forward ? piece.time : piece.time - piece.slope / rate_;
        const auto sample_of = [&](const Time& time) {
            const Rational place = (time - base) * rate_ / piece.slope + Rational(piece.begin);
            return place.is_valid() ? place.to_integer(Rounding::nearest) : piece.begin;
        };
        Piece cut = piece;
        cut.begin = std::max(piece.begin, sample_of(forward ? start : end));
        cut.end = std::min(piece.end, sample_of(forward ? end : start));
        if (cut.begin >= cut.end) return std::nullopt;
        cut.time = time_at(piece, Rational(cut.begin));
        return cut;
    }

    /// While a comp's time stands still, what its effects still give goes on.
    void walk_still_comp(std::uint32_t index, const Piece& piece, std::uint64_t key) {
        if (piece.time >= Time(0) && piece.time < all_.comps[index].duration)
            (void)open_track_buses(index, piece, key);
    }

    void walk_comp(std::uint32_t index, const Piece& piece, std::uint64_t key) {
        const ResolvedComp& comp = all_.comps[index];
        const auto inside = part(piece, Time(0), comp.duration);
        if (!inside) return;
        const TrackBuses buses = open_track_buses(index, *inside, key);
        const Time one = time_at(*inside, Rational(inside->begin));
        const Time other = time_at(*inside, Rational(inside->end));
        const Time margin = abs(inside->slope) / rate_;
        // Too fine for a fraction of 126 bits: then every clip is looked at.
        const Time low = min(one, other) - margin;
        const Time high = max(one, other) + margin;
        const bool is_known = low.is_valid() && high.is_valid();
        for (const SoundClip& sound : comp.sound) {
            if (is_known && (sound.clip.start >= high || sound.clip.end <= low)) continue;
            if (const auto active = part(*inside, sound.clip.start, sound.clip.end))
                walk_clip(index, sound, *active, buses,
                          key_of(key, sound.track, sound.clip.clip->index));
        }
    }

    static Rational abs(const Rational& value) { return value < Rational(0) ? -value : value; }

    /// By track: the index of its bus.
    using TrackBuses = std::map<std::uint32_t, std::uint32_t>;

    /// The buses of a comp's tracks, whether anything plays there now or not: tails go on.
    TrackBuses open_track_buses(std::uint32_t index, const Piece& piece, std::uint64_t key) {
        const Comp& comp = all_.project.comps[index];
        TrackBuses opened;
        for (const std::uint32_t track : all_.comps[index].buses) {
            chain_.push_back({.sound = nullptr,
                              .track = &comp.tracks[track],
                              .first = piece.begin,
                              .begin = Time(0),
                              .slope = Rational(0)});
            opened[track] = open_bus(key_of(key, track, track_bus), piece,
                                     {channel_count(layout_), layout_mask(layout_)});
            chain_.pop_back();
        }
        for (const auto& [track, bus] : opened)
            set_effects(buses_[bus], comp.tracks[track].effects, opened);
        return opened;
    }

    static void set_effects(SoundBus& bus, const std::vector<ProjectEffect>& effects,
                            const TrackBuses& tracks) {
        if (!bus.effects.empty()) return;
        for (const ProjectEffect& effect : effects) {
            bus.effects.push_back(effect.sound);
            if (effect.sound.kind == SoundEffectKind::duck)
                bus.effects.back().key = tracks.at(effect.sound.key);
        }
    }

    /// The bus whose sound the present chain plays, in a piece of its time.
    std::uint32_t open_bus(std::uint64_t key, const Piece& piece, const SoundChannels& channels) {
        const ChainGain gain(chain_, channels, layout_, rate_hz_);
        const auto first = static_cast<std::uint64_t>(piece.begin - origin_);
        const auto [found, is_new] =
            bus_by_key_.try_emplace(key, static_cast<std::uint32_t>(buses_.size()));
        if (is_new)
            buses_.push_back({.key = key,
                              .parent = bus_,
                              .layout_mask = channels.mask,
                              .first = first,
                              .effects = {},
                              .routes = gain.routes(),
                              .points = {},
                              .gains = {}});
        SoundBus& bus = buses_[found->second];
        bus.count = static_cast<std::uint32_t>(
            first + static_cast<std::uint64_t>(piece.end - piece.begin) - bus.first);
        append_envelope(gain, piece, bus.points, bus.gains);
        return found->second;
    }

    /// What is walked inside goes to a bus.
    template <class Walk>
    void on_bus(std::uint32_t bus, SoundChain chain, Walk&& walk) {
        std::swap(chain_, chain);
        std::swap(bus_, bus);
        walk();
        std::swap(chain_, chain);
        std::swap(bus_, bus);
    }

    void append_envelope(const ChainGain& gain, const Piece& piece,
                         std::vector<std::uint64_t>& points, std::vector<double>& gains) const {
        std::vector<std::int64_t> samples;
        add_envelope(gain, piece.begin, piece.end, samples, gains);
        for (const std::int64_t sample : samples)
            points.push_back(static_cast<std::uint64_t>(sample - origin_));
    }

    /// What a clip's effects hear.
    SoundChannels shown_channels(const Clip& clip) const {
        const auto picked = static_cast<std::uint32_t>(clip.sound.channels.size());
        if (picked > 0) return {picked, layout_mask(usual_layout(picked))};
        if (clip.kind == SourceKind::media) return channels_of(*all_.media[clip.source]->sound);
        return {channel_count(layout_), layout_mask(layout_)};
    }

    void walk_clip(std::uint32_t index, const SoundClip& sound, const Piece& active,
                   const TrackBuses& buses, std::uint64_t key) {
        const Track& track = all_.project.comps[index].tracks[sound.track];
        const auto bus = buses.find(sound.track);
        if (bus == buses.end()) return walk_levels(sound, &track, active, buses, key);
        on_bus(bus->second, {}, [&] { walk_levels(sound, nullptr, active, buses, key); });
    }

    /// A clip on its way to its track's bus, or to where the track itself goes.
    void walk_levels(const SoundClip& sound, const Track* track, const Piece& active,
                     const TrackBuses& buses, std::uint64_t key) {
        const Clip& clip = *sound.clip.clip;
        Time local = active.time - sound.clip.start;
        if (!local.is_valid())
            local = rounded(active.time.to_double() - sound.clip.start.to_double());
        SoundLink link{.sound = &sound,
                       .track = track,
                       .first = active.begin,
                       .begin = local,
                       .slope = active.slope};
        if (clip.sound.effects.empty()) {
            chain_.push_back(link);
            walk_times(link, active, key);
            chain_.pop_back();
            return;
        }
        link.picks = false;
        chain_.push_back(link);
        const std::uint32_t bus = open_bus(key, active, shown_channels(clip));
        chain_.pop_back();
        set_effects(buses_[bus], clip.sound.effects, buses);
        link.track = nullptr;
        link.picks = true;
        link.levels = false;
        on_bus(bus, {link}, [&] { walk_times(link, active, key); });
    }

    void walk_times(const SoundLink& link, const Piece& active, std::uint64_t key) {
        const SoundClip& sound = *link.sound;
        const Clip& clip = *sound.clip.clip;
        if (clip.remap || clip.speed.has_keys())
            walk_uneven(sound, link, active, key);
        else
            walk_source(sound, even_piece(sound, link, active), key);
    }

    /// The source time of local time `local`, of which a sample covers `step` seconds.
    static Time source_time(const SoundClip& sound, const Time& local, const Time& step) {
        const Clip& clip = *sound.clip.clip;
        if (clip.remap) return sound.clip.clip->remap->at(local);
        Time forward = local;
        if (clip.is_reversed) {
            // On the frame grid `mirror` swaps frames; what they sound like swaps with them.
            forward = sound.mirror - local - step;
            if (!forward.is_valid()) return forward;
            forward = max(forward, Time(0));
        }
        return clip.in + sound.clip.speed.at(forward);
    }

    /// Of a clip of constant speed.
    Piece even_piece(const SoundClip& sound, const SoundLink& link, const Piece& active) const {
        const Clip& clip = *sound.clip.clip;
        const Rational& speed = clip.speed.constant;
        Piece inner = active;
        inner.slope = clip.is_reversed ? -(speed * active.slope) : speed * active.slope;
        if (clip.is_reversed) {
            const Time step = abs(active.slope) / rate_;
            inner.time = clip.in + speed * (sound.mirror - link.begin - step);
        } else {
            inner.time = clip.in + speed * link.begin;
        }
        if (clip.sound.pitch == Pitch::keep) inner.kept *= speed.to_double();
        if (!inner.time.is_valid() || !inner.slope.is_valid()) {
            inner.slope =
                rounded(active.slope.to_double() * speed.to_double() * (clip.is_reversed ? -1 : 1));
            inner.time = rounded(clip.in.to_double() +
                                 speed.to_double() * (clip.is_reversed ? sound.mirror.to_double() -
                                                                             link.begin.to_double()
                                                                       : link.begin.to_double()));
        }
        return inner;
    }

    void walk_source(const SoundClip& sound, const Piece& inner, std::uint64_t key) {
        const Clip& clip = *sound.clip.clip;
        if (clip.kind == SourceKind::comp && inner.slope.is_zero())
            walk_still_comp(clip.source, inner, key);
        else if (clip.kind == SourceKind::comp)
            walk_comp(clip.source, inner, key);
        else if (!inner.slope.is_zero())
            add_media(*all_.media[clip.source], inner, key);
    }

    /// Speed with keys, or remap: pieces of even speed, cut at the keys.
    void walk_uneven(const SoundClip& sound, const SoundLink& link, const Piece& active,
                     std::uint64_t key) {
        const Clip& clip = *sound.clip.clip;
        std::vector<std::int64_t> cuts{active.begin, active.end};
        const auto add_cut = [&](Time local) {
            if (clip.is_reversed && !clip.remap)
                local = sound.mirror - local - abs(link.slope) / rate_;
            const Rational place =
                (local - link.begin) * rate_ / link.slope + Rational(active.begin);
            if (!place.is_valid()) return;
            const std::int64_t sample = place.to_integer(Rounding::ceil);
            if (sample > active.begin && sample < active.end) cuts.push_back(sample);
        };
        const ExactCurve& curve = clip.remap ? *clip.remap : clip.speed;
        for (const ExactKey& at : curve.keys) add_cut(at.time);
        std::sort(cuts.begin(), cuts.end());
        cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
        for (std::size_t i = 1; i < cuts.size(); ++i)
            walk_bent(sound, link, active, cuts[i - 1], cuts[i], key);
    }

    /// Between two keys: halved until each half is straight enough.
    void walk_bent(const SoundClip& sound, const SoundLink& link, const Piece& active,
                   std::int64_t begin, std::int64_t end, std::uint64_t key) {
        const Time step = abs(link.slope) / rate_;
        const auto source_at = [&](const Rational& n) {
            const Time local =
                time_at({.begin = active.begin, .time = link.begin, .slope = link.slope}, n);
            const Time exact = source_time(sound, local, step);
            return exact.is_valid() ? rounded(exact.to_double()) : Time(0);
        };
        const std::int64_t last = end - 1;
        const Time first_time = source_at(Rational(begin));
        const Time last_time = source_at(Rational(last));
        if (end - begin > 2 * shortest_piece) {
            for (const std::int64_t quarter : {1, 2, 3}) {
                const std::int64_t n = begin + (last - begin) * quarter / 4;
                const double part_of = double(n - begin) / double(last - begin);
                const double straight =
                    first_time.to_double() + (last_time - first_time).to_double() * part_of;
                const double off =
                    (source_at(Rational(n)).to_double() - straight) * double(rate_hz_);
                if (std::abs(off) <= piece_tolerance_samples) continue;
                const std::int64_t middle = (begin + end) / 2;
                walk_bent(sound, link, active, begin, middle, key);
                walk_bent(sound, link, active, middle, end, key);
                return;
            }
        }
        Piece inner = active;
        inner.begin = begin;
        inner.end = end;
        inner.time = first_time;
        const Rational length = last > begin ? Rational(last - begin) : Rational(1, 2);
        const Time change =
            (last > begin ? last_time : source_at(Rational(begin) + length)) - first_time;
        inner.slope = change * rate_ / length;
        // What differs by the rounding of its ends only is the slope that was meant.
        const double near = std::clamp(inner.slope.to_double() * 1e6, -9e17, 9e17);
        const Rational simple(static_cast<std::int64_t>(std::floor(near + 0.5)), 1'000'000);
        if (std::abs((simple - inner.slope).to_double()) * double(end - begin) < 1e-3)
            inner.slope = simple;
        const double own = inner.slope.to_double() / active.slope.to_double();
        if (sound.clip.clip->sound.pitch == Pitch::keep) inner.kept *= std::abs(own);
        walk_source(sound, inner, key);
    }

    void add_media(const ResolvedMedium& medium, const Piece& piece, std::uint64_t key) {
        const double step = piece.slope.to_double();
        if (std::abs(step) < 1 / max_sound_speed || std::abs(step) > max_sound_speed) return;
        SoundRun run{.first = static_cast<std::uint64_t>(piece.begin - origin_),
                     .count = static_cast<std::uint32_t>(piece.end - piece.begin),
                     .step = step,
                     .pitch = piece.kept == 1 ? step : step / piece.kept};
        const Rational place = piece.time * rate_;
        const double near = piece.time.to_double() * double(rate_hz_);
        if (piece.slope == Rational(1) || piece.slope == Rational(-1)) {
            // The main comp's sample that is nearest to the source sample, halves upwards.
            const Rational half(1, 2);
            const Rational moved = step > 0 ? place - half : place + half;
            run.position = place.is_valid()
                               ? moved.to_integer(step > 0 ? Rounding::ceil : Rounding::floor)
                               : static_cast<std::int64_t>(std::floor(near + 0.5));
        } else if (place.is_valid()) {
            run.position = place.to_integer(Rounding::floor);
            run.fraction = (place - Rational(run.position)).to_double();
        } else {
            run.position = static_cast<std::int64_t>(std::floor(near));
            run.fraction = near - std::floor(near);
        }
        if (run.fraction >= 1) run.fraction = 0;
        add_run(medium, piece, key, run);
    }

    void add_run(const ResolvedMedium& medium, const Piece& piece, std::uint64_t key,
                 const SoundRun& run) {
        const ChainGain gain(chain_, channels_of(*medium.sound), layout_, rate_hz_);
        if (gain.routes().empty()) return;
        std::vector<std::uint64_t> points;
        std::vector<double> gains;
        append_envelope(gain, piece, points, gains);
        const bool is_silent =
            std::all_of(gains.begin(), gains.end(), [](double g) { return g == 0; });
        if (is_silent) return;
        SoundVoice& voice = voice_of(medium, key, gain.routes());
        voice.runs.push_back(run);
        voice.points.insert(voice.points.end(), points.begin(), points.end());
        voice.gains.insert(voice.gains.end(), gains.begin(), gains.end());
    }

    SoundVoice& voice_of(const ResolvedMedium& medium, std::uint64_t key,
                         const std::vector<SoundRoute>& routes) {
        const auto [found, is_new] = by_key_.try_emplace(key, voices_.size());
        if (is_new)
            voices_.push_back({.key = key,
                               .media = medium.source.media,
                               .channels = medium.sound->channels,
                               .runs = {},
                               .routes = routes,
                               .points = {},
                               .gains = {},
                               .bus = bus_});
        return voices_[found->second];
    }

    const ResolvedProject& all_;
    const std::int64_t origin_;
    const std::uint32_t rate_hz_;
    const Rational rate_;
    const SoundLayout layout_;
    SoundChain chain_;              ///< from the present bus inwards
    std::uint32_t bus_ = main_bus;  ///< to which it leads
    std::vector<SoundVoice> voices_;
    std::vector<SoundBus> buses_;
    std::map<std::uint64_t, std::size_t> by_key_;
    std::map<std::uint64_t, std::uint32_t> bus_by_key_;
};

}  // namespace

SoundMix walk_sound(const ResolvedProject& project, std::int64_t origin, std::uint64_t first,
                    std::uint32_t samples) {
    const std::int64_t begin = static_cast<std::int64_t>(first) + origin;
    SoundMix mix;
    mix.first = first;
    mix.samples = samples;
    mix.chunk = static_cast<std::uint32_t>(first / sound_chunk_samples);
    SoundWalk(project, origin).run(begin, begin + samples, mix);
    return mix;
}

}  // namespace reelpool::model
