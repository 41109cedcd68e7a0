#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "ipc/base/result.hpp"

namespace reelpool {

/// The display that HDR pictures were graded on. Source: SMPTE ST 2086.
struct MasteringDisplay {
    /// CIE x, y. Units: 1/50000.
    std::array<std::uint32_t, 2> green{}, blue{}, red{}, white{};
    std::uint32_t max_luminance = 0;  ///< Units: 1/10000 cd/m2
    std::uint32_t min_luminance = 0;
    friend bool operator==(const MasteringDisplay&, const MasteringDisplay&) = default;
};

/// How bright the pictures are. Units: cd/m2. Source: CTA-861.3.
struct ContentLight {
    std::uint32_t brightest_pixel = 0;          ///< MaxCLL
    std::uint32_t brightest_frame_average = 0;  ///< MaxFALL
    friend bool operator==(const ContentLight&, const ContentLight&) = default;
};

[[nodiscard]] Status validate(const MasteringDisplay& display);
[[nodiscard]] Status validate(const ContentLight& light);

/// x265's way to write it: G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50).
[[nodiscard]] std::string to_text(const MasteringDisplay& display);
/// As 1000,400.
[[nodiscard]] std::string to_text(const ContentLight& light);

/// Reads what to_text writes, and validates it. Errors: usage.
[[nodiscard]] Result<MasteringDisplay> parse_mastering_display(std::string_view text);
[[nodiscard]] Result<ContentLight> parse_content_light(std::string_view text);

}  // namespace reelpool
