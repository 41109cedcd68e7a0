#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compositor/encode/av_handles.hpp"
#include "compositor/encode/file_io.hpp"
#include "ipc/base/digest.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool::compositor {

/// A segment's file holds its packets as the encoder gave them, byte for byte with all that belongs
/// to them, so that they can be muxed later as if they came from it.
///
/// Numbers are little-endian. A header: the magic, codec, index, first frame and number of frames
/// (4 bytes each), the length of the codec's headers (4) and these. Then packets: 'P', pts, dts,
/// duration (8 each), flags, bytes of data, number of side data (4 each); for each side data its
/// kind and length (4 each) and its bytes; the data. Then 'E', the number of packets (4), and the
/// digest of everything before (16).

/// The name of a segment's file in the journal's directory.
[[nodiscard]] std::string segment_file_name(std::uint32_t index);

/// Writes one.
/// Owner: the unfinished file is deleted with it unless it was sealed.
/// Thread: one at a time.
class SegmentWriter {
  public:
    /// Errors: output, the unfinished file exists already or cannot be created.
    [[nodiscard]] static Result<std::unique_ptr<SegmentWriter>> create(
        const OutputSettings& settings, const OutputSegment& segment,
        std::span<const std::uint8_t> extradata);

    /// Units: times in frames, of the whole stream.
    [[nodiscard]] Status append(const AVPacket& packet);
    /// No packet will follow. Errors: output.
    [[nodiscard]] Status complete();
    /// Brings the file to the disk and gives it its name, for good.
    [[nodiscard]] Status seal();

    [[nodiscard]] const OutputSegment& segment() const { return segment_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    /// Of the whole file, once it is complete.
    [[nodiscard]] Digest digest() const { return whole_.digest(); }

  private:
    SegmentWriter(const OutputSettings& settings, const OutputSegment& segment,
                  std::unique_ptr<PartFile> file)
        : directory_(settings.journal_path), segment_(segment), file_(std::move(file)) {}
    template <class Number>
    void put(Number number);
    void put(std::span<const std::uint8_t> bytes);
    [[nodiscard]] Status flush();

    std::string directory_;
    OutputSegment segment_;
    std::unique_ptr<PartFile> file_;
    std::vector<std::uint8_t> buffer_;
    Digester content_;  ///< what its last words say
    Digester whole_;
    std::uint64_t bytes_ = 0;
    std::uint32_t packets_ = 0;
};

/// Reads one back. The file's digest is checked first, so that what is read is what was written.
/// Thread: one at a time.
class SegmentReader {
  public:
    /// Errors: output, the file is not there, damaged, or no such segment of this output.
    [[nodiscard]] static Result<std::unique_ptr<SegmentReader>> open(const OutputSettings& settings,
                                                                     const OutputSegment& segment);

    [[nodiscard]] std::span<const std::uint8_t> extradata() const { return extradata_; }
    /// The next packet, or null after the last one.
    /// Errors: output, the file is damaged.
    [[nodiscard]] Result<PacketPtr> next();

  private:
    SegmentReader(std::string path, const OutputSegment& segment, UniqueFd file)
        : path_(std::move(path)), segment_(segment), file_(std::move(file)) {}
    [[nodiscard]] Status check_digest();
    [[nodiscard]] Status read_header(const OutputSettings& settings);
    [[nodiscard]] Status read_end();
    [[nodiscard]] Status read_side_data(AVPacket& packet);
    [[nodiscard]] Status take(std::uint8_t* to, std::size_t bytes);
    [[nodiscard]] Status fill();
    template <class Number>
    [[nodiscard]] Result<Number> number();
    /// A length that what is left of the file can have.
    [[nodiscard]] Result<std::uint32_t> length();
    [[nodiscard]] Unexpected damaged(const std::string& what) const;

    std::string path_;
    OutputSegment segment_;
    UniqueFd file_;
    std::vector<std::uint8_t> buffer_;
    std::size_t at_ = 0;        ///< in the buffer
    std::uint64_t left_ = 0;    ///< of the file, the buffer's rest included
    std::uint64_t unread_ = 0;  ///< of the file, beyond the buffer
    std::vector<std::uint8_t> extradata_;
    std::uint32_t packets_ = 0;
};

}  // namespace reelpool::compositor
