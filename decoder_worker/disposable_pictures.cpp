#include "decoder_worker/disposable_pictures.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
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

/// All that a slice header or a parameter set needs up to what is read of it.
constexpr std::size_t header_bytes = 64;
/// Of frame_num and of pic_order_cnt_lsb, 7.4.2.1.1.
constexpr unsigned most_bits = 16;
/// As many as a decoder may hold back to put them in order.
constexpr std::size_t most_shown = 16;

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

enum class ChromaFields : std::uint8_t { absent, present, unknown };

/// Whether a parameter set of the profile says more about chroma, 7.3.2.1.1.
ChromaFields chroma_fields(unsigned profile) {
    constexpr std::array without{66U, 77U, 88U};
    constexpr std::array with{100U, 110U, 122U, 244U};
    const auto has = [profile](const auto& list) {
        return std::find(list.begin(), list.end(), profile) != list.end();
    };
    if (has(without)) return ChromaFields::absent;
    return has(with) ? ChromaFields::present : ChromaFields::unknown;
}

/// Frames whose fields have a picture order count each, 7.3.2.2.
bool has_order_of_fields(NalUnits::Bytes unit) {
    Bits bits(unescaped(unit, header_bytes));
    bits.u(8);
    bits.ue();
    bits.ue();
    bits.u(1);
    return bits.u(1) != 0 || bits.is_cut();
}

/// Only about its own picture: its timing, and captions. Others say things that last.
bool is_passing_message(NalUnits::Bytes unit) {
    constexpr unsigned picture_timing = 1;
    constexpr unsigned registered_data = 4;
    constexpr std::size_t longest = 1024;
    const std::vector<std::uint8_t> bytes = unescaped(unit, longest);
    std::size_t at = 1;
    while (at + 2 < bytes.size()) {
        const unsigned type = bytes[at];
        const unsigned length = bytes[at + 1];
        if (type != picture_timing && type != registered_data) return false;
        if (length == 0xff) return false;
        at += 2 + length;
    }
    return at + 1 == bytes.size() || at + 2 == bytes.size();
}

/// In a unit behind a length, where some decoders end it all the same.
bool has_start_code(NalUnits::Bytes unit) {
    for (std::size_t at = 0; at + 2 < unit.size(); ++at)
        if (unit[at] == 0 && unit[at + 1] == 0 && unit[at + 2] < 3) return true;
    return false;
}

}  // namespace

DisposablePictures::DisposablePictures(const AVCodecParameters& parameters)
    : parameters_(&parameters) {
    add_sets_of_container();
}

void DisposablePictures::restart() {
    has_left_out_ = false;
    last_reference_.reset();
    reference_order_ = 0;
    shown_.clear();
}

