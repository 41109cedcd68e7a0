#include "compositor/sound/effect_chain.hpp"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <bit>
#include <cstdio>
#include <string>

#include "compositor/sound/effect_filters.hpp"
#include "ipc/av/errors.hpp"
#include "ipc/av/handles.hpp"

namespace reelpool::compositor {
namespace {

/// Samples that the filters get at a time.
constexpr std::size_t step_samples = 4096;

Unexpected failed(const std::string& what, int averror) {
    return unexpected(av::av_error(ErrorCode::render, Component::compositor, what, averror));
}

/// A frame of samples [from, from + count) of rows.
Result<av::Frame> frame_of(const EffectChain::Rows& rows, std::size_t from, std::size_t count,
                           std::uint32_t rate_hz, std::uint64_t mask, std::int64_t pts) {
    av::Frame frame(av_frame_alloc());
    if (!frame) return failed("cannot make a frame of sound", AVERROR(ENOMEM));
    frame->nb_samples = static_cast<int>(count);
    frame->format = AV_SAMPLE_FMT_FLTP;
    frame->sample_rate = static_cast<int>(rate_hz);
    frame->pts = pts;
    av_channel_layout_from_mask(&frame->ch_layout, mask);
    if (const int result = av_frame_get_buffer(frame.get(), 0); result < 0)
        return failed("cannot make a frame of sound", result);
    for (std::size_t c = 0; c < rows.size(); ++c)
        std::copy_n(rows[c].begin() + static_cast<std::ptrdiff_t>(from), count,
                    reinterpret_cast<float*>(frame->extended_data[c]));
    return frame;
}

}  // namespace

struct EffectChain::State {
    AVFilterGraph* graph = avfilter_graph_alloc();
    AVFilterContext* source = nullptr;
    AVFilterContext* sink = nullptr;
    std::vector<AVFilterContext*> keys;
    std::uint32_t rate_hz = 0;
    std::uint64_t mask = 0;
    std::uint64_t key_mask = 0;
    std::int64_t fed = 0;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { avfilter_graph_free(&graph); }

    Result<AVFilterContext*> add(const std::string& name, const std::string& options) const {
        const AVFilter* const filter = avfilter_get_by_name(name.c_str());
        if (filter == nullptr)
            return failed("this build of libavfilter has no filter " + name,
                          AVERROR_FILTER_NOT_FOUND);
        AVFilterContext* context = nullptr;
        const int result = avfilter_graph_create_filter(&context, filter, nullptr, options.c_str(),
                                                        nullptr, graph);
        if (result < 0) return failed("the filter " + name + " refuses " + options, result);
        return context;
    }

    Result<AVFilterContext*> add_source(std::uint64_t layout) const {
        char options[128];
        std::snprintf(options, sizeof options,
                      "sample_fmt=fltp:sample_rate=%u:time_base=1/%u:channel_layout=0x%llx",
                      rate_hz, rate_hz, static_cast<unsigned long long>(layout));
        return add("abuffer", options);
    }

    static Status link(AVFilterContext* from, AVFilterContext* to, unsigned pad) {
        const int result = avfilter_link(from, 0, to, pad);
        return result < 0 ? Status(failed("filters cannot be linked", result)) : ok();
    }

