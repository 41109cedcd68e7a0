#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ipc/base/result.hpp"
#include "ipc/frame/output_settings.hpp"

namespace reelpool {

/// What one codec takes. Presets are empty where there is nothing to choose.
struct CodecRules {
    Codec codec;
    const char* name;
    std::span<const PixelFormat> formats;  ///< the usual one first
    std::span<const Container> containers;
    std::span<const char* const> presets;
    std::int32_t min_crf;  ///< above max_crf: the codec knows neither crf nor bitrate
    std::int32_t max_crf;
    std::uint32_t min_width_px;
    std::uint32_t min_height_px;
    std::uint32_t max_height_px;
    bool takes_full_range;

    [[nodiscard]] bool takes_rate_control() const { return min_crf <= max_crf; }
};

/// Nothing for a codec that does not exist.
[[nodiscard]] const CodecRules* find_rules(Codec codec);

/// Errors: the codec does not exist, or cannot be written to the container.
[[nodiscard]] Result<const CodecRules*> rules_for(Codec codec, Container container);

/// The formats that a codec takes, for people.
[[nodiscard]] std::string format_names(const CodecRules& rules);

}  // namespace reelpool
