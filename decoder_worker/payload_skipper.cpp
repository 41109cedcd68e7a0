#include "decoder_worker/payload_skipper.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace reelpool::worker {
namespace {

constexpr int head_bytes = 512;
constexpr int tail_bytes = 64;
constexpr std::int64_t far_away = std::int64_t{1} << 60;  // no file is so large

bool is_mov(const AVInputFormat& format) {
    return std::string_view(format.name).find("mov,") != std::string_view::npos;
}

bool is_matroska(const AVInputFormat& format) {
    return std::string_view(format.name).find("matroska") != std::string_view::npos;
}

}  // namespace

PayloadSkipper::PayloadSkipper(const AVFormatContext& container, Sign sign,
                               std::size_t io_buffer_bytes)
    : container_(&container),
      sign_(sign),
      io_buffer_bytes_(static_cast<std::int64_t>(io_buffer_bytes)) {}

// Only codecs whose packets the container cuts and flags by itself, and whose time stamps it has.
bool PayloadSkipper::can_skip(const AVInputFormat& format, AVCodecID codec) {
    constexpr std::array known{AV_CODEC_ID_H264,  AV_CODEC_ID_HEVC,    AV_CODEC_ID_AV1,
                               AV_CODEC_ID_VP8,   AV_CODEC_ID_VP9,     AV_CODEC_ID_PRORES,
                               AV_CODEC_ID_DNXHD, AV_CODEC_ID_CFHD,    AV_CODEC_ID_HAP,
                               AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG,     AV_CODEC_ID_FFV1,
                               AV_CODEC_ID_QTRLE, AV_CODEC_ID_UTVIDEO, AV_CODEC_ID_RAWVIDEO,
                               AV_CODEC_ID_V210,  AV_CODEC_ID_MPEG4};
    if (std::find(known.begin(), known.end(), codec) == known.end()) return false;
    // In Matroska MPEG-4 may come in AVI's clothes, without presentation times.
    return is_mov(format) || (is_matroska(format) && codec != AV_CODEC_ID_MPEG4);
}

PayloadSkipper::Sign PayloadSkipper::sign_of(const AVInputFormat& format) {
    return is_mov(format) ? Sign::indexed : Sign::large;
}

void PayloadSkipper::watch(AVCodecID codec) {
    looks_at_ends_ = codec == AV_CODEC_ID_VP8 || codec == AV_CODEC_ID_VP9;
    // Where the sign is a read's size, a block's own header is read together with its contents.
    if (sign_ == Sign::large) looks_at_ends_ = true;
    known_entries_.assign(container_->nb_streams, 0);
    if (sign_ == Sign::indexed) static_cast<void>(learn());
}

// A fragmented file's index grows as it is read. What is not in here is read, which is never wrong.
bool PayloadSkipper::learn() {
    const std::size_t before = extents_.size();
    const std::size_t streams =
        std::min<std::size_t>(container_->nb_streams, known_entries_.size());
    for (std::size_t s = 0; s < streams; ++s) {
        AVStream* const stream = container_->streams[s];
        const int count = avformat_index_get_entries_count(stream);
        for (int& i = known_entries_[s]; i < count; ++i) {
            const AVIndexEntry* const entry = avformat_index_get_entry(stream, i);
            if (entry != nullptr && entry->size > 0 && entry->pos >= 0 && entry->pos < far_away)
                extents_.push_back({entry->pos, entry->pos + entry->size});
        }
    }
    if (extents_.size() == before) return false;
    std::sort(extents_.begin(), extents_.end(),
              [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    std::size_t last = 0;
    for (std::size_t i = 1; i < extents_.size(); ++i) {
        if (extents_[i].begin <= extents_[last].end)
            extents_[last].end = std::max(extents_[last].end, extents_[i].end);
        else
            extents_[++last] = extents_[i];
    }
    extents_.resize(last + 1);
    return true;
}

bool PayloadSkipper::is_indexed(std::int64_t position, int bytes) const {
    const auto after =
        std::upper_bound(extents_.begin(), extents_.end(), position,
                         [](std::int64_t at, const Extent& extent) { return at < extent.begin; });
    return after != extents_.begin() && bytes <= std::prev(after)->end - position;
}

bool PayloadSkipper::is_payload(std::int64_t position, int bytes) {
    if (sign_ == Sign::large) return bytes > io_buffer_bytes_;
    return is_indexed(position, bytes) || (learn() && is_indexed(position, bytes));
}

int PayloadSkipper::pretend(MediaFile& file, std::int64_t position, std::uint8_t* buffer,
                            int bytes) const {
    const std::int64_t there = std::min<std::int64_t>(bytes, file.size_bytes() - position);
    if (there <= 0) return 0;
    const int head = static_cast<int>(std::min<std::int64_t>(there, head_bytes));
    const int tail = static_cast<int>(std::min<std::int64_t>(there - head, tail_bytes));
    const std::int64_t tail_at = there - tail;
    std::memset(buffer, 0, static_cast<std::size_t>(head));
    std::memset(buffer + tail_at, 0, static_cast<std::size_t>(tail));
    if (looks_at_ends_) {
        if (const int got = file.read_at(position, buffer, head); got < 0) return got;
        if (tail > 0)
            if (const int got = file.read_at(position + tail_at, buffer + tail_at, tail); got < 0)
                return got;
    }
    return static_cast<int>(there);
}

}  // namespace reelpool::worker
