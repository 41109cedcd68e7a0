#include "orchestrator/model/timeline.hpp"

#include <algorithm>
#include <limits>

#include "orchestrator/model/resolved_project.hpp"
#include "orchestrator/model/sound_walk.hpp"

namespace reelpool::model {

Timeline::Timeline(std::shared_ptr<const ResolvedProject> resolved)
    : resolved_(std::move(resolved)),
      spans_{{0, 0, resolved_->frame_count}},
      frame_count_(resolved_->frame_count) {}

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
    return frame_count_;
}

Timeline Timeline::only(const std::vector<FrameSpan>& spans) const {
    Timeline part(resolved_);
    part.spans_.clear();
    part.frame_count_ = 0;
    for (const FrameSpan& span : spans) {
        REELPOOL_CHECK(span.first.value <= resolved_->frame_count &&
                       span.count <= resolved_->frame_count - span.first.value);
        if (span.count > 0)
            part.spans_.push_back({part.frame_count_, span.first.value, span.count});
        part.frame_count_ += span.count;
    }
    return part;
}

OutputIndex Timeline::number_in_whole(OutputIndex index) const {
    REELPOOL_CHECK(index.value < frame_count_);
    const auto after =
        std::upper_bound(spans_.begin(), spans_.end(), index.value,
                         [](std::uint32_t value, const Span& span) { return value < span.index; });
    const Span& span = *(after - 1);
    return OutputIndex{span.first + (index.value - span.index)};
}

std::optional<OutputIndex> Timeline::index_of(OutputIndex number_in_whole) const {
    const std::uint32_t number = number_in_whole.value;
    const auto after =
        std::upper_bound(spans_.begin(), spans_.end(), number,
                         [](std::uint32_t value, const Span& span) { return value < span.first; });
    if (after == spans_.begin()) return std::nullopt;
    const Span& span = *(after - 1);
    if (number - span.first >= span.count) return std::nullopt;
    return OutputIndex{span.index + (number - span.first)};
}

DrawList Timeline::frame(OutputIndex index) const {
    return resolve_frame(*resolved_, number_in_whole(index)).list;
}

ResolvedFrame Timeline::resolve(OutputIndex index) const {
    return resolve_frame(*resolved_, number_in_whole(index));
}

bool Timeline::has_sound() const {
    return !resolved_->main().sound.empty();
}

const CompSound& Timeline::sound() const {
    return resolved_->project.comps[resolved_->project.main].sound;
}

std::uint64_t Timeline::sound_samples() const {
    const Rational exact = Rational(std::int64_t{resolved_->frame_count}) *
                           Rational(std::int64_t{sound().rate_hz}) / resolved_->output.fps;
    return static_cast<std::uint64_t>(exact.to_integer(Rounding::nearest));
}

SoundMix Timeline::sound_mix(std::uint32_t chunk) const {
    const std::uint64_t first = std::uint64_t{chunk} * sound_chunk_samples;
    const std::uint64_t all = sound_samples();
    REELPOOL_CHECK(first < all);
    return walk_sound(*resolved_, resolved_->sound_origin, first,
                      static_cast<std::uint32_t>(
                          std::min<std::uint64_t>(sound_chunk_samples, all - first)));
}

SoundChunk blocks_of(const SoundMix& mix, std::uint32_t rate_hz) {
    SoundChunk chunk{.chunk = mix.chunk, .blocks = {}};
    constexpr std::int64_t length = sound_block_samples;
    for (const SoundVoice& voice : mix.voices) {
        for (const SoundRun& run : voice.runs) {
            const SoundReach reach = reach_of(run, rate_hz);
            const std::int64_t last =
                std::min<std::int64_t>((reach.end - 1) / length, max_sound_blocks - 1);
            for (std::int64_t block = std::max<std::int64_t>(0, reach.begin) / length;
                 reach.end > 0 && block <= last; ++block)
                chunk.blocks.push_back({voice.media, static_cast<std::uint32_t>(block)});
        }
    }
    std::sort(chunk.blocks.begin(), chunk.blocks.end());
    chunk.blocks.erase(std::unique(chunk.blocks.begin(), chunk.blocks.end()), chunk.blocks.end());
    return chunk;
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
