#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "compositor/encode/segment_journal.hpp"
#include "compositor/picture.hpp"
#include "ipc/base/result.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

class SoundTrack;

/// What a finished output is.
struct OutputSummary {
    std::uint64_t bytes = 0;  ///< of the file, or of all pictures of a sequence
    std::uint32_t frames = 0;
    std::uint32_t segments = 0;  ///< that were encoded
    friend bool operator==(const OutputSummary&, const OutputSummary&) = default;
};

/// Keeps FFmpeg and the encoder libraries from writing to stderr, except for errors.
/// Thread: changes the environment; call it once in main, before any thread is started.
void silence_encoder_libraries();

/// Encodes pictures in order and writes them to OutputSettings::part_path.
///
/// The stream is cut into segments of `segment_frames(settings)` frames. Each has an encoder and a
/// thread of its own with `encoder_threads` codec threads, and drains before the next one begins;
/// packets are written strictly in order. So the bytes of a segment depend on its pictures
/// and the settings only, never on timing, and equal settings give equal files.
/// With `bitrate` there is one segment, because rate control has no memory across encoders.
///
/// With a journal (OutputSettings::journal_path) each segment goes to a file of its own there,
/// which stays whatever happens, and `finish` puts the output together from them. Segments that are
/// there already may be passed over. The bytes of the output are the same either way.
///
/// Owner: the part file (or directory) belongs to this object until `finish` has succeeded; an
/// object that is destroyed before deletes it. The journal's directory is the caller's.
/// Thread: `write` and `finish` from one thread; the counters from any.
class OutputFile {
  public:
    /// `sound`: null, or what the file shall hold beside the pictures; it outlives this object and is
    /// finished before `finish`. Opens the encoder first, and only then creates `part_path`; with a journal, `finish` does,
    /// and here it is tried out. Events come on any thread, and only with a journal. Errors: usage,
    /// settings that `validate` refuses; output, the encoder refuses them, or the path exists or
    /// cannot be created; retryable, no memory or threads.
    [[nodiscard]] static Result<std::unique_ptr<OutputFile>> create(
        const OutputSettings& settings, SegmentJournal::Events events = {},
        SoundTrack* sound = nullptr);

    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;
    ~OutputFile();

    /// Takes the next picture without copying it; blocks while the encoder's queue is full.
    /// `picture.hold` is dropped, on an encoder's thread, as soon as the encoder has read it.
    /// With a journal, the first picture of any later segment may follow the last one of a segment.
    /// Errors: output, as soon as encoding or writing has failed, whichever picture it was;
    /// internal, a picture out of order or beyond `frame_count`.
    [[nodiscard]] Status write(Picture picture);

    /// Waits for the encoders, completes the file, syncs it to the disk, reads it back: every
    /// packet is there, times ascend, the first and the last group of pictures decode. Errors: as
    /// `write`; internal, fewer pictures than `frame_count` (of a segment, with a journal).
    [[nodiscard]] Result<OutputSummary> finish();

    /// Pictures that an encoder has taken.
    [[nodiscard]] std::uint32_t frames_taken() const;
    /// Wall time spent in the encoders' calls, summed over their threads.
    [[nodiscard]] std::uint64_t encode_us() const;
    /// Bytes given to the file so far.
    [[nodiscard]] std::uint64_t bytes_written() const;
    /// The encoder's name as FFmpeg knows it, such as "libx264".
    [[nodiscard]] const std::string& encoder_name() const;

  private:
    struct Impl;
    explicit OutputFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace reelpool::compositor
