#pragma once

#include <cstdint>
#include <memory>

#include "decoder_worker/media_file.hpp"
#include "decoder_worker/payload_skipper.hpp"
#include "ipc/av/handles.hpp"
#include "ipc/base/result.hpp"

namespace reelpool::worker {

/// Whether opening also looks into the streams' packets (avformat_find_stream_info).
enum class Probing : std::uint8_t { full, header_where_enough };

/// Whether packets are read with their contents, or only listed where the container allows it
/// (PayloadSkipper): packet->data is then of no meaning.
enum class Payload : std::uint8_t { read, skip_where_possible };

/// Which of a file's streams is read.
enum class Reading : std::uint8_t { pictures, sound };

/// One reader of a file's video stream, or of its sound; all other streams are discarded. It reads
/// its descriptor and nothing else: no paths, no protocols, no other files. Thread: one at a time.
class Demuxer {
  public:
    Demuxer(Demuxer&&) noexcept = default;
    Demuxer& operator=(Demuxer&&) = delete;  // members would end in the wrong order

    /// Errors: media, when no demuxer knows the file, or it holds no video.
    [[nodiscard]] static Result<Demuxer> open(std::shared_ptr<MediaFile> file, Probing probing,
                                              std::uint32_t max_side_px,
                                              Payload payload = Payload::read);
    /// The sound that goes with the pictures that the other one reads, of the streams that can be
    /// decoded. Errors: media, likewise, or it holds no such sound.
    [[nodiscard]] static Result<Demuxer> open_sound(std::shared_ptr<MediaFile> file,
                                                    std::uint32_t max_side_px);

    enum class Outcome : std::uint8_t { packet, end };
    /// The next packet of the stream, in `packet`.
    [[nodiscard]] Result<Outcome> read(AVPacket* packet);

    /// Moves to a time stamp of the stream (AVSEEK_FLAG_BACKWARD) or to a byte.
    /// Errors: the container cannot do it; the position is then unknown.
    [[nodiscard]] Status seek_to_timestamp(std::int64_t timestamp);
    [[nodiscard]] Status seek_to_byte(std::int64_t position);

    /// Packets come without their contents.
    [[nodiscard]] bool skips_payload() const { return reader_->skipper != nullptr; }
    /// From now on packets come with their contents, as if it had been opened so. Seek before the
    /// next one. False where that is impossible: nothing has changed then.
    [[nodiscard]] bool stop_skipping_payload();
    /// A picture came of the packets.
    void note_picture() const { reader_->file->note_progress(); }
    [[nodiscard]] AVFormatContext& format() const { return *input_; }
    [[nodiscard]] AVStream& video() const { return *stream_; }
    /// The one that is read.
    [[nodiscard]] AVStream& stream() const { return *stream_; }
    /// There is a video stream, whichever is read.
    [[nodiscard]] bool has_pictures() const;

  private:
    Demuxer() = default;
    struct Reader {
        std::shared_ptr<MediaFile> file;
        std::int64_t position = 0;
        std::unique_ptr<PayloadSkipper> skipper{};
    };
    static int read_bytes(void* opaque, std::uint8_t* buffer, int bytes);
    static std::int64_t seek_bytes(void* opaque, std::int64_t offset, int whence);
    Status look_into_streams(std::uint32_t max_side_px);
    [[nodiscard]] static Result<Demuxer> open_container(std::shared_ptr<MediaFile> file,
                                                        int io_buffer_bytes);
    Status choose_video();
    Status choose_sound();
    void discard_others();
    [[nodiscard]] bool can_skip_payload() const;
    void skip_payload(std::size_t io_buffer_bytes);

    std::unique_ptr<Reader> reader_;
    av::Io io_;  // outlives input_, which reads through it
    av::Input input_;
    AVStream* stream_ = nullptr;  // belongs to input_
};

}  // namespace reelpool::worker
