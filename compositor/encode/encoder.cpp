#include "compositor/encode/encoder.hpp"

#include <array>
#include <cstdio>

#include "compositor/encode/picture_frame.hpp"

extern "C" {
#include <libavutil/cpu.h>
}

namespace reelpool::compositor {
namespace {

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string preset_or(const OutputSettings& settings, const char* fallback) {
    return settings.preset.empty() ? fallback : settings.preset;
}

/// crf or bitrate, whichever the settings ask for.
void set_rate(AVCodecContext& context, Dictionary& options, const OutputSettings& settings,
              int default_crf) {
    if (settings.bitrate != 0) {
        context.bit_rate = static_cast<std::int64_t>(settings.bitrate);
        return;
    }
    context.bit_rate = 0;
    options.set("crf", std::to_string(settings.crf < 0 ? default_crf : settings.crf));
}

/// x264 164's macroblock tree takes eight columns at a time with AVX-512 and does not mask the last
/// step, so that rows of another length depend on what lies behind them, and two runs differ.
bool reads_unwritten_memory(const AVCodecContext& context) {
    const int macroblock_columns = (context.width + 15) / 16;
    return macroblock_columns % 8 != 0 && (av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0;
}

void set_h264(AVCodecContext& context, Dictionary& options, const OutputSettings& settings) {
    options.set("preset", preset_or(settings, "medium"));
    // stitchable: headers must not depend on the pictures, since every segment has its own encoder.
    std::string parameters = "stitchable=1";
    if (reads_unwritten_memory(context)) parameters += ":asm=avx2,fma3,bmi2,lzcnt";
    options.set("x264-params", parameters);
    set_rate(context, options, settings, 20);
}

void set_hevc(AVCodecContext& context, Dictionary& options, const OutputSettings& settings) {
    options.set("preset", preset_or(settings, "medium"));
    // x265 sizes its pool by the machine unless told, and reports its version in the stream.
    const std::string threads = number(settings.encoder_threads);
    std::string parameters = "log-level=none:info=0:open-gop=0:pools=" + threads +
                             ":frame-threads=" + threads +
                             ":keyint=" + number(settings.keyframe_interval);
    if (settings.mastering_display)
        parameters += ":master-display=" + to_text(*settings.mastering_display);
    if (settings.content_light) parameters += ":max-cll=" + to_text(*settings.content_light);
    options.set("x265-params", parameters);
    set_rate(context, options, settings, 22);
}

/// SVT-AV1 takes x, y and cd/m2 as decimals.
std::string svt_text(const MasteringDisplay& display) {
    const auto pair = [](const std::array<std::uint32_t, 2>& values, double unit) {
        std::array<char, 64> text{};
        std::snprintf(text.data(), text.size(), "(%.5f,%.5f)", values[0] / unit, values[1] / unit);
        return std::string(text.data());
    };
    return "G" + pair(display.green, 50000) + "B" + pair(display.blue, 50000) + "R" +
           pair(display.red, 50000) + "WP" + pair(display.white, 50000) + "L" +
           pair({display.max_luminance, display.min_luminance}, 10000);
}

void set_av1(AVCodecContext& context, Dictionary& options, const OutputSettings& settings) {
    options.set("preset", preset_or(settings, "8"));
    // irefresh-type 2: closed groups of pictures.
    std::string parameters = "scd=0:irefresh-type=2:lp=" + number(settings.encoder_threads);
    if (settings.mastering_display)
        parameters += ":mastering-display=" + svt_text(*settings.mastering_display);
    if (settings.content_light) parameters += ":content-light=" + to_text(*settings.content_light);
    options.set("svtav1-params", parameters);
    set_rate(context, options, settings, 30);
}

void set_vp9(AVCodecContext& context, Dictionary& options, const OutputSettings& settings) {
    options.set("cpu-used", preset_or(settings, "4"));
    options.set("deadline", "good");
    options.set("row-mt", "1");
    options.set("tile-columns", "2");
    options.set("lag-in-frames", "25");
    options.set("auto-alt-ref", "1");
    set_rate(context, options, settings, 30);
}

void set_prores(Dictionary& options, const OutputSettings& settings) {
    const bool is_422 = settings.format.format.chroma_shift_x == 1;
    options.set("profile", is_422 ? preset_or(settings, "hq") : "4444");
    options.set("vendor", "apl0");
}

void set_dnxhr(Dictionary& options, const OutputSettings& settings) {
    const PixelFormat& format = settings.format.format;
    if (format.bit_depth == 8) return options.set("profile", "dnxhr_" + preset_or(settings, "hq"));
    options.set("profile", format.chroma_shift_x == 1 ? "dnxhr_hqx" : "dnxhr_444");
}

void set_ffv1(AVCodecContext& context, Dictionary& options, const OutputSettings& settings) {
    context.level = 3;
    context.gop_size = 1;
    context.slices = settings.encoder_threads <= 4 ? 4 : 16;
    options.set("slicecrc", "1");
}

void set_codec(AVCodecContext& context, Dictionary& options, const OutputSettings& settings) {
    switch (settings.codec) {
        case Codec::h264:
            return set_h264(context, options, settings);
        case Codec::hevc:
            return set_hevc(context, options, settings);
        case Codec::av1:
            return set_av1(context, options, settings);
        case Codec::vp9:
            return set_vp9(context, options, settings);
        case Codec::prores:
            return set_prores(options, settings);
        case Codec::dnxhr:
            return set_dnxhr(options, settings);
        case Codec::ffv1:
            return set_ffv1(context, options, settings);
        case Codec::png:
            return options.set("pred", "mixed");
        case Codec::qtrle:
            return;
        case Codec::jpeg:
            // The finest of the scale that quality is told by: 1 is no better and much larger.
            context.flags |= AV_CODEC_FLAG_QSCALE;
            context.flags &= ~AV_CODEC_FLAG_CLOSED_GOP;  // which it refuses, having none
            context.global_quality = 2 * FF_QP2LAMBDA;
            return;
        case Codec::webp:
            options.set("lossless", settings.format.format.model == ColorModel::rgb ? "1" : "0");
            return options.set("quality", "90");
    }
}

bool has_global_header(Container container) {
    return container != Container::mxf && container != Container::png_sequence;
}

void set_common(AVCodecContext& context, const OutputSettings& settings,
                AVPixelFormat pixel_format) {
    const ColorDescription& color = settings.format.color;
    context.width = static_cast<int>(settings.format.width);
    context.height = static_cast<int>(settings.format.height);
    context.pix_fmt = pixel_format;
    context.sample_aspect_ratio = {1, 1};
    context.framerate = {static_cast<int>(settings.frame_rate.num()),
                         static_cast<int>(settings.frame_rate.den())};
    context.time_base = av_inv_q(context.framerate);
    context.color_range = static_cast<AVColorRange>(color.range);
    context.colorspace = static_cast<AVColorSpace>(color.matrix);
    context.color_primaries = static_cast<AVColorPrimaries>(color.primaries);
    context.color_trc = static_cast<AVColorTransferCharacteristic>(color.transfer);
    context.chroma_sample_location = static_cast<AVChromaLocation>(color.siting);
    context.gop_size = static_cast<int>(settings.keyframe_interval);
    context.thread_count = static_cast<int>(settings.encoder_threads);
    context.flags |= AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_BITEXACT;
    if (has_global_header(settings.container)) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
}

}  // namespace

const char* encoder_library_name(Codec codec) {
    switch (codec) {
        case Codec::h264:
            return "libx264";
        case Codec::hevc:
            return "libx265";
        case Codec::av1:
            return "libsvtav1";
        case Codec::vp9:
            return "libvpx-vp9";
        case Codec::prores:
            return "prores_ks";
        case Codec::dnxhr:
            return "dnxhd";
        case Codec::ffv1:
            return "ffv1";
        case Codec::png:
            return "png";
        case Codec::qtrle:
            return "qtrle";
        case Codec::jpeg:
            return "mjpeg";
        case Codec::webp:
            return "libwebp";
    }
    return "";
}

Result<Encoder> Encoder::open(const OutputSettings& settings) {
    const char* name = encoder_library_name(settings.codec);
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (codec == nullptr) {
        Error error = encoder_error(std::string("this FFmpeg has no encoder ") + name,
                                    AVERROR_ENCODER_NOT_FOUND);
        error.hint = "install an FFmpeg that has it, or choose another --codec";
        return unexpected(std::move(error));
    }
    REELPOOL_TRY(pixel_format, encoder_pixel_format(settings.format.format, settings.codec));
    CodecContextPtr context(avcodec_alloc_context3(codec));
    if (!context) return unexpected(encoder_error("cannot make an encoder", AVERROR(ENOMEM)));
    set_common(*context, settings, pixel_format);
    Dictionary options;
    set_codec(*context, options, settings);
    if (const int result = avcodec_open2(context.get(), codec, options.get()); result < 0)
        return unexpected(
            encoder_error(std::string("the encoder ") + name + " refuses the settings", result));
    if (const char* key = options.first_key())
        return unexpected(internal_error(Component::encoder,
                                         std::string(name) + " does not know the option " + key));
    return Encoder(std::move(context), settings.format, settings.codec);
}

Encoder::Encoder(CodecContextPtr context, OutputFormat format, Codec codec)
    : context_(std::move(context)), format_(format), codec_(codec) {}

Encoder::~Encoder() {
    // SVT-AV1 1.4 never returns from closing an encoder that has not seen its end of stream.
    if (context_ && codec_ == Codec::av1) drain_quietly();
}

void Encoder::drain_quietly() {
    if (state_ == State::empty) {
        auto frame = black_frame(format_, codec_);
        if (!frame) return;
        (*frame)->pts = 0;
        static_cast<void>(avcodec_send_frame(context_.get(), frame->get()));
        state_ = State::fed;
    }
    const PacketPtr packet(av_packet_alloc());
    if (!packet) return;
    while (state_ != State::ended) {
        if (state_ == State::fed) static_cast<void>(flush());
        if (avcodec_receive_packet(context_.get(), packet.get()) < 0) return;
        av_packet_unref(packet.get());
    }
}

Status Encoder::send(const AVFrame& frame) {
    if (const int result = avcodec_send_frame(context_.get(), &frame); result < 0)
        return unexpected(encoder_error("encoding failed", result));
    state_ = State::fed;
    return ok();
}

Status Encoder::flush() {
    state_ = State::flushed;
    if (const int result = avcodec_send_frame(context_.get(), nullptr); result < 0)
        return unexpected(encoder_error("encoding failed at the end", result));
    return ok();
}

Result<Encoder::Received> Encoder::receive(AVPacket& packet) {
    const int result = avcodec_receive_packet(context_.get(), &packet);
    if (result >= 0) return Received::packet;
    if (result == AVERROR(EAGAIN)) return Received::needs_input;
    if (result != AVERROR_EOF) return unexpected(encoder_error("encoding failed", result));
    state_ = State::ended;
    return Received::end;
}

std::span<const std::uint8_t> Encoder::extradata() const {
    return {context_->extradata, static_cast<std::size_t>(context_->extradata_size)};
}

}  // namespace reelpool::compositor
