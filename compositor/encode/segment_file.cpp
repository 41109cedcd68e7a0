#include "compositor/encode/segment_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>

namespace reelpool::compositor {
namespace {

static_assert(std::endian::native == std::endian::little, "segment files are little-endian");

constexpr std::array<std::uint8_t, 8> magic{'R', 'P', 'S', 'E', 'G', '1', '\n', 0};
constexpr std::uint8_t packet_mark = 'P';
constexpr std::uint8_t end_mark = 'E';
constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
/// FFmpeg knows some thirty kinds.
constexpr std::uint32_t max_side_data = 64;

std::span<const std::byte> as_byte_span(std::span<const std::uint8_t> bytes) {
    return std::as_bytes(bytes);
}

std::string path_of(const OutputSettings& settings, std::uint32_t index) {
    return settings.journal_path + "/" + segment_file_name(index);
}

}  // namespace

std::string segment_file_name(std::uint32_t index) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "segment-%06u", index);
    return name.data();
}

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::create(
    const OutputSettings& settings, const OutputSegment& segment,
    std::span<const std::uint8_t> extradata) {
    REELPOOL_TRY(file, PartFile::create(path_of(settings, segment.index) + ".tmp"));
    std::unique_ptr<SegmentWriter> writer(new SegmentWriter(settings, segment, std::move(file)));
    writer->buffer_.reserve(2 * buffer_bytes);
    writer->put(magic);
    writer->put(static_cast<std::uint32_t>(settings.codec));
    writer->put(segment.index);
    writer->put(segment.first_frame);
    writer->put(segment.frame_count);
    writer->put(static_cast<std::uint32_t>(extradata.size()));
    writer->put(extradata);
    REELPOOL_TRY_STATUS(writer->flush());
    return writer;
}

template <class Number>
void SegmentWriter::put(Number number) {
    const auto bytes = std::bit_cast<std::array<std::uint8_t, sizeof number>>(number);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void SegmentWriter::put(std::span<const std::uint8_t> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Status SegmentWriter::flush() {
    const auto bytes = as_byte_span(buffer_);
    content_.add(bytes);
    whole_.add(bytes);
    if (const int reason = write_fully(file_->fd(), buffer_.data(), buffer_.size()); reason != 0)
        return unexpected(file_error(file_->path(), "cannot write a segment", reason));
    bytes_ += buffer_.size();
    buffer_.clear();
    return ok();
}

Status SegmentWriter::append(const AVPacket& packet) {
    put(packet_mark);
    put(std::int64_t{packet.pts});
    put(std::int64_t{packet.dts});
    put(std::int64_t{packet.duration});
    put(static_cast<std::uint32_t>(packet.flags));
    put(static_cast<std::uint32_t>(packet.size));
    put(static_cast<std::uint32_t>(packet.side_data_elems));
    for (int i = 0; i < packet.side_data_elems; ++i) {
        const AVPacketSideData& side = packet.side_data[i];
        put(static_cast<std::uint32_t>(side.type));
        put(static_cast<std::uint32_t>(side.size));
        put(std::span<const std::uint8_t>(side.data, side.size));
    }
    put(std::span<const std::uint8_t>(packet.data, static_cast<std::size_t>(packet.size)));
    ++packets_;
    return buffer_.size() < buffer_bytes ? ok() : flush();
}

Status SegmentWriter::complete() {
    put(end_mark);
    put(packets_);
    REELPOOL_TRY_STATUS(flush());
    const Digest content = content_.digest();
    put(content.high);
    put(content.low);
    return flush();
}

Status SegmentWriter::seal() {
    REELPOOL_TRY_STATUS(file_->sync());
    const std::string name = directory_ + "/" + segment_file_name(segment_.index);
    if (::rename(file_->path().c_str(), name.c_str()) != 0)
        return unexpected(file_error(name, "a finished segment cannot be renamed", errno));
    file_->keep();
    const UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0)
        return unexpected(file_error(directory_, "cannot bring the journal to the disk", errno));
    return ok();
}

Result<std::unique_ptr<SegmentReader>> SegmentReader::open(const OutputSettings& settings,
                                                           const OutputSegment& segment) {
    const std::string path = path_of(settings, segment.index);
    UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0)
        return unexpected(file_error(path, "a segment cannot be read back", errno));
    std::unique_ptr<SegmentReader> reader(new SegmentReader(path, segment, std::move(file)));
    reader->left_ = reader->unread_ = static_cast<std::uint64_t>(info.st_size);
    REELPOOL_TRY_STATUS(reader->check_digest());
    REELPOOL_TRY_STATUS(reader->read_header(settings));
    return reader;
}

Unexpected SegmentReader::damaged(const std::string& what) const {
    return unexpected({.code = ErrorCode::output,
                       .component = Component::output,
                       .subject = path_,
                       .what = "a segment that was finished earlier is damaged: " + what,
                       .cause = {},
                       .hint = "the same command with --resume renders it again; the disk may be "
                               "losing data"});
}

/// Reads all of it, and goes back to the beginning. A segment is small: it is in memory then.
Status SegmentReader::check_digest() {
    const std::uint64_t size = left_;
    std::array<std::uint8_t, 16> said{};
    if (size < said.size()) return damaged("it is cut short");
    Digester content;
    std::uint64_t to_digest = size - said.size();
    while (to_digest > 0) {
        REELPOOL_TRY_STATUS(fill());
        const auto now =
            static_cast<std::size_t>(std::min<std::uint64_t>(to_digest, buffer_.size()));
        content.add(as_byte_span(std::span(buffer_).first(now)));
        to_digest -= now;
        at_ = now;
        left_ = unread_ + buffer_.size() - now;
    }
    REELPOOL_TRY_STATUS(take(said.data(), said.size()));
    const auto numbers = std::bit_cast<std::array<std::uint64_t, 2>>(said);
    if (Digest{numbers[0], numbers[1]} != content.digest())
        return damaged("its digest is another one");
    if (::lseek(file_.get(), 0, SEEK_SET) != 0)
        return unexpected(file_error(path_, "a segment cannot be read back", errno));
    buffer_.clear();
    at_ = 0;
    left_ = unread_ = size;
    return ok();
}

