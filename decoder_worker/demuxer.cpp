#include "decoder_worker/demuxer.hpp"

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/formats.hpp"
#include "ipc/av/errors.hpp"

namespace reelpool::worker {
namespace {

constexpr int reading_buffer_bytes = 64 * 1024;
/// Small, so that little is read beside what is looked for.
constexpr int listing_buffer_bytes = 1024;

Error media_error(std::string what, int averror) {
    Error error = av::av_error(ErrorCode::media, Component::worker, std::move(what), averror);
    const std::string log = take_av_log();
    if (!log.empty()) error.cause += ": " + log;
    return error;
}

Error opening_error(int averror) {
    Error error = media_error("the file is not a video that can be read", averror);
    // The log would go on with the whole list.
    if (error.cause.find("Format not on whitelist") == std::string::npos) return error;
    error.cause = "it is a playlist or another list of files, whatever it is called";
    error.hint = "use the files that it names, or convert it to one video with ffmpeg";
    return error;
}

Error no_video(const AVFormatContext& input) {
    return {.code = ErrorCode::media,
            .component = Component::worker,
            .subject = {},
            .what = "the file holds no video stream, and no sound that can be decoded",
            .cause = std::string("it was read as ") + input.iformat->name + " with " +
                     std::to_string(input.nb_streams) + " other streams",
            .hint = {}};
}

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EACCES);
}

/// These describe their streams completely before the first packet.
bool is_header_enough(const AVInputFormat& format) {
    const std::string_view name = format.name;
    return name.find("mov,") != std::string_view::npos ||
           name.find("matroska") != std::string_view::npos || name.ends_with("_pipe");
}

}  // namespace

int Demuxer::read_bytes(void* opaque, std::uint8_t* buffer, int bytes) {
    auto& reader = *static_cast<Reader*>(opaque);
    const int got = reader.skipper && reader.skipper->is_payload(reader.position, bytes)
                        ? reader.skipper->pretend(*reader.file, reader.position, buffer, bytes)
                        : reader.file->read_at(reader.position, buffer, bytes);
    if (got == 0) return AVERROR_EOF;
    if (got > 0) reader.position += got;
    return got < 0 ? AVERROR(-got) : got;
}

std::int64_t Demuxer::seek_bytes(void* opaque, std::int64_t offset, int whence) {
    auto& reader = *static_cast<Reader*>(opaque);
    switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
            return reader.file->size_bytes();
        case SEEK_SET:
            break;
        case SEEK_CUR:
            offset += reader.position;
            break;
        case SEEK_END:
            offset += reader.file->size_bytes();
            break;
        default:
            return AVERROR(EINVAL);
    }
    if (offset < 0) return AVERROR(EINVAL);
    reader.position = offset;
    return offset;
}

Result<Demuxer> Demuxer::open_container(std::shared_ptr<MediaFile> file, int io_buffer_bytes) {
    Demuxer demuxer;
    demuxer.reader_ = std::make_unique<Reader>(Reader{.file = std::move(file)});
    auto* buffer =
        static_cast<unsigned char*>(av_malloc(static_cast<std::size_t>(io_buffer_bytes)));
    if (buffer == nullptr) return unexpected(media_error("opening failed", AVERROR(ENOMEM)));
    demuxer.io_.reset(avio_alloc_context(buffer, io_buffer_bytes, 0, demuxer.reader_.get(),
                                         read_bytes, nullptr, seek_bytes));
    AVFormatContext* input = avformat_alloc_context();
    if (!demuxer.io_ || input == nullptr)
        return unexpected(media_error("opening failed", AVERROR(ENOMEM)));
    input->pb = demuxer.io_.get();
    input->flags |= AVFMT_FLAG_CUSTOM_IO;
    input->io_open = refuse_to_open;

    av::Options options;
    options.set("protocol_whitelist", "");
    options.set("enable_drefs", "0");
    options.set("format_whitelist", allowed_formats().c_str());
    options.set("max_streams", std::to_string(max_streams).c_str());
    static_cast<void>(take_av_log());
    // On failure this frees the context itself.
    if (const int error = avformat_open_input(&input, "", nullptr, options.get()); error < 0)
        return unexpected(opening_error(error));
    demuxer.input_.reset(input);
    return demuxer;
}

Result<Demuxer> Demuxer::open(std::shared_ptr<MediaFile> file, Probing probing,
                              std::uint32_t max_side_px, Payload payload) {
    const int io_buffer_bytes =
        payload == Payload::read ? reading_buffer_bytes : listing_buffer_bytes;
    REELPOOL_TRY(demuxer, open_container(std::move(file), io_buffer_bytes));
    const AVInputFormat& format = *demuxer.input_->iformat;
    if (payload == Payload::skip_where_possible) {
        if (!is_header_enough(format) || !demuxer.choose_video() || !demuxer.can_skip_payload())
            return open(demuxer.reader_->file, probing, max_side_px);
        demuxer.skip_payload(listing_buffer_bytes);
        return demuxer;
    }
    if (probing == Probing::full || !is_header_enough(format))
        REELPOOL_TRY_STATUS(demuxer.look_into_streams(max_side_px));
    REELPOOL_TRY_STATUS(demuxer.choose_video());
    return demuxer;
}

