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

/// Pairs of a fingerprint and a time; none where something else stands there.
std::vector<std::pair<std::uint64_t, double>> known_in(const Json& json) {
    std::vector<std::pair<std::uint64_t, double>> known;
    if (!json.contains("knownSeconds") || !json["knownSeconds"].is_array()) return known;
    for (const Json& pair : json["knownSeconds"]) {
        if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_unsigned() ||
            !pair[1].is_number() || !(pair[1].get<double>() > 0))
            continue;
        known.emplace_back(pair[0].get<std::uint64_t>(), pair[1].get<double>());
    }
    return known;
}

/// Leaves `number` as it is where nothing plausible stands there.
void read_number(const Json& json, const char* name, double least, double most, double& number) {
    if (!json.contains(name) || !json[name].is_number()) return;
    const double read = json[name].get<double>();
    if (read >= least && read <= most) number = read;
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
    read_number(json, "drawFactor", 0.05, 20, speed.draw_factor);
    read_number(json, "startSeconds", 0, 60, speed.start_s);
    read_number(json, "busyShare", 0.05, 1, speed.busy_share);
    speed.known_s = known_in(json);
    return speed;
}

void SpeedStore::write(const Speed& speed) const {
    if (directory_.empty()) return;
    const Json json{{"decodeNs", speed.decode_ns},
                    {"outputNs", speed.output_ns},
                    {"drawFactor", speed.draw_factor},
                    {"startSeconds", speed.start_s},
                    {"knownSeconds", speed.known_s},
                    {"busyShare", speed.busy_share}};
    const std::string text = json.dump(1) + "\n";
    make_directories(directory_);
    const std::array pieces{std::as_bytes(std::span(text))};
    static_cast<void>(store_file(path(), pieces));
}

}  // namespace reelpool::run
