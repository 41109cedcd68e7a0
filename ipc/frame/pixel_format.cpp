#include "ipc/frame/pixel_format.hpp"

namespace reelpool {

Status validate(const PixelFormat& format) {
    const bool model_ok = format.model == ColorModel::yuv || format.model == ColorModel::rgb ||
                          format.model == ColorModel::gray;
    const bool depth_ok = format.bit_depth >= 8 && format.bit_depth <= 16;
    const bool shifts_ok = format.model == ColorModel::yuv
                               ? format.chroma_shift_x <= 2 && format.chroma_shift_y <= 2
                               : format.chroma_shift_x == 0 && format.chroma_shift_y == 0;
    if (model_ok && depth_ok && shifts_ok) return ok();
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::worker,
                       .subject = {},
                       .what = "a picture format that does not exist was announced",
                       .cause = {},
                       .hint = {}});
}

std::string to_text(const PixelFormat& format) {
    std::string text;
    switch (format.model) {
        case ColorModel::yuv: {
            text = format.has_alpha ? "yuva" : "yuv";
            const int x = format.chroma_shift_x;
            const int y = format.chroma_shift_y;
            text += x == 1 && y == 1   ? "420p"
                    : x == 1 && y == 0 ? "422p"
                    : x == 0 && y == 0 ? "444p"
                    : x == 0 && y == 1 ? "440p"
                    : x == 2 && y == 0 ? "411p"
                                       : "410p";
            break;
        }
        case ColorModel::rgb:
            text = format.has_alpha ? "gbrap" : "gbrp";
            break;
        case ColorModel::gray:
            text = format.has_alpha ? "ya" : "gray";
            break;
    }
    if (format.bit_depth > 8 || text == "ya") text += std::to_string(int{format.bit_depth});
    return text;
}

}  // namespace reelpool