Result<Demuxer> Demuxer::open_sound(std::shared_ptr<MediaFile> file, std::uint32_t max_side_px) {
    REELPOOL_TRY(demuxer, open_container(std::move(file), reading_buffer_bytes));
    if (!is_header_enough(*demuxer.input_->iformat))
        REELPOOL_TRY_STATUS(demuxer.look_into_streams(max_side_px));
    REELPOOL_TRY_STATUS(demuxer.choose_sound());
    return demuxer;
}

Status Demuxer::look_into_streams(std::uint32_t max_side_px) {
    // Probing decodes pictures: the limit on their size must hold there too.
    const std::string max_pixels = std::to_string(std::uint64_t{max_side_px} * max_side_px);
    std::vector<AVDictionary*> per_stream(input_->nb_streams, nullptr);
    for (AVDictionary*& entry : per_stream) {
        av_dict_set(&entry, "threads", "1", 0);
        av_dict_set(&entry, "max_pixels", max_pixels.c_str(), 0);
    }
    const int error =
        avformat_find_stream_info(input_.get(), per_stream.empty() ? nullptr : per_stream.data());
    for (AVDictionary*& entry : per_stream) av_dict_free(&entry);
    if (error < 0) return unexpected(media_error("the file's streams cannot be read", error));
    return ok();
}

bool Demuxer::can_skip_payload() const {
    return PayloadSkipper::can_skip(*input_->iformat, stream_->codecpar->codec_id);
}

void Demuxer::skip_payload(std::size_t io_buffer_bytes) {
    reader_->skipper = std::make_unique<PayloadSkipper>(
        *input_, PayloadSkipper::sign_of(*input_->iformat), io_buffer_bytes);
    reader_->skipper->watch(stream_->codecpar->codec_id);
    // Parsers would look into what was not read, and their word counts more than the container's.
    input_->flags |= AVFMT_FLAG_NOPARSE;
    // Every packet of an indexed container is asked for by itself, from its first byte.
    if (PayloadSkipper::sign_of(*input_->iformat) == PayloadSkipper::Sign::indexed) io_->direct = 1;
}

// Where the index alone says what payload is, nothing else was read in another way.
bool Demuxer::stop_skipping_payload() {
    if (PayloadSkipper::sign_of(*input_->iformat) != PayloadSkipper::Sign::indexed) return false;
    reader_->skipper.reset();
    input_->flags &= ~AVFMT_FLAG_NOPARSE;
    io_->direct = 0;
    return true;
}

/// A cover picture of a music file is no video.
bool Demuxer::has_pictures() const {
    const int best = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    return best >= 0 && (input_->streams[best]->disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
}

Status Demuxer::choose_video() {
    if (!has_pictures()) return unexpected(no_video(*input_));
    const int best = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    stream_ = input_->streams[best];
    discard_others();
    return ok();
}

Status Demuxer::choose_sound() {
    const int video = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    const AVCodec* decoder = nullptr;
    const int best = av_find_best_stream(input_.get(), AVMEDIA_TYPE_AUDIO, -1, video, &decoder, 0);
    if (best < 0)
        return unexpected(media_error("the file holds no sound that can be decoded", best));
    stream_ = input_->streams[best];
    discard_others();
    return ok();
}

void Demuxer::discard_others() {
    for (unsigned i = 0; i < input_->nb_streams; ++i)
        if (input_->streams[i] != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
}

Result<Demuxer::Outcome> Demuxer::read(AVPacket* packet) {
    for (;;) {
        const int error = av_read_frame(input_.get(), packet);
        if (error == AVERROR(EAGAIN)) continue;
        // Some demuxers (GXF, RoQ) know no other word for the end than an error of theirs.
        const bool is_end = error == AVERROR_EOF || (error < 0 && avio_feof(io_.get()) != 0);
        if (is_end) {
            if (io_->error < 0 && io_->error != AVERROR_EOF)
                return unexpected(media_error("reading the file failed", io_->error));
            return Outcome::end;
        }
        if (error < 0) return unexpected(media_error("the file is damaged", error));
        reader_->file->note_progress();
        if (packet->stream_index == stream_->index) return Outcome::packet;
        av_packet_unref(packet);
    }
}

Status Demuxer::seek_to_timestamp(std::int64_t timestamp) {
    const int error = av_seek_frame(input_.get(), stream_->index, timestamp, AVSEEK_FLAG_BACKWARD);
    if (error < 0) return unexpected(media_error("seeking failed", error));
    return ok();
}

Status Demuxer::seek_to_byte(std::int64_t position) {
    const int error = av_seek_frame(input_.get(), stream_->index, position, AVSEEK_FLAG_BYTE);
    if (error < 0) return unexpected(media_error("seeking failed", error));
    return ok();
}

}  // namespace reelpool::worker
