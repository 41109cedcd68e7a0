#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace reelpool::export_test {

using Json = nlohmann::ordered_json;

/// Dice that fall alike on every machine (the standard's distributions do not).
class Dice {
  public:
    explicit Dice(unsigned seed) : engine_(seed) {}

    /// 0 .. sides - 1.
    int pick(int sides) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(sides)); }
    bool chance(int percent) { return pick(100) < percent; }
    /// A number between two bounds, in thousandths.
    double between(double low, double high) {
        const int steps = static_cast<int>((high - low) * 1000);
        return static_cast<double>(static_cast<int>(low * 1000) + pick(steps + 1)) / 1000;
    }
    template <class T, std::size_t n>
    const T& of(const std::array<T, n>& choices) {
        return choices.at(static_cast<std::size_t>(pick(static_cast<int>(n))));
    }

  private:
    std::mt19937 engine_;
};

// What projects thrown by dice are made of.

[[nodiscard]] std::string random_colour(Dice& dice);
[[nodiscard]] Json random_ease(Dice& dice);

/// A value, or at so many throws of a hundred a curve of such values over the first second.
[[nodiscard]] Json maybe_animated(Dice& dice, int percent, const std::function<Json()>& value);

/// Crops some sides by up to 25 pixels.
void crop_somewhere(Dice& dice, Json& clip);

/// One to three shapes in a source of about that size.
[[nodiscard]] Json random_masks(Dice& dice, int width, int height);

/// One to five effects on pictures, none of them steep.
[[nodiscard]] Json random_effects(Dice& dice);

/// Any anchor, position, scale and rotation; much of it may lie outside the comp.
[[nodiscard]] Json random_transform(Dice& dice, int width, int height);

}  // namespace reelpool::export_test
