#include "decoder_worker/planar_samples.hpp"

extern "C" {
#include <libavutil/samplefmt.h>
}

#include <cstddef>
#include <cstdint>

namespace reelpool::worker {
namespace {

float to_float(std::uint8_t sample) {
    return static_cast<float>(sample - 0x80) * (1.0F / (1U << 7));
}
float to_float(std::int16_t sample) {
    return static_cast<float>(sample) * (1.0F / (1U << 15));
}
float to_float(std::int32_t sample) {
    return static_cast<float>(sample) * (1.0F / (1U << 31));
}
float to_float(std::int64_t sample) {
    return static_cast<float>(sample) * (1.0F / static_cast<float>(std::uint64_t{1} << 63));
}
float to_float(float sample) {
    return sample;
}
float to_float(double sample) {
    return static_cast<float>(sample);
}

template <class Sample>
void convert(const AVFrame& frame, PlanarSamples& samples) {
    const std::size_t channels = samples.size();
    const bool is_planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
    const std::size_t stride = is_planar ? 1 : channels;
    for (std::size_t c = 0; c < channels; ++c) {
        const auto* from = reinterpret_cast<const Sample*>(frame.extended_data[is_planar ? c : 0]) +
                           (is_planar ? 0 : c);
        std::vector<float>& to = samples[c];
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = to_float(from[i * stride]);
    }
}

}  // namespace

bool to_planar_float(const AVFrame& frame, PlanarSamples& samples) {
    if (frame.ch_layout.nb_channels < 1 || frame.nb_samples < 0) return false;
    samples.resize(static_cast<std::size_t>(frame.ch_layout.nb_channels));
    for (std::vector<float>& channel : samples)
        channel.resize(static_cast<std::size_t>(frame.nb_samples));
    switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
        case AV_SAMPLE_FMT_U8:
            convert<std::uint8_t>(frame, samples);
            return true;
        case AV_SAMPLE_FMT_S16:
            convert<std::int16_t>(frame, samples);
            return true;
        case AV_SAMPLE_FMT_S32:
            convert<std::int32_t>(frame, samples);
            return true;
        case AV_SAMPLE_FMT_S64:
            convert<std::int64_t>(frame, samples);
            return true;
        case AV_SAMPLE_FMT_FLT:
            convert<float>(frame, samples);
            return true;
        case AV_SAMPLE_FMT_DBL:
            convert<double>(frame, samples);
            return true;
        case AV_SAMPLE_FMT_NONE:
        case AV_SAMPLE_FMT_U8P:
        case AV_SAMPLE_FMT_S16P:
        case AV_SAMPLE_FMT_S32P:
        case AV_SAMPLE_FMT_FLTP:
        case AV_SAMPLE_FMT_DBLP:
        case AV_SAMPLE_FMT_S64P:
        case AV_SAMPLE_FMT_NB:
            break;
    }
    return false;
}

}  // namespace reelpool::worker
