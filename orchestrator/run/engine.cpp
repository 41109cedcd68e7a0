#include "orchestrator/run/engine.hpp"

#include <algorithm>

#include "orchestrator/plan/clip_planner.hpp"
#include "orchestrator/plan/memory_tally.hpp"
#include "orchestrator/plan/shared_planner.hpp"

namespace reelpool::run {
namespace {

constexpr std::uint32_t most_ring_slots = 12;
constexpr std::uint32_t least_ring_slots = 4;

/// Auto's rule.
constexpr std::uint32_t few_files = 3;
constexpr std::uint32_t some_files = 8;
constexpr std::uint32_t some_nested_clips = 5;
constexpr double much_more = 1.3;

/// Output pictures between compositor and encoder.
constexpr std::uint64_t pictures_in_flight = 10;
/// Memory is saved where it costs at most so much more decoding.
constexpr double hardly_more = 1.08;
/// What encoder and driver take beyond the usual is saved at the frames where that costs next to
/// nothing.
constexpr std::uint64_t usual_besides_bytes = std::uint64_t{350} << 20;
constexpr double next_to_nothing = 1.02;
/// Planning is repeated only where it takes a moment.
constexpr std::uint32_t most_frames_planned_again = 100'000;

std::string count(std::uint64_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

plan::Wants wants_by_file(const model::Timeline& timeline) {
    return {timeline.frame_count(), [&timeline](std::uint32_t n) {
                return keys_by_file(timeline.resolve(OutputIndex{n}));
            }};
}

Engine make_shared(const EngineInput& input, const EngineOptions& options,
                   std::uint64_t frames_bytes) {
    Engine engine;
    engine.kind = EngineKind::v2;
    engine.frames_bytes = frames_bytes;
    engine.sources = input.media;
    for (const plan::MediaSource& source : engine.sources) engine.file_of.push_back(source.id);
    engine.keys_of = keys_by_file;
    engine.planner = std::make_unique<plan::SharedPlanner>(
        engine.sources, wants_by_file(input.timeline),
        plan::SharedOptions{.cache_bytes = frames_bytes,
                            .frames_per_second = options.frames_per_second,
                            .cores = options.cores,
                            .disk_bytes = options.disk_bytes});
    return engine;
}

Engine make_per_clip(const EngineInput& input, const EngineOptions& options,
                     std::uint32_t ring_slots) {
    Engine engine;
    engine.kind = EngineKind::v1;
    engine.frames_bytes = options.cache_bytes;
    std::vector<plan::Lifetime> lifetimes;
    for (const Appearance& appearance : input.survey.appearances) {
        const auto id = static_cast<std::uint32_t>(engine.sources.size());
        engine.sources.push_back(input.media[appearance.media.value]);
        engine.sources.back().id = MediaId{id};
        engine.file_of.push_back(appearance.media);
        lifetimes.push_back(appearance.lifetime);
    }
    engine.keys_of = [&survey = input.survey](const model::ResolvedFrame& frame) {
        return keys_by_appearance(frame, survey);
    };
    const model::Timeline& timeline = input.timeline;
    engine.planner = std::make_unique<plan::ClipPlanner>(
        engine.sources,
        plan::Wants{timeline.frame_count(),
                    [&timeline, &survey = input.survey](std::uint32_t n) {
                        return keys_by_appearance(timeline.resolve(OutputIndex{n}), survey);
                    }},
        lifetimes, plan::ClipOptions{.ring_slots = ring_slots, .cores = options.cores});
    return engine;
}

/// Plans to the end, or until `goes_on` says no: then it tells nothing.
template <class GoesOn>
std::optional<Prediction> planned_while(const Engine& engine, GoesOn goes_on) {
    plan::MemoryTally memory(engine.sources);
    while (engine.planner->has_next()) {
        for (const plan::Command& command : engine.planner->next().commands) memory.take(command);
        if (!goes_on()) return std::nullopt;
    }
    Prediction prediction;
    prediction.decoders_peak_bytes = memory.decoders_peak_bytes();
    prediction.peak_bytes = memory.peak_bytes();
    prediction.statistics = engine.planner->statistics();
    for (const plan::MediaSource& source : engine.sources) {
        const plan::MediaStatistics of = engine.planner->statistics(source.id);
        prediction.frames_decoded += of.frames_decoded;
        prediction.seeks += of.seeks;
    }
    return prediction;
}

Prediction planned_to_the_end(const Engine& engine) {
    return *planned_while(engine, [] { return true; });
}

/// Nothing where the cache holds so few frames that a search decides what is kept: that takes long,
/// and leaves nothing to others anyway.
std::optional<Prediction> planned_unless_searched(const Engine& engine) {
    return planned_while(engine,
                         [&] { return engine.planner->statistics().outputs_searched == 0; });
}

/// Frames that an export would decode with so much for frames, or nothing where that is too little.
std::optional<double> decoded_with(const EngineInput& input, const EngineOptions& options,
                                   std::uint64_t bytes) {
    if (bytes < 2 * input.survey.cache_bytes) return std::nullopt;
    return static_cast<double>(
        planned_to_the_end(make_shared(input, options, bytes)).frames_decoded);
}

/// What frames may take.
struct FramesShare {
    std::uint64_t bytes = 0;
    double frames_decoded = 0;
    std::uint64_t peak_bytes = 0;  ///< of rings and decoders with all of the cache for frames
};

/// One size for all: decoders and pictures in flight take their part of the cache's size, where
/// frames can do with the rest without much more decoding. Else frames have all of it.
FramesShare beside_decoders(const EngineInput& input, const EngineOptions& options,
                            const Prediction& with_all) {
    const std::uint64_t all = options.cache_bytes;
    const auto decoded = static_cast<double>(with_all.frames_decoded);
    const FramesShare whole{all, decoded, with_all.peak_bytes};
    const std::uint64_t in_flight = pictures_in_flight * options.output_picture_bytes;
    const std::uint64_t others = with_all.decoders_peak_bytes + in_flight;
    if (with_all.peak_bytes + in_flight <= all || others >= all) return whole;
    const std::uint64_t rest = all - others;
    constexpr std::uint64_t steps = 4;
    for (std::uint64_t step = 0; step < steps; ++step) {
        const std::uint64_t bytes = rest + (all - rest) / steps * step;
        const auto with_less = decoded_with(input, options, bytes);
        if (with_less && *with_less <= hardly_more * decoded)
            return {bytes, *with_less, with_all.peak_bytes};
    }
    return whole;
}

std::uint64_t frames_bytes_for(const EngineInput& input, const EngineOptions& options) {
    const std::uint64_t all = options.cache_bytes;
    if (input.timeline.frame_count() > most_frames_planned_again) return all;
    const auto with_all = planned_unless_searched(make_shared(input, options, all));
    if (!with_all) return all;
    const FramesShare share = beside_decoders(input, options, *with_all);
    const std::uint64_t more = options.besides_bytes > usual_besides_bytes
                                   ? options.besides_bytes - usual_besides_bytes
                                   : 0;
    const bool fits = share.peak_bytes + more <= all;
    if (fits || more == 0 || more >= share.bytes) return share.bytes;
    const auto with_less = decoded_with(input, options, share.bytes - more);
    const bool is_cheap = with_less && *with_less <= next_to_nothing * share.frames_decoded;
    return is_cheap ? share.bytes - more : share.bytes;
}

Error rings_too_large(std::uint64_t needed, std::uint64_t cache_bytes) {
    const auto megabytes = [](std::uint64_t bytes) {
        return std::to_string((bytes + (1 << 20) - 1) >> 20) + "MB";
    };
    return {.code = ErrorCode::limit,
            .component = Component::frame_cache,
            .subject = "--engine v1",
            .what = "the clips' rings need " + megabytes(needed) + " at once, --cache-size is " +
                    megabytes(cache_bytes),
            .cause = {},
            .hint = "use --engine v2, or --cache-size " + megabytes(needed)};
}

/// The largest rings that fit the cache at every moment.
Result<std::uint32_t> ring_slots_for(const EngineInput& input, const EngineOptions& options) {
    std::uint64_t needed = 0;
    for (std::uint32_t slots = most_ring_slots; slots >= least_ring_slots; slots -= 2) {
        needed = planned_to_the_end(make_per_clip(input, options, slots)).statistics.peak_bytes;
        if (needed <= options.cache_bytes) return slots;
    }
    return unexpected(rings_too_large(needed, options.cache_bytes));
}

}  // namespace

const char* engine_name(EngineKind kind) {
    return kind == EngineKind::v1 ? "v1" : "v2";
}

Result<Engine> make_engine(EngineKind kind, const EngineInput& input,
                           const EngineOptions& options) {
    if (kind == EngineKind::v2)
        return make_shared(input, options, frames_bytes_for(input, options));
    REELPOOL_TRY(slots, ring_slots_for(input, options));
    return make_per_clip(input, options, slots);
}

Result<Prediction> predict(EngineKind kind, const EngineInput& input,
                           const EngineOptions& options) {
    REELPOOL_TRY(engine, make_engine(kind, input, options));
    return planned_to_the_end(engine);
}

EngineDecision decide_engine(EngineChoice choice, const EngineInput& input,
                             const EngineOptions& options) {
    if (choice == EngineChoice::v1) return {EngineKind::v1, "chosen with --engine v1", {}, {}};
    if (choice == EngineChoice::v2) return {EngineKind::v2, "chosen with --engine v2", {}, {}};
    const std::uint32_t files = input.survey.files_used;
    const std::uint32_t nested = input.timeline.nested_clip_count();
    const std::string facts = count(files, "file") + ", " + count(nested, "nested clip");
    if (options.disk_bytes > 0)
        return {EngineKind::v2, facts + ", but the disk cache is v2's", {}, {}};
    const bool is_simple = (files <= few_files && input.timeline.nesting_depth() == 0) ||
                           (files <= some_files && nested <= some_nested_clips);
    if (!is_simple) return {EngineKind::v2, facts, {}, {}};
    EngineDecision decision{EngineKind::v1, facts, {}, {}};
    auto v1 = predict(EngineKind::v1, input, options);
    if (!v1) {
        decision.kind = EngineKind::v2;
        decision.reason = facts + ", but v1's rings would exceed the cache";
        return decision;
    }
    decision.v1 = std::move(*v1);
    auto v2 = predict(EngineKind::v2, input, options);
    REELPOOL_CHECK(v2.has_value());
    decision.v2 = std::move(*v2);
    const auto decoded_v1 = static_cast<double>(decision.v1->frames_decoded);
    const auto decoded_v2 = static_cast<double>(decision.v2->frames_decoded);
    if (decoded_v1 > much_more * decoded_v2) {
        decision.kind = EngineKind::v2;
        decision.reason = facts + ", but v1 would decode " +
                          std::to_string(decision.v1->frames_decoded) +
                          " frames where v2 decodes " + std::to_string(decision.v2->frames_decoded);
    }
    return decision;
}

}  // namespace reelpool::run
