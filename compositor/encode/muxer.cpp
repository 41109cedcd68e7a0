#include "compositor/encode/muxer.hpp"

#include <algorithm>
#include <array>
#include <limits>

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mastering_display_metadata.h>
}

#include "compositor/encode/file_io.hpp"
#include "compositor/encode/verify.hpp"

namespace reelpool::compositor {
namespace {

const char* muxer_name(Container container) {
    switch (container) {
        case Container::mp4:
            return "mp4";
        case Container::mov:
            return "mov";
        case Container::mkv:
            return "matroska";
        case Container::webm:
            return "webm";
        case Container::mxf:
            return "mxf";
        case Container::wav:
            return "wav";
        case Container::flac:
            return "flac";
        case Container::m4a:
            return "ipod";
        case Container::opus:
            return "opus";
        case Container::mp3:
            return "mp3";
        case Container::ogg:
            return "ogg";
        case Container::png_sequence:
            return "";
    }
    return "";
}

bool is_mov_family(Container container) {
    return container == Container::mp4 || container == Container::mov ||
           container == Container::m4a;
}

class Muxer final : public PacketSink {
  public:
    Muxer(const OutputSettings& settings, std::unique_ptr<PartFile> file,
          std::unique_ptr<FileIo> io, MuxContextPtr context)
        : settings_(settings),
          file_(std::move(file)),
          io_(std::move(io)),
          context_(std::move(context)) {}

    Status set_up(const Encoder* encoder, SoundTrack* sound);
    Status begin() override;
    Status write(AVPacket& packet) override;
    Result<std::uint64_t> finish(std::uint32_t frames) override;
    std::uint64_t bytes_written() const override { return io_->bytes_written(); }

  private:
    Status write_header();
    Status check(int result, const char* what) const;
    static int open_second_io(AVFormatContext* context, AVIOContext** io, const char* url,
                              int flags, AVDictionary** options);
    static int close_second_io(AVFormatContext* context, AVIOContext* io);

    Status add_pictures(const Encoder& encoder);
    Status add_hdr_metadata(AVStream& stream);
    Status add_sound();
    /// Writes the sound whose time is not after `until`.
    Status write_sound(AVRational time_base, std::int64_t until);
    Status trim(AVPacket& packet) const;
    Status put(AVPacket& packet, int stream, AVRational time_base);

    AVStream& stream() const { return *context_->streams[0]; }

