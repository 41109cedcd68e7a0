#include "orchestrator/cli/color_names.hpp"

namespace reelpool::cli {

const char* name_of(ColorMatrix matrix) {
    switch (matrix) {
        case ColorMatrix::rgb:
            return "rgb";
        case ColorMatrix::bt709:
            return "bt709";
        case ColorMatrix::unspecified:
            return "unspecified";
        case ColorMatrix::fcc:
            return "fcc";
        case ColorMatrix::bt470bg:
            return "bt470bg";
        case ColorMatrix::smpte170m:
            return "smpte170m";
        case ColorMatrix::smpte240m:
            return "smpte240m";
        case ColorMatrix::ycgco:
            return "ycgco";
        case ColorMatrix::bt2020_ncl:
            return "bt2020nc";
        case ColorMatrix::bt2020_cl:
            return "bt2020c";
    }
    return "other";
}

const char* name_of(ColorPrimaries primaries) {
    switch (primaries) {
        case ColorPrimaries::bt709:
            return "bt709";
        case ColorPrimaries::unspecified:
            return "unspecified";
        case ColorPrimaries::bt470m:
            return "bt470m";
        case ColorPrimaries::bt470bg:
            return "bt470bg";
        case ColorPrimaries::smpte170m:
            return "smpte170m";
        case ColorPrimaries::smpte240m:
            return "smpte240m";
        case ColorPrimaries::film:
            return "film";
        case ColorPrimaries::bt2020:
            return "bt2020";
        case ColorPrimaries::smpte428:
            return "smpte428";
        case ColorPrimaries::smpte431:
            return "smpte431";
        case ColorPrimaries::smpte432:
            return "smpte432";
        case ColorPrimaries::ebu3213:
            return "ebu3213";
    }
    return "other";
}

const char* name_of(ColorTransfer transfer) {
    switch (transfer) {
        case ColorTransfer::bt709:
            return "bt709";
        case ColorTransfer::unspecified:
            return "unspecified";
        case ColorTransfer::gamma22:
            return "gamma22";
        case ColorTransfer::gamma28:
            return "gamma28";
        case ColorTransfer::smpte170m:
            return "smpte170m";
        case ColorTransfer::smpte240m:
            return "smpte240m";
        case ColorTransfer::linear:
            return "linear";
        case ColorTransfer::log100:
            return "log100";
        case ColorTransfer::log316:
            return "log316";
        case ColorTransfer::iec61966_2_4:
            return "iec61966-2-4";
        case ColorTransfer::bt1361:
            return "bt1361";
        case ColorTransfer::srgb:
            return "srgb";
        case ColorTransfer::bt2020_10:
            return "bt2020-10";
        case ColorTransfer::bt2020_12:
            return "bt2020-12";
        case ColorTransfer::pq:
            return "pq";
        case ColorTransfer::smpte428:
            return "smpte428";
        case ColorTransfer::hlg:
            return "hlg";
    }
    return "other";
}

const char* name_of(ColorRange range) {
    switch (range) {
        case ColorRange::unspecified:
            return "unspecified";
        case ColorRange::limited:
            return "limited";
        case ColorRange::full:
            return "full";
    }
    return "other";
}

const char* name_of(ChromaSiting siting) {
    switch (siting) {
        case ChromaSiting::unspecified:
            return "unspecified";
        case ChromaSiting::left:
            return "left";
        case ChromaSiting::center:
            return "center";
        case ChromaSiting::top_left:
            return "top-left";
    }
    return "other";
}

}  // namespace reelpool::cli