Status SegmentReader::fill() {
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(buffer_bytes, unread_)));
    at_ = 0;
    std::size_t got = 0;
    while (got < buffer_.size()) {
        const ssize_t now = ::read(file_.get(), buffer_.data() + got, buffer_.size() - got);
        if (now < 0 && errno == EINTR) continue;
        if (now < 0) return unexpected(file_error(path_, "a segment cannot be read back", errno));
        if (now == 0) return damaged("it became shorter");
        got += static_cast<std::size_t>(now);
    }
    unread_ -= got;
    return ok();
}

Status SegmentReader::take(std::uint8_t* to, std::size_t bytes) {
    if (bytes > left_) return damaged("it is cut short");
    while (bytes > 0) {
        if (at_ == buffer_.size()) REELPOOL_TRY_STATUS(fill());
        const std::size_t now = std::min(bytes, buffer_.size() - at_);
        std::memcpy(to, buffer_.data() + at_, now);
        to += now;
        at_ += now;
        bytes -= now;
        left_ -= now;
    }
    return ok();
}

template <class Number>
Result<Number> SegmentReader::number() {
    std::array<std::uint8_t, sizeof(Number)> bytes{};
    REELPOOL_TRY_STATUS(take(bytes.data(), bytes.size()));
    return std::bit_cast<Number>(bytes);
}

Result<std::uint32_t> SegmentReader::length() {
    REELPOOL_TRY(bytes, number<std::uint32_t>());
    if (bytes > left_ || bytes > std::uint32_t{std::numeric_limits<std::int32_t>::max()} / 2)
        return damaged("it is cut short");
    return bytes;
}

Status SegmentReader::read_header(const OutputSettings& settings) {
    std::array<std::uint8_t, magic.size()> mark{};
    REELPOOL_TRY_STATUS(take(mark.data(), mark.size()));
    if (mark != magic) return damaged("it is no segment of this version");
    REELPOOL_TRY(codec, number<std::uint32_t>());
    OutputSegment found;
    REELPOOL_TRY(index, number<std::uint32_t>());
    REELPOOL_TRY(first_frame, number<std::uint32_t>());
    REELPOOL_TRY(frame_count, number<std::uint32_t>());
    if (codec != static_cast<std::uint32_t>(settings.codec) ||
        OutputSegment{index, first_frame, frame_count} != segment_)
        return damaged("it is a segment of another output");
    REELPOOL_TRY(extradata_bytes, length());
    extradata_.resize(extradata_bytes);
    return take(extradata_.data(), extradata_.size());
}

Status SegmentReader::read_side_data(AVPacket& packet) {
    REELPOOL_TRY(count, number<std::uint32_t>());
    if (count > max_side_data) return damaged("it has impossible side data");
    for (std::uint32_t i = 0; i < count; ++i) {
        REELPOOL_TRY(kind, number<std::uint32_t>());
        if (kind >= AV_PKT_DATA_NB) return damaged("it has side data of an unknown kind");
        REELPOOL_TRY(bytes, length());
        std::uint8_t* const side =
            av_packet_new_side_data(&packet, static_cast<AVPacketSideDataType>(kind), bytes);
        if (side == nullptr)
            return unexpected(encoder_error("cannot make a packet", AVERROR(ENOMEM)));
        REELPOOL_TRY_STATUS(take(side, bytes));
    }
    return ok();
}

Result<PacketPtr> SegmentReader::next() {
    REELPOOL_TRY(mark, number<std::uint8_t>());
    if (mark == end_mark) {
        REELPOOL_TRY_STATUS(read_end());
        return PacketPtr{};
    }
    if (mark != packet_mark) return damaged("it has no packet where one should be");
    PacketPtr packet(av_packet_alloc());
    if (!packet) return unexpected(encoder_error("cannot make a packet", AVERROR(ENOMEM)));
    REELPOOL_TRY(pts, number<std::int64_t>());
    REELPOOL_TRY(dts, number<std::int64_t>());
    REELPOOL_TRY(duration, number<std::int64_t>());
    REELPOOL_TRY(flags, number<std::uint32_t>());
    REELPOOL_TRY(bytes, length());
    if (pts < std::int64_t{segment_.first_frame} || pts >= std::int64_t{segment_.end()})
        return damaged("it has a packet with a time of no picture");
    if (const int result = av_new_packet(packet.get(), static_cast<int>(bytes)); result < 0)
        return unexpected(encoder_error("cannot make a packet", result));
    packet->pts = pts;
    packet->dts = dts;
    packet->duration = duration;
    packet->flags = static_cast<int>(flags);
    REELPOOL_TRY_STATUS(read_side_data(*packet));
    REELPOOL_TRY_STATUS(take(packet->data, bytes));
    ++packets_;
    return packet;
}

Status SegmentReader::read_end() {
    REELPOOL_TRY(packets, number<std::uint32_t>());
    if (left_ != sizeof(Digest)) return damaged("its end is not where it should be");
    if (packets != packets_ || packets != segment_.frame_count)
        return damaged("it has not one packet for each frame");
    return ok();
}

}  // namespace reelpool::compositor