    OutputSettings settings_;
    std::unique_ptr<PartFile> file_;
    std::unique_ptr<FileIo> io_;
    std::unique_ptr<FileIo> second_io_;  ///< for moving the index to the front
    MuxContextPtr context_;
    AVRational frame_duration_{};
    SoundTrack* sound_ = nullptr;
    PacketPtr next_sound_;  ///< read, but its time has not come
    bool sound_has_begun_ = false;
    bool has_header_ = false;
};

Status Muxer::set_up(const Encoder* encoder, SoundTrack* sound) {
    sound_ = sound;
    if (encoder != nullptr) REELPOOL_TRY_STATUS(add_pictures(*encoder));
    if (sound_ != nullptr) REELPOOL_TRY_STATUS(add_sound());
    context_->pb = io_->context();
    context_->opaque = this;
    context_->io_open = open_second_io;
    context_->io_close2 = close_second_io;
    context_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    for (const auto& [key, value] : settings_.metadata)
        av_dict_set(&context_->metadata, key.c_str(), value.c_str(), 0);
    return ok();
}

Status Muxer::add_pictures(const Encoder& encoder) {
    const AVCodecContext& codec = encoder.context();
    AVStream* stream = avformat_new_stream(context_.get(), nullptr);
    if (stream == nullptr) return check(AVERROR(ENOMEM), "cannot make a stream");
    REELPOOL_TRY_STATUS(check(avcodec_parameters_from_context(stream->codecpar, &codec),
                              "cannot describe the stream"));
    // Apple's players want headers outside the packets, which is what hvc1 says.
    if (settings_.codec == Codec::hevc && is_mov_family(settings_.container))
        stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
    frame_duration_ = codec.time_base;
    stream->time_base = codec.time_base;
    stream->avg_frame_rate = codec.framerate;
    stream->r_frame_rate = codec.framerate;
    stream->sample_aspect_ratio = {1, 1};
    return add_hdr_metadata(*stream);
}

/// What the container carries beside what the codec does.
Status Muxer::add_hdr_metadata(AVStream& stream) {
    const auto add = [&stream, this](AVPacketSideDataType type, auto* made) {
        auto* bytes = reinterpret_cast<std::uint8_t*>(made);
        const int result = av_stream_add_side_data(&stream, type, bytes, sizeof(*made));
        if (result < 0) av_free(made);
        return check(result, "cannot describe the stream");
    };
    if (settings_.mastering_display) {
        const MasteringDisplay& display = *settings_.mastering_display;
        AVMasteringDisplayMetadata* made = av_mastering_display_metadata_alloc();
        if (made == nullptr) return check(AVERROR(ENOMEM), "cannot describe the stream");
        const std::array colors{display.red, display.green, display.blue};
        for (std::size_t c = 0; c < 3; ++c)
            for (std::size_t i = 0; i < 2; ++i)
                made->display_primaries[c][i] = {static_cast<int>(colors[c][i]), 50000};
        for (std::size_t i = 0; i < 2; ++i)
            made->white_point[i] = {static_cast<int>(display.white[i]), 50000};
        made->max_luminance = {static_cast<int>(display.max_luminance), 10000};
        made->min_luminance = {static_cast<int>(display.min_luminance), 10000};
        made->has_primaries = made->has_luminance = 1;
        REELPOOL_TRY_STATUS(add(AV_PKT_DATA_MASTERING_DISPLAY_METADATA, made));
    }
    if (!settings_.content_light) return ok();
    std::size_t size = 0;
    AVContentLightMetadata* made = av_content_light_metadata_alloc(&size);
    if (made == nullptr) return check(AVERROR(ENOMEM), "cannot describe the stream");
    made->MaxCLL = settings_.content_light->brightest_pixel;
    made->MaxFALL = settings_.content_light->brightest_frame_average;
    return add(AV_PKT_DATA_CONTENT_LIGHT_LEVEL, made);
}

Status Muxer::add_sound() {
    AVStream* stream = avformat_new_stream(context_.get(), nullptr);
    if (stream == nullptr) return check(AVERROR(ENOMEM), "cannot make a stream");
    REELPOOL_TRY_STATUS(
        check(avcodec_parameters_from_context(stream->codecpar, &sound_->context()),
              "cannot describe the stream"));
    stream->time_base = sound_->context().time_base;
    // Opus and FLAC in mp4 are newer than the muxer's idea of it.
    if (is_mov_family(settings_.container))
        context_->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    // Priming lies before 0; pictures must not move because of it.
    if (settings_.container == Container::mkv || settings_.container == Container::webm)
        context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
    return ok();
}

/// Moving the index to the front reads the file while it is written: through a second FileIo.
int Muxer::open_second_io(AVFormatContext* context, AVIOContext** io, const char* /*url*/,
                          int flags, AVDictionary** /*options*/) {
    auto& self = *static_cast<Muxer*>(context->opaque);
    if (self.second_io_ || (flags & AVIO_FLAG_WRITE) != 0) return AVERROR(EACCES);
    auto opened = FileIo::open(self.file_->fd(), FileIo::Mode::read);
    if (!opened) return AVERROR(ENOMEM);
    self.second_io_ = std::move(opened).value();
    *io = self.second_io_->context();
    return 0;
}

int Muxer::close_second_io(AVFormatContext* context, AVIOContext* /*io*/) {
    static_cast<Muxer*>(context->opaque)->second_io_.reset();
    return 0;
}

Status Muxer::check(int result, const char* what) const {
    const int reason = io_->first_errno();
    if (reason != 0)
        return unexpected(file_error(file_->path(), "cannot write the output", reason));
    if (result >= 0 && io_->context()->error >= 0) return ok();
    return unexpected({.code = ErrorCode::output,
                       .component = Component::output,
                       .subject = file_->path(),
                       .what = what,
                       .cause = av_error_text(result < 0 ? result : io_->context()->error),
                       .hint = {}});
}

Status Muxer::write_header() {
    Dictionary options;
    if (is_mov_family(settings_.container)) options.set("movflags", "+faststart");
    if (settings_.container == Container::wav) options.set("rf64", "auto");
    REELPOOL_TRY_STATUS(check(avformat_write_header(context_.get(), options.get()),
                              "the container refuses the stream"));
    has_header_ = true;
    if (const char* key = options.first_key())
        return unexpected(internal_error(Component::output,
                                         std::string("the muxer does not know the option ") + key));
    if (frame_duration_.num == 0) return ok();
    // A frame must be a whole number of the track's ticks; Matroska's milliseconds cannot be.
    const AVRational ticks = av_div_q(frame_duration_, stream().time_base);
    if (is_mov_family(settings_.container) && ticks.den != 1)
        return unexpected(internal_error(Component::output, "the track's clock is not exact"));
    return ok();
}

Status Muxer::begin() {
    return has_header_ ? ok() : write_header();
}

Status Muxer::put(AVPacket& packet, int stream, AVRational time_base) {
    av_packet_rescale_ts(&packet, time_base,
                         context_->streams[static_cast<unsigned>(stream)]->time_base);
    packet.stream_index = stream;
    packet.pos = -1;
    return check(av_interleaved_write_frame(context_.get(), &packet), "cannot write the output");
}

Status Muxer::write(AVPacket& packet) {
    REELPOOL_TRY_STATUS(begin());
    if (sound_ != nullptr) REELPOOL_TRY_STATUS(write_sound(frame_duration_, packet.dts));
    return put(packet, 0, frame_duration_);
}

/// The last frame of a codec with frames of one length holds more than there is to hear.
Status Muxer::trim(AVPacket& packet) const {
    const SoundCodec codec = sound_->settings().codec;
    const bool is_full = codec == SoundCodec::aac || codec == SoundCodec::ac3 ||
                         codec == SoundCodec::mp3;
    const auto end = static_cast<std::int64_t>(sound_->settings().samples);
    const std::int64_t holds = is_full ? sound_->context().frame_size : packet.duration;
    const std::int64_t beyond = packet.pts + holds - end;
    if (beyond <= 0 || beyond >= holds) return ok();
    packet.duration = holds - beyond;
    const bool is_matroska =
        settings_.container == Container::mkv || settings_.container == Container::webm;
    if (!is_matroska ||
        av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, nullptr) != nullptr)
        return ok();
    // Matroska has a field for it, mp4 the duration and the edit list.
    constexpr std::size_t skip_bytes = 10;
    std::uint8_t* const skip =
        av_packet_new_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, skip_bytes);
    if (skip == nullptr) return check(AVERROR(ENOMEM), "cannot make a packet");
    std::fill_n(skip, skip_bytes, std::uint8_t{0});
    AV_WL32(skip + 4, static_cast<std::uint32_t>(beyond));
    return ok();
}

