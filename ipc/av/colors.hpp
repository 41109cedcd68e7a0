#pragma once

extern "C" {
#include <libavutil/pixfmt.h>
#include <libavutil/rational.h>
}

#include "ipc/base/rational.hpp"
#include "ipc/frame/color.hpp"

/// FFmpeg's colour enums and ours have the same numbers (ITU-T H.273), so most of this is casting.
namespace reelpool::av {

[[nodiscard]] AVColorSpace to_av(ColorMatrix matrix);
[[nodiscard]] AVColorPrimaries to_av(ColorPrimaries primaries);
[[nodiscard]] AVColorTransferCharacteristic to_av(ColorTransfer transfer);
[[nodiscard]] AVColorRange to_av(ColorRange range);
[[nodiscard]] AVChromaLocation to_av(ChromaSiting siting);

/// `unspecified` for what we have no name for; compare with AVCOL_SPC_UNSPECIFIED to tell.
[[nodiscard]] ColorMatrix from_av(AVColorSpace matrix);
[[nodiscard]] ColorPrimaries from_av(AVColorPrimaries primaries);
[[nodiscard]] ColorTransfer from_av(AVColorTransferCharacteristic transfer);
[[nodiscard]] ColorRange from_av(AVColorRange range);
[[nodiscard]] ChromaSiting from_av(AVChromaLocation siting);

/// 0/0 and x/0 become invalid.
[[nodiscard]] Rational from_av(AVRational fraction);
/// Errors: 0/0 where the fraction is invalid or does not fit 31 bits.
[[nodiscard]] AVRational to_av(const Rational& fraction);

}  // namespace reelpool::av
