#include "orchestrator/run/speed_store.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "orchestrator/run/cache_place.hpp"

namespace reelpool::run {
namespace {

using Json = nlohmann::json;

constexpr std::size_t largest_file_bytes = 65536;
constexpr double least_ns = 0.01;
constexpr double most_ns = 1e6;

std::map<std::string, double> rates_in(const Json& json, const char* name) {
    std::map<std::string, double> rates;
    if (!json.contains(name) || !json[name].is_object()) return rates;
    for (const auto& [key, value] : json[name].items()) {
        if (!value.is_number()) continue;
        const double ns = value.get<double>();
        if (std::isfinite(ns) && ns >= least_ns && ns <= most_ns) rates[key] = ns;
    }
    return rates;
}

}  // namespace

Speed SpeedStore::read() const {
    Speed speed;
    if (directory_.empty()) return speed;
    std::ifstream file(path(), std::ios::binary);
    std::string text(largest_file_bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) return speed;
    speed.decode_ns = rates_in(json, "decodeNs");
    speed.output_ns = rates_in(json, "outputNs");
    if (json.contains("busyShare") && json["busyShare"].is_number()) {
        const double share = json["busyShare"].get<double>();
        if (share >= 0.05 && share <= 1) speed.busy_share = share;
    }
    return speed;
}

void SpeedStore::write(const Speed& speed) const {
    if (directory_.empty()) return;
    const Json json{{"decodeNs", speed.decode_ns},
                    {"outputNs", speed.output_ns},
                    {"busyShare", speed.busy_share}};
    const std::string text = json.dump(1) + "\n";
    make_directories(directory_);
    const std::array pieces{std::as_bytes(std::span(text))};
    static_cast<void>(store_file(path(), pieces));
}

}  // namespace reelpool::run
