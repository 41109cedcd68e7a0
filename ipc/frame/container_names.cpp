#include "ipc/frame/container_names.hpp"

#include <charconv>
#include <string>

#include "ipc/frame/output_settings.hpp"
#include "ipc/frame/refused_setting.hpp"

namespace reelpool {
namespace {

std::string_view file_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

std::optional<int> pattern_digits(std::string_view name) {
    const std::size_t percent = name.find('%');
    if (percent == std::string_view::npos || name.find('%', percent + 1) != std::string_view::npos)
        return std::nullopt;
    const std::string_view rest = name.substr(percent + 1);
    if (rest.starts_with('d')) return 0;
    int digits = 0;
    const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), digits);
    if (failure != std::errc{} || !rest.starts_with('0') || digits < 1 || digits > 9)
        return std::nullopt;
    return end != rest.data() + rest.size() && *end == 'd' ? std::optional(digits) : std::nullopt;
}

const char* container_name(Container container) {
    switch (container) {
        case Container::mp4:
            return "mp4";
        case Container::mov:
            return "mov";
        case Container::mkv:
            return "mkv";
        case Container::webm:
            return "webm";
        case Container::mxf:
            return "mxf";
        case Container::png_sequence:
            return "png";
        case Container::wav:
            return "wav";
        case Container::flac:
            return "flac";
        case Container::m4a:
            return "m4a";
        case Container::opus:
            return "opus";
        case Container::mp3:
            return "mp3";
        case Container::ogg:
            return "ogg";
    }
    return "unknown";
}

Result<Container> container_from_path(std::string_view path) {
    const std::string_view name = file_name(path);
    const std::size_t dot = name.rfind('.');
    std::string ending(dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1));
    for (char& letter : ending)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (ending == "mp4") return Container::mp4;
    if (ending == "mov") return Container::mov;
    if (ending == "mkv") return Container::mkv;
    if (ending == "webm") return Container::webm;
    if (ending == "mxf") return Container::mxf;
    if (ending == "wav") return Container::wav;
    if (ending == "flac") return Container::flac;
    if (ending == "m4a") return Container::m4a;
    if (ending == "opus") return Container::opus;
    if (ending == "mp3") return Container::mp3;
    if (ending == "ogg") return Container::ogg;
    if (ending != "png")
        return refused_setting(
            "the ending of \"" + std::string(name) + "\" names no container",
            "use .mp4, .mov, .mkv, .webm, .mxf, or _%04d.png for a sequence of pictures; "
            ".wav, .flac, .m4a, .opus, .mp3 or .ogg for sound alone");
    if (pattern_digits(name)) return Container::png_sequence;
    return refused_setting("\"" + std::string(name) + "\" names one picture, not a sequence",
                           "put the number's place into it, such as frame_%04d.png");
}

}  // namespace reelpool
