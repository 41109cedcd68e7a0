#include "compositor/render/matrix3.hpp"

namespace reelpool::compositor {

Matrix3 multiply(const Matrix3& a, const Matrix3& b) {
    Matrix3 out{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            for (std::size_t k = 0; k < 3; ++k) out[i][j] += a[i][k] * b[k][j];
    return out;
}

std::array<double, 3> multiply(const Matrix3& m, const std::array<double, 3>& v) {
    std::array<double, 3> out{};
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 3; ++k) out[i] += m[i][k] * v[k];
    return out;
}

Matrix3 inverse(const Matrix3& m) {
    Matrix3 out{};
    double determinant = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t i1 = (i + 1) % 3;
        const std::size_t i2 = (i + 2) % 3;
        for (std::size_t j = 0; j < 3; ++j) {
            const std::size_t j1 = (j + 1) % 3;
            const std::size_t j2 = (j + 2) % 3;
            out[j][i] = m[i1][j1] * m[i2][j2] - m[i1][j2] * m[i2][j1];
        }
        determinant += i == 0 ? m[0][0] * out[0][0] + m[0][1] * out[1][0] + m[0][2] * out[2][0] : 0;
    }
    for (auto& row : out)
        for (double& value : row) value /= determinant;
    return out;
}

}  // namespace reelpool::compositor
