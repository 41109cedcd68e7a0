#include "decoder_worker/table_entry.hpp"

#include <unistd.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

#include "ipc/base/checksum.hpp"
#include "ipc/base/file_status.hpp"

namespace reelpool::worker {
namespace {

/// Raised with every change of what an entry holds or of how a table is made.
constexpr std::uint32_t format_version = 2;
constexpr std::array<char, 8> magic{'R', 'P', 'T', 'A', 'B', 'L', 'E', '\n'};

struct Header {
    std::array<char, 8> magic;
    std::uint32_t format_version;
    std::uint32_t libavformat;
    std::uint32_t libavcodec;
    std::uint32_t max_side_px;
    std::uint8_t alpha;
    std::uint8_t matrix_override;
    std::uint8_t range_override;
    std::uint8_t seek;
    std::uint8_t naming;
    std::array<std::uint8_t, 3> zero;
    std::uint64_t message_bytes;
    std::uint64_t seek_points;
    std::uint64_t stamps;
    std::uint64_t checksum;  ///< of everything, with zero here
};
static_assert(std::is_trivially_copyable_v<Header> && sizeof(Header) == 64);
static_assert(std::is_trivially_copyable_v<SeekPoint> && sizeof(SeekPoint) == 24);

struct Stamp {
    std::int64_t dts;
    std::int64_t pts;
};
static_assert(sizeof(Stamp) == 16);

Header header_for(const wire::OpenMedia& wishes) {
    return {.magic = magic,
            .format_version = format_version,
            .libavformat = avformat_version(),
            .libavcodec = avcodec_version(),
            .max_side_px = wishes.max_side_px,
            .alpha = static_cast<std::uint8_t>(wishes.alpha),
            .matrix_override = static_cast<std::uint8_t>(wishes.matrix_override),
            .range_override = static_cast<std::uint8_t>(wishes.range_override),
            .seek = 0,
            .naming = 0,
            .zero = {},
            .message_bytes = 0,
            .seek_points = 0,
            .stamps = 0,
            .checksum = 0};
}

/// The header as it must be, given the parts of it that only the entry knows.
bool is_for(const Header& header, const wire::OpenMedia& wishes) {
    Header expected = header_for(wishes);
    expected.seek = header.seek;
    expected.naming = header.naming;
    expected.message_bytes = header.message_bytes;
    expected.seek_points = header.seek_points;
    expected.stamps = header.stamps;
    expected.checksum = header.checksum;
    return std::memcmp(&header, &expected, sizeof header) == 0 &&
           header.seek <= static_cast<std::uint8_t>(SeekMethod::none) &&
           header.naming <= static_cast<std::uint8_t>(FrameNaming::by_count);
}

template <class Value>
void append(std::vector<std::byte>& bytes, const Value* values, std::size_t count) {
    const auto* const begin = reinterpret_cast<const std::byte*>(values);
    bytes.insert(bytes.end(), begin, begin + count * sizeof(Value));
}

/// Takes so many values from the front; the caller has checked that they are there.
template <class Value>
std::vector<Value> take(std::span<const std::byte>& bytes, std::size_t count) {
    std::vector<Value> values(count);
    if (count > 0) std::memcpy(values.data(), bytes.data(), count * sizeof(Value));
    bytes = bytes.subspan(count * sizeof(Value));
    return values;
}

bool is_consistent(const MediaIndex& index) {
    const bool is_ascending = std::adjacent_find(index.stamps.begin(), index.stamps.end(),
                                                 [](const auto& a, const auto& b) {
                                                     return a.first >= b.first;
                                                 }) == index.stamps.end();
    return index.seek_points.size() == index.table.keyframes.size() && is_ascending &&
           (index.naming == FrameNaming::by_dts) == !index.stamps.empty();
}

}  // namespace

std::vector<std::byte> encode_entry(const TableRecord& record, const wire::OpenMedia& wishes) {
    const MediaIndex& index = record.index;
    const wire::Bytes message = wire::encode(
        wire::FromWorker(wire::MediaOpened{.info = record.info, .table = index.table}));
    Header header = header_for(wishes);
    header.seek = static_cast<std::uint8_t>(index.seek);
    header.naming = static_cast<std::uint8_t>(index.naming);
    header.message_bytes = message.size();
    header.seek_points = index.seek_points.size();
    header.stamps = index.stamps.size();
    std::vector<Stamp> stamps;
    for (const auto& [dts, pts] : index.stamps) stamps.push_back({dts, pts});
    std::vector<std::byte> bytes;
    append(bytes, &header, 1);
    append(bytes, message.data(), message.size());
    append(bytes, index.seek_points.data(), index.seek_points.size());
    append(bytes, stamps.data(), stamps.size());
    if (bytes.size() > wire::max_table_entry_bytes) return {};
    header.checksum = checksum(bytes);
    std::memcpy(bytes.data(), &header, sizeof header);
    return bytes;
}

std::optional<TableRecord> decode_entry(std::span<const std::byte> bytes,
                                        const wire::OpenMedia& wishes) {
    Header header;
    if (bytes.size() < sizeof header || bytes.size() > wire::max_table_entry_bytes)
        return std::nullopt;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (!is_for(header, wishes)) return std::nullopt;
    const std::uint64_t most = wire::max_table_entry_bytes;
    if (header.message_bytes > most || header.seek_points > most || header.stamps > most ||
        bytes.size() != sizeof header + header.message_bytes +
                            header.seek_points * sizeof(SeekPoint) + header.stamps * sizeof(Stamp))
        return std::nullopt;
    // The checksum was made with zero in its own place.
    Header blank = header;
    blank.checksum = 0;
    std::vector<std::byte> whole(bytes.begin(), bytes.end());
    std::memcpy(whole.data(), &blank, sizeof blank);
    if (checksum(whole) != header.checksum) return std::nullopt;

    bytes = bytes.subspan(sizeof header);
    auto message = wire::decode_from_worker(bytes.first(header.message_bytes));
    if (!message || !std::holds_alternative<wire::MediaOpened>(*message)) return std::nullopt;
    auto& opened = std::get<wire::MediaOpened>(*message);
    bytes = bytes.subspan(header.message_bytes);
    TableRecord record{.info = std::move(opened.info), .index = {}};
    record.index.table = std::move(opened.table);
    record.index.seek = static_cast<SeekMethod>(header.seek);
    record.index.naming = static_cast<FrameNaming>(header.naming);
    record.index.seek_points = take<SeekPoint>(bytes, header.seek_points);
    for (const Stamp& stamp : take<Stamp>(bytes, header.stamps))
        record.index.stamps.emplace_back(stamp.dts, stamp.pts);
    if (!is_consistent(record.index) || !validate(record.index.table)) return std::nullopt;
    return record;
}

std::vector<std::byte> read_entry(const UniqueFd& entry) {
    std::vector<std::byte> bytes;
    struct stat status {};
    const off_t begin = ::lseek(entry.get(), 0, SEEK_CUR);
    if (begin < 0 || file_status(entry.get(), status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size <= begin ||
        status.st_size - begin > static_cast<off_t>(wire::max_table_entry_bytes))
        return bytes;
    bytes.resize(static_cast<std::size_t>(status.st_size - begin));
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got = ::pread(entry.get(), bytes.data() + have, bytes.size() - have,
                                    begin + static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        have += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace reelpool::worker
