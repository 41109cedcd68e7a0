#pragma once

#include <array>
#include <cstddef>

namespace reelpool::compositor {

/// Of three colour components; rows.
using Matrix3 = std::array<std::array<double, 3>, 3>;

inline constexpr Matrix3 identity3{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

[[nodiscard]] Matrix3 multiply(const Matrix3& a, const Matrix3& b);
[[nodiscard]] std::array<double, 3> multiply(const Matrix3& m, const std::array<double, 3>& v);
[[nodiscard]] Matrix3 inverse(const Matrix3& m);

}  // namespace reelpool::compositor
