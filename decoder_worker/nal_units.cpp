#include "decoder_worker/nal_units.hpp"

#include <algorithm>

namespace reelpool::worker {

NalUnits::NalUnits(const AVCodecParameters& parameters, Bytes bytes) : rest_(bytes) {
    const Bytes extra{parameters.extradata, static_cast<std::size_t>(parameters.extradata_size)};
    if (extra.size() > 4 && extra[0] == 1) length_bytes_ = (extra[4] & 3U) + 1;
}

NalUnits::Bytes NalUnits::next_by_length() {
    while (rest_.size() >= length_bytes_) {
        std::size_t length = 0;
        for (std::size_t i = 0; i < length_bytes_; ++i) length = length << 8 | rest_[i];
        if (length > rest_.size() - length_bytes_) return {};
        const Bytes unit = rest_.subspan(length_bytes_, length);
        rest_ = rest_.subspan(length_bytes_ + length);
        if (!unit.empty()) return unit;
    }
    return {};
}

NalUnits::Bytes NalUnits::next_by_start_code() {
    const std::size_t begin = start_code();
    if (begin + 3 >= rest_.size()) return {};
    rest_ = rest_.subspan(begin + 3);
    const std::size_t end = start_code();
    const Bytes unit = rest_.first(end);
    rest_ = rest_.subspan(end);
    return unit;
}

std::size_t NalUnits::start_code() const {
    const auto begin = rest_.begin();
    for (auto one = begin; one != rest_.end(); ++one) {
        one = std::find(one, rest_.end(), std::uint8_t{1});
        if (one == rest_.end()) break;
        if (one - begin >= 2 && one[-1] == 0 && one[-2] == 0)
            return static_cast<std::size_t>(one - begin) - 2;
    }
    return rest_.size();
}

std::vector<std::uint8_t> unescaped(NalUnits::Bytes unit, std::size_t count) {
    std::vector<std::uint8_t> bytes;
    int zeros = 0;
    for (const std::uint8_t byte : unit) {
        if (bytes.size() == count) break;
        const bool is_escape = zeros >= 2 && byte == 3;
        zeros = byte == 0 ? zeros + 1 : 0;
        if (!is_escape) bytes.push_back(byte);
    }
    return bytes;
}

}  // namespace reelpool::worker