void DisposablePictures::add_sets_of_container() {
    const NalUnits::Bytes extra{parameters_->extradata,
                                static_cast<std::size_t>(parameters_->extradata_size)};
    if (extra.empty() || extra[0] != 1) {
        NalUnits units(*parameters_, extra);
        for (auto unit = units.next(); !unit.empty(); unit = units.next()) add_set(unit);
        return;
    }
    // avcC: a count of sequence sets, then each behind its length in two bytes; the same of picture
    // sets.
    NalUnits::Bytes rest = extra.size() < 5 ? NalUnits::Bytes{} : extra.subspan(5);
    for (const unsigned mask : {0x1fU, 0xffU}) {
        is_known_ = is_known_ && !rest.empty();
        if (!is_known_) return;
        const unsigned count = rest[0] & mask;
        rest = rest.subspan(1);
        for (unsigned i = 0; i < count; ++i) {
            const std::size_t length = rest.size() < 2 ? 0 : std::size_t{rest[0]} << 8 | rest[1];
            is_known_ = is_known_ && length > 0 && length <= rest.size() - 2;
            if (!is_known_) return;
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
    const ChromaFields chroma = chroma_fields(bits.u(8));
    bits.u(16);
    bits.ue();
    if (chroma == ChromaFields::unknown) return std::nullopt;
    if (chroma == ChromaFields::present) {
        constexpr unsigned separate_planes_possible = 3;
        if (bits.ue() == separate_planes_possible) return std::nullopt;
        bits.ue();
        bits.ue();
        bits.u(1);
        const bool has_scaling_lists = bits.u(1) != 0;
        if (has_scaling_lists) return std::nullopt;
    }
    const unsigned more_number_bits = bits.ue();
    const unsigned order_type = bits.ue();
    const unsigned more_order_bits = order_type == 0 ? bits.ue() : 0;
    bits.ue();
    const bool has_gaps = bits.u(1) != 0;
    bits.ue();
    bits.ue();
    const bool is_frames_only = bits.u(1) != 0;
    if (bits.is_cut() || has_gaps || !is_frames_only) return std::nullopt;
    if (order_type != 0 && order_type != 2) return std::nullopt;
    if (more_number_bits > most_bits - 4 || more_order_bits > most_bits - 4) return std::nullopt;
    return SequenceFacts{.frame_num_bits = more_number_bits + 4,
                         .order_bits = order_type == 0 ? more_order_bits + 4 : 0};
}

DisposablePictures::Picture DisposablePictures::read_slice(NalUnits::Bytes unit) const {
    constexpr unsigned last_slice_type = 9;
    constexpr unsigned last_picture_set = 255;
    Bits bits(unescaped(unit, header_bytes));
    const bool is_idr = type_of(unit) == idr_slice;
    Picture picture{.kind = is_idr               ? PictureKind::idr
                            : is_reference(unit) ? PictureKind::reference
                                                 : PictureKind::disposable};
    const bool is_forbidden = bits.u(8) >= 0x80;
    bits.ue();
    const unsigned slice_type = bits.ue();
    const unsigned set = bits.ue();
    picture.frame_num = bits.u(facts_.frame_num_bits);
    if (is_idr) bits.ue();
    picture.order = bits.u(facts_.order_bits);
    picture.is_whole =
        !is_forbidden && !bits.is_cut() && slice_type <= last_slice_type && set <= last_picture_set;
    return picture;
}

/// Nothing: the packet holds no picture that could be read.
std::optional<DisposablePictures::Picture> DisposablePictures::read_picture(
    const AVPacket& packet) {
    std::optional<Picture> picture;
    bool is_plain = true;
    NalUnits units(*parameters_, {packet.data, static_cast<std::size_t>(packet.size)});
    for (auto unit = units.next(); !unit.empty(); unit = units.next()) {
        const unsigned type = type_of(unit);
        if (type == access_unit_delimiter || type == filler) continue;
        if (type == sei) {
            is_plain = is_plain && is_passing_message(unit);
            continue;
        }
        add_set(unit);
        if ((type != slice && type != idr_slice) || !is_known_ || set_.empty()) {
            is_plain = false;
            continue;
        }
        const Picture part = read_slice(unit);
        if (!picture) picture = part;
        is_plain = is_plain && part.is_whole && part.kind == picture->kind &&
                   part.frame_num == picture->frame_num && part.order == picture->order;
        if (part.kind == PictureKind::disposable)
            is_plain = is_plain && !(units.are_behind_lengths() && has_start_code(unit));
    }
    if (picture) picture->is_whole = is_plain && units.is_whole();
    return picture;
}

/// Its frame number is the one after the last reference's.
bool DisposablePictures::follows(const Picture& picture) const {
    return last_reference_ &&
           picture.frame_num == (*last_reference_ + 1) % (1U << facts_.frame_num_bits);
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

void DisposablePictures::add(const Picture& picture, const Shown& shown) {
    if (picture.kind != PictureKind::disposable) {
        last_reference_ = picture.frame_num;
        reference_order_ = shown.order;
    }
    if (shown_.size() == most_shown) shown_.erase(shown_.begin());
    shown_.push_back(shown);
}

DisposablePictures::Verdict DisposablePictures::judge(const AVPacket& packet, Wish wish) {
    const bool was_left_out = has_left_out_;
    const Verdict doubtful = was_left_out ? Verdict::contradicts : Verdict::needed;
    for (const auto type : {AV_PKT_DATA_NEW_EXTRADATA, AV_PKT_DATA_PARAM_CHANGE})
        if (av_packet_get_side_data(&packet, type, nullptr) != nullptr) is_known_ = false;
    if (!is_known_) return doubtful;
    const std::optional<Picture> picture = read_picture(packet);
    if (!picture || !is_known_) return doubtful;
    // What is displayed at an unknown time is in no order.
    const bool is_sure = packet.pts != AV_NOPTS_VALUE && (packet.flags & AV_PKT_FLAG_CORRUPT) == 0;
    if (picture->kind == PictureKind::idr) restart();
    const Shown shown{order_of(picture->order), packet.pts};
    const bool fits = picture->kind == PictureKind::idr ? picture->frame_num == 0
                                                        : follows(*picture) && is_in_order(shown);
    add(*picture, shown);
    if (was_left_out && !fits) return Verdict::contradicts;
    const bool is_disposable =
        picture->kind == PictureKind::disposable && picture->is_whole && is_sure && fits;
    if (wish == Wish::wanted || !is_disposable) return Verdict::needed;
    has_left_out_ = true;
    return Verdict::left_out;
}

}  // namespace reelpool::worker
