#include <cstring>
#include <vector>

#include "decoder_worker/table_entry.hpp"
#include "ipc/base/checksum.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// A stored frame table. Version and checksum are made good first, as somebody who writes into the
// cache would.

using namespace reelpool;

namespace {

constexpr std::size_t version_bytes = 29;  ///< up to what only the entry knows
constexpr std::size_t checksum_at = 56;
constexpr std::size_t header_bytes = 64;

std::vector<std::byte> smallest_entry(const wire::OpenMedia& wishes) {
    worker::TableRecord record;
    record.info.container = "mp4";
    record.info.codec = "h264";
    record.info.format = yuv420p;
    record.info.width = 64;
    record.info.height = 36;
    record.index.table = {
        .time_base = Rational(1, 25), .pts = {0, 1, 2}, .end_pts = 3, .keyframes = {0}};
    record.index.seek_points.resize(1);
    return worker::encode_entry(record, wishes);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const wire::OpenMedia wishes;
    static const std::vector<std::byte> valid = smallest_entry(wishes);
    fuzz::require(valid.size() > header_bytes && worker::decode_entry(valid, wishes).has_value());
    if (size < header_bytes) return 0;
    const auto input = fuzz::bytes_of(data, size);
    std::vector<std::byte> bytes(input.begin(), input.end());
    std::memcpy(bytes.data(), valid.data(), version_bytes);
    std::memset(bytes.data() + checksum_at, 0, header_bytes - checksum_at);
    const std::uint64_t sum = checksum(bytes);
    std::memcpy(bytes.data() + checksum_at, &sum, sizeof sum);

    const auto record = worker::decode_entry(bytes, wishes);
    if (!record) return 0;
    const FrameTable& table = record->index.table;
    fuzz::require(table.frame_count() > 0 && validate(table).has_value());
    fuzz::require(record->index.seek_points.size() == table.keyframes.size());
    for (const Rational& seconds : {Rational(-1), Rational(0), Rational(1, 3), Rational(1 << 30)}) {
        const FrameIndex frame = table.frame_at(seconds);
        fuzz::require(frame.value < table.frame_count());
        fuzz::require(table.keyframe_at(frame).value <= frame.value);
    }
    return 0;
}
