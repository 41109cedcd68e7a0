#include "orchestrator/model/effect_table.hpp"

#include "ipc/base/digest.hpp"

namespace reelpool::model {

EffectTablePlace TableFile::add(const EffectTable& table) {
    EffectTablePlace place{.first = static_cast<std::uint32_t>(floats_.size() / 4),
                           .dimensions = table.dimensions,
                           .size = table.size};
    const auto put = [this](const std::array<float, 3>& triple) {
        floats_.insert(floats_.end(), {triple[0], triple[1], triple[2], 0});
    };
    const std::size_t begin = floats_.size();
    put(table.low);
    std::array<float, 3> per_unit{};
    for (std::size_t i = 0; i < 3; ++i)
        per_unit[i] = static_cast<float>(table.size - 1) / (table.high[i] - table.low[i]);
    put(per_unit);
    for (const std::array<float, 3>& entry : table.entries) put(entry);
    Digester digester;
    digester.add_number(table.dimensions);
    digester.add(std::as_bytes(std::span(floats_).subspan(begin)));
    place.checksum = digester.digest().low;
    return place;
}

}  // namespace reelpool::model
