#include "orchestrator/cli/sound_losses.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace reelpool::cli {
namespace {

using Json = nlohmann::ordered_json;
using Losses = plan::SoundRunner::Losses;

constexpr std::size_t ranges_told = 8;

/// Source times from the first block of a row to the end of its last.
using Stretches = std::vector<std::pair<double, double>>;

Stretches stretches_of(const std::set<std::uint32_t>& blocks, std::uint32_t mix_hz) {
    const double length = double{sound_block_samples} / mix_hz;
    Stretches stretches;
    for (const std::uint32_t block : blocks) {
        const double begin = block * length;
        if (!stretches.empty() && blocks.contains(block - 1))
            stretches.back().second = begin + length;
        else
            stretches.emplace_back(begin, begin + length);
    }
    return stretches;
}

std::string seconds(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

std::string words(const Stretches& stretches) {
    std::string text;
    for (std::size_t i = 0; i < stretches.size() && i < ranges_told; ++i)
        text += (i == 0 ? "" : ", ") + seconds(stretches[i].first) + "-" +
                seconds(stretches[i].second) + " s";
    if (stretches.size() > ranges_told)
        text += " and " + std::to_string(stretches.size() - ranges_told) + " more";
    return text;
}

std::set<std::uint32_t> missing_blocks(const Losses& losses) {
    std::set<std::uint32_t> blocks;
    for (const auto& [block, samples] : losses.missing) blocks.insert(block);
    return blocks;
}

double missing_seconds(const Losses& losses, std::uint32_t mix_hz) {
    double samples = 0;
    for (const auto& [block, missing] : losses.missing) samples += missing;
    return samples / mix_hz;
}

Json json(const Stretches& stretches) {
    Json list = Json::array();
    for (const auto& [begin, end] : stretches) list.push_back({begin, end});
    return list;
}

}  // namespace

void add_sound_warnings(const run::SoundDecoding& decoding, const std::vector<std::string>& paths,
                        std::vector<Warning>& warnings) {
    for (const auto& [media, losses] : decoding.losses) {
        const std::string& path = paths.at(media.value);
        if (!losses.missing.empty())
            warnings.push_back({"sound-missing",
                                path + ": " + seconds(missing_seconds(losses, decoding.mix_hz)) +
                                    " s of its sound are missing, and silent: within " +
                                    words(stretches_of(missing_blocks(losses), decoding.mix_hz))});
        if (!losses.concealed.empty())
            warnings.push_back(
                {"sound-concealed", path + ": damaged sound was concealed within " +
                                        words(stretches_of(losses.concealed, decoding.mix_hz))});
        if (!losses.silenced.empty())
            warnings.push_back(
                {"silenced", path + ": sound cannot be decoded, and is silent instead: " +
                                 words(stretches_of(losses.silenced, decoding.mix_hz))});
    }
}

Json sound_losses_json(const run::ExportResult& result, std::size_t file) {
    if (!result.sound_decoding) return nullptr;
    const run::SoundDecoding& decoding = *result.sound_decoding;
    const auto found = decoding.losses.find(MediaId{static_cast<std::uint32_t>(file)});
    const Losses losses = found == decoding.losses.end() ? Losses{} : found->second;
    return {{"blocksDecoded", result.files[file].sound_blocks},
            {"starts", result.files[file].sound_seeks},
            {"missingSeconds", missing_seconds(losses, decoding.mix_hz)},
            {"missing", json(stretches_of(missing_blocks(losses), decoding.mix_hz))},
            {"concealed", json(stretches_of(losses.concealed, decoding.mix_hz))},
            {"silenced", json(stretches_of(losses.silenced, decoding.mix_hz))}};
}

}  // namespace reelpool::cli
