#pragma once

namespace reelpool::reference {

struct Straight {
    double r = 0, g = 0, b = 0;
};

enum class Transfer { sdr, gamma22, gamma28, linear, pq, hlg };

/// CIE x, y of the primaries and of white.
struct Gamut {
    double red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y;
};
/// Source: ITU-T H.273, table 2.
inline constexpr Gamut bt709_gamut{0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329};
inline constexpr Gamut bt601_525_gamut{0.63, 0.34, 0.31, 0.595, 0.155, 0.07, 0.3127, 0.329};
inline constexpr Gamut bt601_625_gamut{0.64, 0.33, 0.29, 0.6, 0.15, 0.06, 0.3127, 0.329};
inline constexpr Gamut bt2020_gamut{0.708, 0.292, 0.17, 0.797, 0.131, 0.046, 0.3127, 0.329};
inline constexpr Gamut dci_p3_gamut{0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.314, 0.351};
inline constexpr Gamut display_p3_gamut{0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329};

/// What R'G'B' stands for.
struct Encoding {
    Transfer transfer = Transfer::sdr;
    Gamut gamut = bt709_gamut;
};

/// Straight R'G'B' of one encoding as that of another, through CIE XYZ of the display's light in
/// cd/m2: SDR white is 203 cd/m2; HDR of up to 1000 cd/m2 is brought to SDR by BT.2390's EETF.
[[nodiscard]] Straight converted(const Straight& rgb, const Encoding& from, const Encoding& to);

/// A linear group's light: of HLG the scene's, of the others the display's (1: SDR white).
[[nodiscard]] double light_of(Transfer transfer, double value);
[[nodiscard]] double code_of_light(Transfer transfer, double light);

}  // namespace reelpool::reference
