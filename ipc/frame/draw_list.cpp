#include "ipc/frame/draw_list.hpp"

namespace reelpool {

Matrix Matrix::inverse() const {
    const double d = determinant();
    return {.xx = yy / d,
            .xy = -xy / d,
            .yx = -yx / d,
            .yy = xx / d,
            .tx = (xy * ty - yy * tx) / d,
            .ty = (yx * tx - xx * ty) / d};
}

Matrix operator*(const Matrix& a, const Matrix& b) {
    return {.xx = a.xx * b.xx + a.xy * b.yx,
            .xy = a.xx * b.xy + a.xy * b.yy,
            .yx = a.yx * b.xx + a.yy * b.yx,
            .yy = a.yx * b.xy + a.yy * b.yy,
            .tx = a.xx * b.tx + a.xy * b.ty + a.tx,
            .ty = a.yx * b.tx + a.yy * b.ty + a.ty};
}

}  // namespace reelpool
