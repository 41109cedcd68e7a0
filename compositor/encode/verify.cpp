#include "compositor/encode/verify.hpp"

#include <algorithm>
#include <vector>

#include "compositor/encode/file_io.hpp"
#include "compositor/encode/sound_encoder.hpp"

namespace reelpool::compositor {
namespace {

/// So many pictures prove headers, index and coding; what the rest of a long first group would add
/// costs up to a second of every export.
constexpr std::size_t max_first_pictures = 48;

const char* demuxer_name(Container container) {
    switch (container) {
        case Container::mp4:
        case Container::mov:
            return "mov";
        case Container::mkv:
        case Container::webm:
            return "matroska";
        case Container::mxf:
            return "mxf";
        case Container::m4a:
            return "mov";
        case Container::wav:
            return "wav";
        case Container::flac:
            return "flac";
        case Container::mp3:
            return "mp3";
        case Container::opus:
        case Container::ogg:
            return "ogg";
        case Container::png_sequence:
            return "";
    }
    return "";
}

Unexpected unsound(const std::string& path, std::string what, int av_error = 0) {
    return unexpected({.code = ErrorCode::output,
                       .component = Component::output,
                       .subject = path,
                       .what = "the finished output is not sound: " + std::move(what),
                       .cause = av_error < 0 ? av_error_text(av_error) : "",
                       .hint = "the disk may have lost data: export again, to another disk"});
}

/// One packet as the file announces it.
struct Entry {
    std::int64_t time = 0;  ///< mov: dts; else pts; in the stream's ticks
    bool is_key = false;
};

class Reader {
  public:
    Reader(const OutputSettings& settings, std::unique_ptr<FileIo> io)
        : settings_(settings), io_(std::move(io)), packet_(av_packet_alloc()) {}

    Status open();
    /// The stream at `index` is the sound that the settings say.
    Status check_sound(unsigned index) const;
    /// Reads all packets of a file without pictures.
    Status read_sound();
    /// mov has an index of every packet; elsewhere all packets are read.
    Result<std::vector<Entry>> entries();
    Status check_times(const std::vector<Entry>& entries) const;
    /// Decodes from the key packet `first` up to (not including) packet `end`, none of which needs
    /// a later one: decoding order.
    Status decode_group(const std::vector<Entry>& entries, std::size_t first, std::size_t end);

  private:
    [[nodiscard]] bool has_index() const {
        return settings_.container == Container::mp4 || settings_.container == Container::mov;
    }
    [[nodiscard]] std::int64_t time_of_packet() const {
        return has_index() ? packet_->dts : packet_->pts;
    }
    Status seek(const Entry& entry);
    Result<CodecContextPtr> open_decoder() const;
    /// Adds what the decoder gives to `frames`.
    Status receive_frames(AVCodecContext& decoder, AVFrame& frame, std::size_t& frames) const;
    [[nodiscard]] Unexpected bad(std::string what, int av_error = 0) const {
        return unsound(settings_.part_path, std::move(what), av_error);
    }

