#pragma once

extern "C" {
#include <libavutil/pixfmt.h>
#include <libavutil/rational.h>
}

#include <cstring>
#include <type_traits>

#include "ipc/base/rational.hpp"
#include "ipc/frame/color.hpp"

/// FFmpeg's colour enums and ours have the same numbers (ITU-T H.273), so most of this is casting.
namespace reelpool::av {

[[nodiscard]] AVColorSpace to_av(ColorMatrix matrix);
[[nodiscard]] AVColorPrimaries to_av(ColorPrimaries primaries);
[[nodiscard]] AVColorTransferCharacteristic to_av(ColorTransfer transfer);
[[nodiscard]] AVColorRange to_av(ColorRange range);
[[nodiscard]] AVChromaLocation to_av(ChromaSiting siting);

/// The number in an enum field of FFmpeg's. It puts there what files say, unchecked, and a number
/// that the enum has no room for must not be read as the enum: that is undefined.
template <class Enum>
requires std::is_enum_v<Enum>
[[nodiscard]] int code_of(const Enum& field) {
    static_assert(sizeof(Enum) == sizeof(int));
    int code = 0;
    std::memcpy(&code, &field, sizeof(code));
    return code;
}

/// `unspecified` for what we have no name for; compare `code_of` with AVCOL_SPC_UNSPECIFIED to
/// tell. By reference, so that fields with numbers out of their enum's range can be given.
[[nodiscard]] ColorMatrix from_av(const AVColorSpace& matrix);
[[nodiscard]] ColorPrimaries from_av(const AVColorPrimaries& primaries);
[[nodiscard]] ColorTransfer from_av(const AVColorTransferCharacteristic& transfer);
[[nodiscard]] ColorRange from_av(const AVColorRange& range);
[[nodiscard]] ChromaSiting from_av(const AVChromaLocation& siting);

/// 0/0 and x/0 become invalid.
[[nodiscard]] Rational from_av(AVRational fraction);
/// Errors: 0/0 where the fraction is invalid or does not fit 31 bits.
[[nodiscard]] AVRational to_av(const Rational& fraction);

}  // namespace reelpool::av
