#include "ipc/av/colors.hpp"

#include <limits>

namespace reelpool::av {

static_assert(static_cast<int>(ColorMatrix::rgb) == AVCOL_SPC_RGB);
static_assert(static_cast<int>(ColorMatrix::bt2020_cl) == AVCOL_SPC_BT2020_CL);
static_assert(static_cast<int>(ColorPrimaries::ebu3213) == AVCOL_PRI_EBU3213);
static_assert(static_cast<int>(ColorTransfer::hlg) == AVCOL_TRC_ARIB_STD_B67);
static_assert(static_cast<int>(ColorRange::limited) == AVCOL_RANGE_MPEG);
static_assert(static_cast<int>(ColorRange::full) == AVCOL_RANGE_JPEG);
static_assert(static_cast<int>(ChromaSiting::left) == AVCHROMA_LOC_LEFT);
static_assert(static_cast<int>(ChromaSiting::center) == AVCHROMA_LOC_CENTER);
static_assert(static_cast<int>(ChromaSiting::top_left) == AVCHROMA_LOC_TOPLEFT);

AVColorSpace to_av(ColorMatrix matrix) {
    return static_cast<AVColorSpace>(matrix);
}
AVColorPrimaries to_av(ColorPrimaries primaries) {
    return static_cast<AVColorPrimaries>(primaries);
}
AVColorTransferCharacteristic to_av(ColorTransfer transfer) {
    return static_cast<AVColorTransferCharacteristic>(transfer);
}
AVColorRange to_av(ColorRange range) {
    return static_cast<AVColorRange>(range);
}
AVChromaLocation to_av(ChromaSiting siting) {
    return static_cast<AVChromaLocation>(siting);
}

ColorMatrix from_av(const AVColorSpace& matrix) {
    const int code = code_of(matrix);
    const bool is_known = (code >= 0 && code <= 2) || (code >= 4 && code <= 10);
    return is_known ? static_cast<ColorMatrix>(code) : ColorMatrix::unspecified;
}

ColorPrimaries from_av(const AVColorPrimaries& primaries) {
    const int code = code_of(primaries);
    const bool is_known = code == 1 || (code >= 4 && code <= 12) || code == 22;
    return is_known ? static_cast<ColorPrimaries>(code) : ColorPrimaries::unspecified;
}

ColorTransfer from_av(const AVColorTransferCharacteristic& transfer) {
    const int code = code_of(transfer);
    const bool is_known = code == 1 || (code >= 4 && code <= 18);
    return is_known ? static_cast<ColorTransfer>(code) : ColorTransfer::unspecified;
}

ColorRange from_av(const AVColorRange& range) {
    const int code = code_of(range);
    return code == 1 || code == 2 ? static_cast<ColorRange>(code) : ColorRange::unspecified;
}

ChromaSiting from_av(const AVChromaLocation& siting) {
    const int code = code_of(siting);
    return code >= 1 && code <= 3 ? static_cast<ChromaSiting>(code) : ChromaSiting::unspecified;
}

Rational from_av(AVRational fraction) {
    return fraction.den == 0 ? Rational::invalid() : Rational(fraction.num, fraction.den);
}

AVRational to_av(const Rational& fraction) {
    constexpr Int128 most = std::numeric_limits<int>::max();
    if (!fraction.is_valid() || fraction.num() > most || fraction.num() < -most ||
        fraction.den() > most)
        return {.num = 0, .den = 0};
    return {.num = static_cast<int>(fraction.num()), .den = static_cast<int>(fraction.den())};
}

}  // namespace reelpool::av
