#include "ipc/frame/hdr_metadata.hpp"

#include <charconv>
#include <optional>

#include "ipc/frame/refused_setting.hpp"

namespace reelpool {
namespace {

constexpr std::uint32_t most_xy = 50'000;
constexpr std::uint32_t most_luminance = 100'000'000;
constexpr std::uint32_t most_light = 65'535;

/// Reads numbers with the given texts before each, and after the last.
template <std::size_t count>
std::optional<std::array<std::uint32_t, count>> numbers_between(
    std::string_view text, const std::array<std::string_view, count + 1>& between) {
    std::array<std::uint32_t, count> numbers{};
    for (std::size_t i = 0; i <= count; ++i) {
        if (!text.starts_with(between[i])) return std::nullopt;
        text.remove_prefix(between[i].size());
        if (i == count) break;
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
        if (error != std::errc()) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    if (!text.empty()) return std::nullopt;
    return numbers;
}

std::string pair_text(const std::array<std::uint32_t, 2>& pair) {
    return "(" + std::to_string(pair[0]) + "," + std::to_string(pair[1]) + ")";
}

}  // namespace

Status validate(const MasteringDisplay& display) {
    for (const auto& point : {display.green, display.blue, display.red, display.white})
        if (point[0] > most_xy || point[1] > most_xy || point[1] == 0)
            return refused_setting("the mastering display has colours that do not exist",
                                   "CIE x and y are counted in 1/50000");
    if (display.max_luminance <= display.min_luminance || display.max_luminance > most_luminance)
        return refused_setting("the mastering display has a luminance that does not exist",
                               "its greatest and least are counted in 1/10000 cd/m2");
    return ok();
}

Status validate(const ContentLight& light) {
    if (light.brightest_pixel > most_light || light.brightest_frame_average > light.brightest_pixel)
        return refused_setting("the content light level does not exist",
                               "MaxCLL is at most 65535 cd/m2, and MaxFALL at most MaxCLL");
    return ok();
}

std::string to_text(const MasteringDisplay& display) {
    return "G" + pair_text(display.green) + "B" + pair_text(display.blue) + "R" +
           pair_text(display.red) + "WP" + pair_text(display.white) + "L" +
           pair_text({display.max_luminance, display.min_luminance});
}

std::string to_text(const ContentLight& light) {
    return std::to_string(light.brightest_pixel) + "," +
           std::to_string(light.brightest_frame_average);
}

Result<MasteringDisplay> parse_mastering_display(std::string_view text) {
    const auto n = numbers_between<10>(
        text, {"G(", ",", ")B(", ",", ")R(", ",", ")WP(", ",", ")L(", ",", ")"});
    if (!n)
        return refused_setting(
            "\"" + std::string(text) + "\" is no mastering display",
            "write it like G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)");
    const MasteringDisplay display{.green = {(*n)[0], (*n)[1]},
                                   .blue = {(*n)[2], (*n)[3]},
                                   .red = {(*n)[4], (*n)[5]},
                                   .white = {(*n)[6], (*n)[7]},
                                   .max_luminance = (*n)[8],
                                   .min_luminance = (*n)[9]};
    REELPOOL_TRY_STATUS(validate(display));
    return display;
}

Result<ContentLight> parse_content_light(std::string_view text) {
    const auto n = numbers_between<2>(text, {"", ",", ""});
    if (!n)
        return refused_setting("\"" + std::string(text) + "\" is no content light level",
                               "write MaxCLL and MaxFALL like 1000,400");
    const ContentLight light{(*n)[0], (*n)[1]};
    REELPOOL_TRY_STATUS(validate(light));
    return light;
}

}  // namespace reelpool
