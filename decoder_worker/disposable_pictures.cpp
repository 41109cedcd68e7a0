#include "decoder_worker/disposable_pictures.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace reelpool::worker {
namespace {

constexpr unsigned slice = 1;
constexpr unsigned idr_slice = 5;
constexpr unsigned sei = 6;
constexpr unsigned sequence_set = 7;
constexpr unsigned picture_set = 8;
constexpr unsigned access_unit_delimiter = 9;
constexpr unsigned filler = 12;

unsigned type_of(NalUnits::Bytes unit) {
    return unit[0] & 0x1fU;
}
bool is_reference(NalUnits::Bytes unit) {
    return (unit[0] & 0x60U) != 0;
}

/// Reads numbers bit by bit; what lies behind the end is remembered, and 0.
class Bits {
  public:
    explicit Bits(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

    unsigned u(unsigned count) {
        unsigned value = 0;
        for (unsigned i = 0; i < count; ++i, ++at_) {
            if (at_ / 8 >= bytes_.size()) is_cut_ = true;
            const unsigned bit = is_cut_ ? 0 : (bytes_[at_ / 8] >> (7 - at_ % 8)) & 1U;
            value = value << 1 | bit;
        }
        return value;
    }
    /// Exp-Golomb, 9.1.
    unsigned ue() {
        unsigned zeros = 0;
        while (zeros < 32 && !is_cut_ && u(1) == 0) ++zeros;
        if (zeros >= 32) is_cut_ = true;
        return is_cut_ ? 0 : (1U << zeros) - 1 + u(zeros);
    }
    [[nodiscard]] bool is_cut() const { return is_cut_; }

  private:
    std::vector<std::uint8_t> bytes_;
    std::size_t at_ = 0;
    bool is_cut_ = false;
};

/// Those whose parameter set says more about chroma, 7.3.2.1.1.
bool is_high_profile(unsigned profile) {
    constexpr std::array profiles{100U, 110U, 122U, 244U, 44U,  83U, 86U,
                                  118U, 128U, 138U, 139U, 134U, 135U};
    return std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
}

/// All that a slice header or a parameter set needs up to what is read of it.
constexpr std::size_t header_bytes = 64;

/// As many as a decoder may hold back to put them in order.
constexpr std::size_t most_shown = 16;

/// Frames whose fields have a picture order count each.
bool has_order_of_fields(NalUnits::Bytes unit) {
    Bits bits(unescaped(unit, header_bytes));
    bits.u(8);
    bits.ue();
    bits.ue();
    bits.u(1);
    return bits.u(1) != 0 || bits.is_cut();
}

}  // namespace

DisposablePictures::DisposablePictures(const AVCodecParameters& parameters)
    : parameters_(&parameters) {
    add_sets_of_container();
}

void DisposablePictures::restart() {
    last_reference_.reset();
    shown_.clear();
}

void DisposablePictures::add_sets_of_container() {
    const NalUnits::Bytes extra{parameters_->extradata,
                                static_cast<std::size_t>(parameters_->extradata_size)};
    if (extra.size() <= 6 || extra[0] != 1) {
        NalUnits units(*parameters_, extra);
        for (auto unit = units.next(); !unit.empty(); unit = units.next()) add_set(unit);
        return;
    }
    // avcC: a count of sequence sets, then each behind its length in two bytes; the same of picture
    // sets.
    NalUnits::Bytes rest = extra.subspan(5);
    for (const unsigned mask : {0x1fU, 0xffU}) {
        if (rest.empty()) return;
        const unsigned count = rest[0] & mask;
        rest = rest.subspan(1);
        for (unsigned i = 0; i < count && rest.size() > 2; ++i) {
            const std::size_t length = std::size_t{rest[0]} << 8 | rest[1];
            if (length == 0 || length > rest.size() - 2) return;
            add_set(rest.subspan(2, length));
            rest = rest.subspan(2 + length);
        }
    }
}

void DisposablePictures::add_set(NalUnits::Bytes unit) {
    if (type_of(unit) == picture_set && has_order_of_fields(unit)) is_known_ = false;
    if (type_of(unit) != sequence_set) return;
    // With start codes, zeros may follow that belong to the next one.
    while (!unit.empty() && unit.back() == 0) unit = unit.first(unit.size() - 1);
    if (std::equal(unit.begin(), unit.end(), set_.begin(), set_.end())) return;
    const auto facts = set_.empty() ? read_set(unit) : std::nullopt;
    set_.assign(unit.begin(), unit.end());
    if (facts)
        facts_ = *facts;
    else
        is_known_ = false;
}

std::optional<DisposablePictures::SequenceFacts> DisposablePictures::read_set(
    NalUnits::Bytes unit) {
    Bits bits(unescaped(unit, header_bytes));
    bits.u(8);
    const unsigned profile = bits.u(8);
    bits.u(16);
    bits.ue();
    if (is_high_profile(profile)) {
        constexpr unsigned separate_planes_possible = 3;
        if (bits.ue() == separate_planes_possible) return std::nullopt;
        bits.ue();
        bits.ue();
        bits.u(1);
        const bool has_scaling_lists = bits.u(1) != 0;
        if (has_scaling_lists) return std::nullopt;
    }
    SequenceFacts facts{.frame_num_bits = bits.ue() + 4};
    const unsigned order_type = bits.ue();
    if (order_type == 1) return std::nullopt;
    if (order_type == 0) facts.order_bits = bits.ue() + 4;
    bits.ue();
    const bool has_gaps = bits.u(1) != 0;
    bits.ue();
    bits.ue();
    const bool is_frames_only = bits.u(1) != 0;
    if (bits.is_cut() || has_gaps || !is_frames_only) return std::nullopt;
    if (facts.frame_num_bits > 16 || facts.order_bits > 16) return std::nullopt;
    return facts;
}

std::optional<DisposablePictures::SliceFacts> DisposablePictures::read_slice(
    NalUnits::Bytes unit) const {
    constexpr unsigned last_slice_type = 9;
    constexpr unsigned last_picture_set = 255;
    Bits bits(unescaped(unit, header_bytes));
    bits.u(8);
    bits.ue();
    const unsigned slice_type = bits.ue();
    const unsigned set = bits.ue();
    SliceFacts facts{.frame_num = bits.u(facts_.frame_num_bits)};
    if (type_of(unit) == idr_slice) bits.ue();
    facts.order = bits.u(facts_.order_bits);
    if (bits.is_cut() || slice_type > last_slice_type || set > last_picture_set)
        return std::nullopt;
    return facts;
}

bool DisposablePictures::is_harmless(NalUnits::Bytes unit,
                                     const std::optional<SliceFacts>& facts) const {
    if (type_of(unit) != slice || (unit[0] & 0x80U) != 0 || is_reference(unit)) return false;
    if (!facts || !last_reference_) return false;
    return facts->frame_num == (*last_reference_ + 1) % (1U << facts_.frame_num_bits);
}

/// 8.2.1.1: the value with these low bits that is nearest to that of the last reference.
std::int64_t DisposablePictures::order_of(unsigned lsb) const {
    const std::int64_t range = std::int64_t{1} << facts_.order_bits;
    const std::int64_t low = reference_order_ & (range - 1);
    std::int64_t order = reference_order_ - low + lsb;
    if (lsb < low && low - lsb >= range / 2) order += range;
    if (lsb > low && lsb - low > range / 2) order -= range;
    return order;
}

bool DisposablePictures::is_in_order(const Shown& picture) const {
    if (facts_.order_bits == 0) return true;
    return std::all_of(shown_.begin(), shown_.end(), [&picture](const Shown& other) {
        return picture.order != other.order &&
               (picture.order < other.order) == (picture.pts < other.pts);
    });
}

void DisposablePictures::add_picture(const SliceFacts& facts, std::int64_t pts, bool is_idr,
                                     bool is_reference) {
    if (is_idr) {
        reference_order_ = 0;
        shown_.clear();
    }
    const std::int64_t order = order_of(facts.order);
    if (is_reference) {
        last_reference_ = facts.frame_num;
        reference_order_ = order;
    }
    if (shown_.size() == most_shown) shown_.erase(shown_.begin());
    shown_.push_back({order, pts});
}

bool DisposablePictures::may_leave_out(const AVPacket& packet) {
    if (av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, nullptr) != nullptr)
        is_known_ = false;
    if (!is_known_) return false;
    std::optional<SliceFacts> picture;  // of the first slice
    bool is_idr = false;
    bool refers = false;
    bool is_clean = packet.pts != AV_NOPTS_VALUE;
    NalUnits units(*parameters_, {packet.data, static_cast<std::size_t>(packet.size)});
    for (auto unit = units.next(); !unit.empty(); unit = units.next()) {
        const unsigned type = type_of(unit);
        if (type == sei || type == access_unit_delimiter || type == filler) continue;
        add_set(unit);
        const bool is_slice = (type == slice || type == idr_slice) && is_known_ && !set_.empty();
        const auto facts = is_slice ? read_slice(unit) : std::nullopt;
        is_clean =
            is_clean && is_harmless(unit, facts) && (!picture || picture->order == facts->order);
        if (!picture && facts) picture = facts;
        is_idr = is_idr || type == idr_slice;
        refers = refers || (is_slice && is_reference(unit));
    }
    if (!picture) return false;
    is_clean = is_clean && units.is_whole() && is_in_order({order_of(picture->order), packet.pts});
    add_picture(*picture, packet.pts, is_idr, refers);
    return is_clean;
}

}  // namespace reelpool::worker