Status Muxer::write_sound(AVRational time_base, std::int64_t until) {
    const AVRational samples = sound_->context().time_base;
    if (!sound_has_begun_) {
        REELPOOL_TRY(first, sound_->next());
        next_sound_ = std::move(first);
        sound_has_begun_ = true;
    }
    // Matroska's demuxers take Opus' priming off its times; its muxer does not put it on.
    const bool is_matroska =
        settings_.container == Container::mkv || settings_.container == Container::webm;
    const std::int64_t late = is_matroska && sound_->settings().codec == SoundCodec::opus
                                  ? sound_->context().initial_padding
                                  : 0;
    while (next_sound_ && av_compare_ts(next_sound_->dts, samples, until, time_base) <= 0) {
        REELPOOL_TRY_STATUS(trim(*next_sound_));
        next_sound_->pts += late;
        next_sound_->dts += late;
        REELPOOL_TRY_STATUS(put(*next_sound_, static_cast<int>(context_->nb_streams) - 1, samples));
        REELPOOL_TRY(next, sound_->next());
        next_sound_ = std::move(next);
    }
    return ok();
}

Result<std::uint64_t> Muxer::finish(std::uint32_t frames) {
    REELPOOL_TRY_STATUS(begin());
    if (sound_ != nullptr)
        REELPOOL_TRY_STATUS(write_sound({1, 1}, std::numeric_limits<std::int32_t>::max()));
    REELPOOL_TRY_STATUS(check(av_write_trailer(context_.get()), "cannot complete the output"));
    avio_flush(io_->context());
    REELPOOL_TRY_STATUS(check(0, "cannot complete the output"));
    REELPOOL_TRY_STATUS(file_->sync());
    REELPOOL_TRY_STATUS(is_sound_only(settings_.container)
                            ? verify_sound_file(file_->fd(), settings_)
                            : verify_file(file_->fd(), settings_, frames));
    REELPOOL_TRY(bytes, file_->size_bytes());
    file_->keep();
    return bytes;
}

}  // namespace

Result<std::unique_ptr<PacketSink>> open_muxer(const OutputSettings& settings,
                                               const Encoder* encoder, SoundTrack* sound) {
    const char* name = muxer_name(settings.container);
    const AVOutputFormat* format = av_guess_format(name, nullptr, nullptr);
    if (format == nullptr)
        return unexpected(encoder_error(std::string("this FFmpeg has no muxer ") + name,
                                        AVERROR_MUXER_NOT_FOUND));
    AVFormatContext* raw = nullptr;
    if (const int result = avformat_alloc_output_context2(&raw, format, nullptr, nullptr);
        result < 0)
        return unexpected(encoder_error("cannot make a container", result));
    MuxContextPtr context(raw);
    REELPOOL_TRY(file, PartFile::create(settings.part_path));
    REELPOOL_TRY(io, FileIo::open(file->fd(), FileIo::Mode::write));
    auto muxer =
        std::make_unique<Muxer>(settings, std::move(file), std::move(io), std::move(context));
    REELPOOL_TRY_STATUS(muxer->set_up(encoder, sound));
    return std::unique_ptr<PacketSink>(std::move(muxer));
}

}  // namespace reelpool::compositor