    /// Everything that has come out.
    Status pull(Rows& out) const {
        while (true) {
            const av::Frame frame(av_frame_alloc());
            if (!frame) return failed("cannot make a frame of sound", AVERROR(ENOMEM));
            const int result = av_buffersink_get_frame(sink, frame.get());
            if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return ok();
            if (result < 0) return failed("the effects on sound failed", result);
            for (std::size_t c = 0; c < out.size(); ++c) {
                const auto* const samples = reinterpret_cast<const float*>(frame->extended_data[c]);
                out[c].insert(out[c].end(), samples, samples + frame->nb_samples);
            }
        }
    }
};

EffectChain::EffectChain(std::unique_ptr<State> state) : state_(std::move(state)) {}
EffectChain::EffectChain(EffectChain&&) noexcept = default;
EffectChain::~EffectChain() = default;

Result<EffectChain> EffectChain::create(const std::vector<SoundEffect>& effects,
                                        std::uint32_t rate_hz, std::uint64_t layout_mask,
                                        std::uint64_t key_mask) {
    auto state = std::make_unique<State>();
    if (state->graph == nullptr) return failed("cannot make filters", AVERROR(ENOMEM));
    state->graph->nb_threads = 1;
    state->rate_hz = rate_hz;
    state->mask = layout_mask;
    state->key_mask = key_mask;
    REELPOOL_TRY(source, state->add_source(layout_mask));
    state->source = source;
    AVFilterContext* last = source;
    std::vector<std::pair<AVFilterContext*, Rows>> impulses;
    for (const SoundEffect& effect : effects) {
        for (const EffectFilter& filter : filters_of(effect, rate_hz)) {
            REELPOOL_TRY(context, state->add(filter.name, filter.options));
            REELPOOL_TRY_STATUS(State::link(last, context, 0));
            last = context;
            if (filter.second == EffectFilter::Second::none) continue;
            const bool is_key = filter.second == EffectFilter::Second::key;
            REELPOOL_TRY(second, state->add_source(is_key ? key_mask : layout_mask));
            REELPOOL_TRY_STATUS(State::link(second, context, 1));
            if (is_key)
                state->keys.push_back(second);
            else
                impulses.emplace_back(
                    second, reverb_impulse(effect, rate_hz,
                                           static_cast<std::uint32_t>(std::popcount(layout_mask))));
        }
    }
    REELPOOL_TRY(format, state->add("aformat", "sample_fmts=fltp"));
    REELPOOL_TRY_STATUS(State::link(last, format, 0));
    REELPOOL_TRY(sink, state->add("abuffersink", ""));
    REELPOOL_TRY_STATUS(State::link(format, sink, 0));
    state->sink = sink;
    if (const int result = avfilter_graph_config(state->graph, nullptr); result < 0)
        return failed("the effects on sound cannot be linked", result);
    for (const auto& [input, impulse] : impulses) {
        REELPOOL_TRY(frame, frame_of(impulse, 0, impulse.front().size(), rate_hz, layout_mask, 0));
        int result = av_buffersrc_add_frame_flags(input, frame.get(), AV_BUFFERSRC_FLAG_PUSH);
        if (result >= 0) result = av_buffersrc_add_frame_flags(input, nullptr, 0);
        if (result < 0) return failed("a reverb does not take its impulse", result);
    }
    return EffectChain(std::move(state));
}

Status EffectChain::push(const Rows& samples, std::span<const Rows> keys, Rows& out) {
    State& s = *state_;
    const std::size_t count = samples.front().size();
    for (std::size_t at = 0; at < count; at += step_samples) {
        const std::size_t step = std::min(step_samples, count - at);
        for (std::size_t k = 0; k < s.keys.size(); ++k) {
            REELPOOL_TRY(frame, frame_of(keys[k], at, step, s.rate_hz, s.key_mask, s.fed));
            const int result = av_buffersrc_add_frame_flags(s.keys[k], frame.get(), 0);
            if (result < 0) return failed("the effects on sound failed", result);
        }
        REELPOOL_TRY(frame, frame_of(samples, at, step, s.rate_hz, s.mask, s.fed));
        const int result = av_buffersrc_add_frame_flags(s.source, frame.get(), 0);
        if (result < 0) return failed("the effects on sound failed", result);
        s.fed += static_cast<std::int64_t>(step);
        REELPOOL_TRY_STATUS(s.pull(out));
    }
    return ok();
}

Status EffectChain::finish(Rows& out) {
    State& s = *state_;
    std::vector<AVFilterContext*> inputs = s.keys;
    inputs.push_back(s.source);
    for (AVFilterContext* const input : inputs)
        if (const int result = av_buffersrc_add_frame_flags(input, nullptr, 0); result < 0)
            return failed("the effects on sound failed", result);
    return s.pull(out);
}

}  // namespace reelpool::compositor
