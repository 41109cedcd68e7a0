#include "random_parts.hpp"

namespace reelpool::export_test {

std::string random_colour(Dice& dice) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text = "#";
    const int length = dice.chance(30) ? 8 : 6;
    for (int k = 0; k < length; ++k) text += digits[dice.pick(16)];
    return text;
}

Json random_ease(Dice& dice) {
    const std::array<Json, 7> eases{"linear",
                                    "hold",
                                    "ease",
                                    "ease-in",
                                    "ease-out",
                                    "ease-in-out",
                                    Json::array({0.2, -0.3, 0.6, 1.4})};
    return dice.of(eases);
}

Json maybe_animated(Dice& dice, int percent, const std::function<Json()>& value) {
    if (!dice.chance(percent)) return value();
    Json keys = Json::array();
    double time = dice.between(0, 0.2);
    for (int k = 2 + dice.pick(2); k > 0; --k) {
        Json key = Json::array({time, value()});
        if (dice.chance(70)) key.push_back(random_ease(dice));
        keys.push_back(key);
        time = static_cast<double>(static_cast<int>(time * 1000) + 30 + dice.pick(300)) / 1000;
    }
    return {{"keys", keys}};
}

void crop_somewhere(Dice& dice, Json& clip) {
    for (const char* side : {"left", "top", "right", "bottom"}) {
        if (!dice.chance(50)) continue;
        if (dice.chance(50)) {
            clip["crop"][side] = dice.pick(26);
        } else {
            clip["crop"][side] = dice.between(0, 25);
        }
    }
}

Json random_transform(Dice& dice, int width, int height) {
    Json made = Json::object();
    if (dice.chance(70)) {
        made["position"] = maybe_animated(dice, 30, [&]() -> Json {
            if (dice.chance(30)) return Json::array({dice.pick(width), dice.pick(height)});
            return Json::array({dice.between(-0.1 * width, 1.1 * width),
                                dice.between(-0.1 * height, 1.1 * height)});
        });
    }
    if (dice.chance(40)) {
        made["anchor"] = maybe_animated(dice, 20, [&]() -> Json {
            return Json::array({dice.between(-0.2, 1.2), dice.between(-0.2, 1.2)});
        });
    }
    if (dice.chance(70)) {
        made["scale"] = maybe_animated(dice, 35, [&]() -> Json {
            if (dice.chance(60)) return dice.between(0.08, 1.6);
            return Json::array({dice.between(-1.3, 1.5), dice.between(0.1, 1.5)});
        });
    }
    if (dice.chance(50)) {
        const std::array<int, 4> right{90, 180, -90, 45};
        made["rotation"] = maybe_animated(dice, 30, [&]() -> Json {
            if (dice.chance(40)) return dice.of(right);
            return dice.between(-180, 180);
        });
    }
    return made;
}

Json random_masks(Dice& dice, int width, int height) {
    const auto point = [&] {
        return Json::array({dice.between(0, width), dice.between(0, height)});
    };
    Json masks = Json::array();
    for (int count = 1 + dice.pick(3); count > 0; --count) {
        const std::array<const char*, 3> shapes{"rect", "ellipse", "path"};
        const std::array<const char*, 3> modes{"add", "subtract", "intersect"};
        Json mask = {{"shape", dice.of(shapes)}};
        if (dice.chance(60)) mask["mode"] = dice.of(modes);
        if (dice.chance(25)) mask["invert"] = true;
        if (dice.chance(40))
            mask["feather"] = maybe_animated(dice, 40, [&] { return dice.between(0, 40); });
        if (dice.chance(30))
            mask["expansion"] = maybe_animated(dice, 40, [&] { return dice.between(-15, 15); });
        if (dice.chance(30)) mask["opacity"] = dice.between(0, 1);
        if (mask["shape"] == "path") {
            mask["vertices"] = Json::array();
            for (int vertices = 2 + dice.pick(4); vertices > 0; --vertices) {
                if (dice.chance(50)) {
                    mask["vertices"].push_back(point());
                    continue;
                }
                Json vertex = {{"point", maybe_animated(dice, 40, point)}};
                vertex["in"] = Json::array({dice.between(-50, 50), dice.between(-50, 50)});
                vertex["out"] = Json::array({dice.between(-50, 50), dice.between(-50, 50)});
                mask["vertices"].push_back(vertex);
            }
        } else {
            if (dice.chance(70)) mask["center"] = maybe_animated(dice, 40, point);
            if (dice.chance(80)) mask["size"] = maybe_animated(dice, 40, point);
        }
        masks.push_back(mask);
    }
    return masks;
}

Json random_effects(Dice& dice) {
    const auto number = [&](double low, double high) {
        return maybe_animated(dice, 30, [&] { return dice.between(low, high); });
    };
    const auto triple = [&](double low, double high) {
        return Json::array(
            {dice.between(low, high), dice.between(low, high), dice.between(low, high)});
    };
    Json effects = Json::array();
    for (int count = 1 + dice.pick(5); count > 0; --count) {
        switch (dice.pick(9)) {
            case 0:
                effects.push_back({{"type", "exposure"}, {"stops", number(-1, 1)}});
                break;
            case 1:
                effects.push_back({{"type", "saturation"}, {"amount", number(0, 2)}});
                break;
            case 2:
                effects.push_back({{"type", "hue"}, {"angle", number(-180, 180)}});
                break;
            case 3:
                effects.push_back({{"type", "invert"}, {"amount", number(0, 1)}});
                break;
            case 4:
                effects.push_back({{"type", "sepia"}});
                break;
            case 5:
                effects.push_back({{"type", "temperature"}, {"kelvin", number(3000, 9000)}});
                break;
            case 6:
                effects.push_back({{"type", "contrast"}, {"amount", number(0.4, 1.5)}});
                break;
            case 7:
                effects.push_back({{"type", "gamma"}, {"gamma", triple(0.6, 1.6)}});
                break;
            default:
                effects.push_back({{"type", "cdl"},
                                   {"slope", triple(0.7, 1.3)},
                                   {"offset", triple(-0.1, 0.1)},
                                   {"saturation", number(0.3, 1.5)}});
        }
    }
    return effects;
}

}  // namespace reelpool::export_test