    const OutputSettings& settings_;
    std::unique_ptr<FileIo> io_;
    DemuxContextPtr context_;
    PacketPtr packet_;
    AVStream* stream_ = nullptr;
};

Status Reader::open() {
    AVFormatContext* raw = avformat_alloc_context();
    if (raw == nullptr || packet_ == nullptr)
        return unexpected(encoder_error("cannot read the output back", AVERROR(ENOMEM)));
    raw->pb = io_->context();
    raw->flags |= AVFMT_FLAG_CUSTOM_IO;
    const AVInputFormat* format = av_find_input_format(demuxer_name(settings_.container));
    if (const int result = avformat_open_input(&raw, "", format, nullptr); result < 0)
        return bad("it cannot be opened", result);
    context_.reset(raw);
    const bool has_pictures = !is_sound_only(settings_.container);
    const unsigned streams = (has_pictures ? 1U : 0U) + (settings_.sound ? 1U : 0U);
    if (context_->nb_streams != streams)
        return bad("it has " + std::to_string(context_->nb_streams) + " streams instead of " +
                   std::to_string(streams));
    stream_ = context_->streams[0];
    if (!settings_.sound) return ok();
    if (has_pictures) context_->streams[streams - 1]->discard = AVDISCARD_ALL;
    return check_sound(streams - 1);
}

Status Reader::check_sound(unsigned index) const {
    const SoundSettings& sound = *settings_.sound;
    const AVCodec* encoder = avcodec_find_encoder_by_name(sound_encoder_name(sound.codec));
    const AVStream& stream = *context_->streams[index];
    const AVCodecParameters& found = *stream.codecpar;
    if (encoder == nullptr || found.codec_type != AVMEDIA_TYPE_AUDIO ||
        found.codec_id != encoder->id)
        return bad("its sound is of another kind");
    // Some containers do not say before the first packet is decoded.
    if ((found.sample_rate != 0 && found.sample_rate != static_cast<int>(sound.rate_hz)) ||
        (found.ch_layout.nb_channels != 0 &&
         found.ch_layout.nb_channels != static_cast<int>(channel_count(sound.layout))))
        return bad("its sound has another rate or other channels");
    return ok();
}

Status Reader::read_sound() {
    std::int64_t packets = 0;
    std::int64_t last = AV_NOPTS_VALUE;
    for (;; ++packets) {
        const int result = av_read_frame(context_.get(), packet_.get());
        if (result == AVERROR_EOF) break;
        if (result < 0) return bad("it cannot be read", result);
        const bool ascends = last == AV_NOPTS_VALUE || packet_->pts == AV_NOPTS_VALUE ||
                             packet_->pts >= last;
        if (packet_->pts != AV_NOPTS_VALUE) last = packet_->pts + packet_->duration;
        av_packet_unref(packet_.get());
        if (!ascends) return bad("its packets are not in order");
    }
    if (packets == 0) return bad("it is empty");
    const auto length = static_cast<std::int64_t>(settings_.sound->samples);
    const AVRational samples{1, static_cast<int>(settings_.sound->rate_hz)};
    constexpr std::int64_t longest_frame = 4608 + 2048;
    if (last != AV_NOPTS_VALUE &&
        std::abs(av_rescale_q(last, stream_->time_base, samples) - length) > longest_frame)
        return bad("it has not its length");
    return ok();
}

Result<std::vector<Entry>> Reader::entries() {
    std::vector<Entry> found;
    if (has_index()) {
        const int count = avformat_index_get_entries_count(stream_);
        found.reserve(static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            const AVIndexEntry* entry = avformat_index_get_entry(stream_, i);
            found.push_back({entry->timestamp, (entry->flags & AVINDEX_KEYFRAME) != 0});
        }
        return found;
    }
    while (true) {
        const int result = av_read_frame(context_.get(), packet_.get());
        if (result == AVERROR_EOF) return found;
        if (result < 0) return bad("it cannot be read", result);
        if (packet_->stream_index == 0)
            found.push_back({time_of_packet(), (packet_->flags & AV_PKT_FLAG_KEY) != 0});
        av_packet_unref(packet_.get());
    }
}

Status Reader::check_times(const std::vector<Entry>& entries) const {
    const AVRational frame_duration{static_cast<int>(settings_.frame_rate.den()),
                                    static_cast<int>(settings_.frame_rate.num())};
    std::vector<std::int64_t> times;
    times.reserve(entries.size());
    for (const Entry& entry : entries) times.push_back(entry.time);
    // Decoding times stand in order; presentation times are put in order.
    if (!has_index()) std::sort(times.begin(), times.end());
    const std::int64_t start = has_index() ? times.front() : 0;
    for (std::size_t i = 0; i < times.size(); ++i) {
        const std::int64_t expected =
            start + av_rescale_q(static_cast<std::int64_t>(i), frame_duration, stream_->time_base);
        if (times[i] != expected) return bad("packet " + std::to_string(i) + " has not its time");
    }
    return ok();
}

Status Reader::seek(const Entry& entry) {
    if (const int result = av_seek_frame(context_.get(), 0, entry.time, AVSEEK_FLAG_BACKWARD);
        result < 0)
        return bad("a seek to its last keyframe fails", result);
    return ok();
}

Result<CodecContextPtr> Reader::open_decoder() const {
    const AVCodec* codec = avcodec_find_decoder(stream_->codecpar->codec_id);
    CodecContextPtr decoder(codec == nullptr ? nullptr : avcodec_alloc_context3(codec));
    if (!decoder)
        return unexpected(
            encoder_error("this FFmpeg cannot decode what it encoded", AVERROR_DECODER_NOT_FOUND));
    if (const int result = avcodec_parameters_to_context(decoder.get(), stream_->codecpar);
        result < 0)
        return bad("its stream cannot be described", result);
    decoder->thread_count = static_cast<int>(settings_.encoder_threads);
    decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
    // Deblocking finds no errors and costs a third of the time.
    decoder->skip_loop_filter = AVDISCARD_ALL;
    if (const int result = avcodec_open2(decoder.get(), codec, nullptr); result < 0)
        return bad("its decoder cannot be opened", result);
    return decoder;
}

Status Reader::receive_frames(AVCodecContext& decoder, AVFrame& frame, std::size_t& frames) const {
    while (true) {
        const int result = avcodec_receive_frame(&decoder, &frame);
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return ok();
        if (result < 0) return bad("a picture does not decode", result);
        if (frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0)
            return bad("a picture is damaged");
        if (frame.width != static_cast<int>(settings_.format.width) ||
            frame.height != static_cast<int>(settings_.format.height))
            return bad("a picture has the wrong size");
        ++frames;
    }
}

Status Reader::decode_group(const std::vector<Entry>& entries, std::size_t first, std::size_t end) {
    REELPOOL_TRY_STATUS(seek(entries[first]));
    REELPOOL_TRY(decoder, open_decoder());
    const FramePtr frame(av_frame_alloc());
    if (!frame) return unexpected(encoder_error("cannot make a frame", AVERROR(ENOMEM)));
    std::size_t packets = 0;
    std::size_t frames = 0;
    while (packets < end - first) {
        if (const int result = av_read_frame(context_.get(), packet_.get()); result < 0)
            return bad("its packets cannot be read again", result);
        // A seek may land earlier than asked.
        const bool is_wanted = packet_->stream_index == 0 &&
                               (packets > 0 || time_of_packet() == entries[first].time);
        const int result = is_wanted ? avcodec_send_packet(decoder.get(), packet_.get()) : 0;
        av_packet_unref(packet_.get());
        if (result < 0) return bad("a picture does not decode", result);
        if (!is_wanted) continue;
        ++packets;
        REELPOOL_TRY_STATUS(receive_frames(*decoder, *frame, frames));
    }
    avcodec_send_packet(decoder.get(), nullptr);
    REELPOOL_TRY_STATUS(receive_frames(*decoder, *frame, frames));
    if (frames == packets) return ok();
    return bad(std::to_string(packets) + " packets gave " + std::to_string(frames) + " pictures");
}

Result<FramePtr> decode_one(AVCodecContext& decoder, AVPacket& packet) {
    FramePtr frame(av_frame_alloc());
    if (!frame) return unexpected(encoder_error("cannot make a frame", AVERROR(ENOMEM)));
    int result = avcodec_send_packet(&decoder, &packet);
    if (result >= 0) result = avcodec_send_packet(&decoder, nullptr);
    if (result >= 0) result = avcodec_receive_frame(&decoder, frame.get());
    if (result < 0) return unexpected(encoder_error("a picture does not decode", result));
    return frame;
}

}  // namespace

Status verify_file(int fd, const OutputSettings& settings, std::uint32_t frames) {
    REELPOOL_TRY(io, FileIo::open(fd, FileIo::Mode::read));
    Reader reader(settings, std::move(io));
    REELPOOL_TRY_STATUS(reader.open());
    REELPOOL_TRY(entries, reader.entries());
    if (entries.size() != frames)
        return unsound(settings.part_path, "it has " + std::to_string(entries.size()) +
                                               " pictures instead of " + std::to_string(frames));
    if (!entries.front().is_key) return unsound(settings.part_path, "it begins with no keyframe");
    REELPOOL_TRY_STATUS(reader.check_times(entries));
    const auto is_key = [](const Entry& entry) { return entry.is_key; };
    const auto second = std::find_if(entries.begin() + 1, entries.end(), is_key);
    const auto last = std::find_if(entries.rbegin(), entries.rend(), is_key).base() - 1;
    if (last != entries.begin()) {
        const auto first_group = static_cast<std::size_t>(second - entries.begin());
        REELPOOL_TRY_STATUS(
            reader.decode_group(entries, 0, std::min(first_group, max_first_pictures)));
    }
    return reader.decode_group(entries, static_cast<std::size_t>(last - entries.begin()),
                               entries.size());
}

Status verify_sound_file(int fd, const OutputSettings& settings) {
    REELPOOL_TRY(io, FileIo::open(fd, FileIo::Mode::read));
    Reader reader(settings, std::move(io));
    REELPOOL_TRY_STATUS(reader.open());
    return reader.read_sound();
}

Status verify_picture(int fd, const std::string& path, Codec kind, const OutputFormat& format) {
    REELPOOL_TRY(io, FileIo::open(fd, FileIo::Mode::read));
    const std::int64_t bytes = avio_size(io->context());
    const PacketPtr packet(av_packet_alloc());
    const AVCodec* codec = avcodec_find_decoder(kind == Codec::jpeg   ? AV_CODEC_ID_MJPEG
                                                : kind == Codec::webp ? AV_CODEC_ID_WEBP
                                                                      : AV_CODEC_ID_PNG);
    const CodecContextPtr decoder(codec == nullptr ? nullptr : avcodec_alloc_context3(codec));
    if (!packet || !decoder || bytes <= 0)
        return unsound(path, bytes <= 0 ? "it is empty" : "it cannot be decoded");
    int result = av_get_packet(io->context(), packet.get(), static_cast<int>(bytes));
    decoder->thread_count = 1;
    decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
    if (result >= 0) result = avcodec_open2(decoder.get(), codec, nullptr);
    if (result < 0) return unsound(path, "it cannot be decoded", result);
    auto frame = decode_one(*decoder, *packet);
    if (!frame) return unsound(path, frame.error().what);
    if ((*frame)->width == static_cast<int>(format.width) &&
        (*frame)->height == static_cast<int>(format.height))
        return ok();
    return unsound(path, "it has the wrong size");
}

}  // namespace reelpool::compositor
