#include <algorithm>
#include <cmath>

#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {
namespace {

constexpr std::int64_t ticks_per_second = 705'600'000;

/// The nearest tick: for times whose exact value does not fit any more.
Time rounded(double seconds) {
    const double ticks = std::floor(seconds * double{ticks_per_second} + 0.5);
    return Rational(static_cast<std::int64_t>(std::clamp(ticks, -9e18, 9e18)), ticks_per_second);
}

Time exact_source_time(const ResolvedClip& resolved, const Time& local) {
    const Clip& clip = *resolved.clip;
    if (clip.remap) return clip.remap->at(local);
    Time forward = local;
    if (clip.is_reversed) {
        forward = resolved.mirror - local;
        if (!forward.is_valid()) return forward;
        forward = max(forward, Time(0));
    }
    return clip.in + resolved.speed.at(forward);
}

}  // namespace

std::optional<Time> ResolvedMedium::duration() const {
    if (!has_picture) {
        const Time end = sound->first_sample + sound->duration;
        return sound->duration > Time(0) && end > Time(0) ? std::optional(end) : std::nullopt;
    }
    if (is_still) return std::nullopt;
    if (is_sequence) return Rational(table->frame_count()) / sequence_fps;
    return table->duration();
}

FrameIndex ResolvedMedium::frame_at(const Time& t) const {
    if (is_still) return FrameIndex{0};
    if (!is_sequence) return table->frame_at(t);
    const Rational exact = t * sequence_fps;
    const std::int64_t index =
        exact.is_valid()
            ? exact.to_integer(Rounding::floor)
            : rounded(t.to_double() * sequence_fps.to_double()).to_integer(Rounding::floor);
    return FrameIndex{static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(index, 0, std::int64_t{table->frame_count()} - 1))};
}

Time ResolvedClip::source_time(const Time& local) const {
    const Time exact = exact_source_time(*this, local);
    if (exact.is_valid()) return exact;
    const Time near = exact_source_time(*this, rounded(local.to_double()));
    if (near.is_valid()) return near;
    return rounded(clip->in.to_double());
}

double ResolvedClip::opacity(const Time& local) const {
    double value = clip->opacity.at(local)[0];
    if (clip->fade_in > Time(0))
        value *= std::min(1.0, local.to_double() / clip->fade_in.to_double());
    if (clip->fade_out > Time(0)) {
        const Time exact = duration - local;
        const double left =
            exact.is_valid() ? exact.to_double() : duration.to_double() - local.to_double();
        value *= std::min(1.0, left / clip->fade_out.to_double());
    }
    return std::clamp(value, 0.0, 1.0);
}

Matrix ResolvedClip::matrix(const Time& local, Extent comp) const {
    if (fixed_matrix) return *fixed_matrix;
    const Transform& transform = clip->transform;
    return clip_matrix(shape, clip->crop, fit, comp,
                       {.anchor = transform.anchor.at(local),
                        .position = transform.position ? transform.position->at(local)
                                                       : Value{comp.width / 2, comp.height / 2},
                        .scale = transform.scale.at(local),
                        .rotation_degrees = transform.rotation.at(local)[0]});
}

const ResolvedClip* ResolvedTrack::clip_at(const Time& t) const {
    const auto next = std::partition_point(clips.begin(), clips.end(),
                                           [&](const ResolvedClip& c) { return c.start <= t; });
    if (next == clips.begin()) return nullptr;
    const ResolvedClip& clip = *(next - 1);
    return t < clip.end ? &clip : nullptr;
}

const ResolvedClip* ResolvedTrack::clip_before(const ResolvedClip& clip, const Time& t) const {
    if (&clip == clips.data()) return nullptr;
    const ResolvedClip& before = *(&clip - 1);
    return t < before.end ? &before : nullptr;
}

Time ResolvedProject::output_time(std::uint32_t frame) const {
    const Time exact = begin + Rational(std::int64_t{frame}) / output.fps;
    return exact.is_valid() ? exact : rounded(begin.to_double() + frame / output.fps.to_double());
}

}  // namespace reelpool::model
