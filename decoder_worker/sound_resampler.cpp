#include "decoder_worker/sound_resampler.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "ipc/av/errors.hpp"
#include "ipc/frame/sound_block.hpp"

namespace reelpool::worker {
namespace {

/// libswresample's own default.
constexpr std::int64_t filter_taps = 32;

Unexpected failed(int error) {
    return unexpected(
        av::av_error(ErrorCode::decode, Component::shared_decoder, "resampling failed", error));
}

/// a / b for b > 0, rounded down.
std::int64_t floor_of(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

}  // namespace

Result<SoundResampler> SoundResampler::create(int in_hz, int out_hz, std::uint32_t channels) {
    SoundResampler made;
    made.channels_ = channels;
    // Channels are not mixed here, so any layout will do, the same on both sides.
    AVChannelLayout layout{};
    layout.order = AV_CHANNEL_ORDER_NATIVE;
    layout.nb_channels = static_cast<int>(channels);
    layout.u.mask = channels == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << channels) - 1;
    SwrContext* context = nullptr;
    int error = swr_alloc_set_opts2(&context, &layout, AV_SAMPLE_FMT_FLTP, out_hz, &layout,
                                    AV_SAMPLE_FMT_FLTP, in_hz, 0, nullptr);
    made.context_.reset(context);
    if (error >= 0) error = swr_init(context);
    if (error < 0) return failed(error);
    const int common = std::gcd(in_hz, out_hz);
    made.in_step_ = in_hz / common;
    made.out_step_ = out_hz / common;
    // Filters are as much longer as the output is slower.
    made.reach_ = filter_taps * std::max(1, (in_hz + out_hz - 1) / out_hz) * 2;
    return made;
}

std::int64_t SoundResampler::start_before(std::int64_t in) const {
    return floor_of(in, in_step_) * in_step_;
}

std::int64_t SoundResampler::in_of(std::int64_t out) const {
    return floor_of(out, out_step_) * in_step_ +
           (out - floor_of(out, out_step_) * out_step_) * in_step_ / out_step_;
}

Status SoundResampler::restart() {
    swr_close(context_.get());
    if (const int error = swr_init(context_.get()); error < 0) return failed(error);
    return ok();
}

Status SoundResampler::convert(const PlanarSamples& in, PlanarSamples& out) {
    const int given = static_cast<int>(in.front().size());
    const int room = swr_get_out_samples(context_.get(), given);
    if (room < 0) return failed(room);
    out.resize(channels_);
    std::array<const std::uint8_t*, max_sound_channels> from{};
    std::array<std::uint8_t*, max_sound_channels> to{};
    for (std::size_t c = 0; c < channels_; ++c) {
        out[c].resize(static_cast<std::size_t>(room));
        from[c] = reinterpret_cast<const std::uint8_t*>(in[c].data());
        to[c] = reinterpret_cast<std::uint8_t*>(out[c].data());
    }
    const int got = swr_convert(context_.get(), to.data(), room, from.data(), given);
    if (got < 0) return failed(got);
    for (std::vector<float>& channel : out) channel.resize(static_cast<std::size_t>(got));
    return ok();
}

}  // namespace reelpool::worker
