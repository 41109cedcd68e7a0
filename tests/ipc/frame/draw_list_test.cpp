#include "ipc/frame/draw_list.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "tests/ipc/random.hpp"

namespace reelpool {
namespace {

using test::Random;

std::pair<double, double> apply(const Matrix& m, double x, double y) {
    return {m.xx * x + m.xy * y + m.tx, m.yx * x + m.yy * y + m.ty};
}

/// Small integers: products and sums of them are exact.
Matrix integer_matrix(Random& random) {
    const auto number = [&] { return static_cast<double>(random.between(-50, 50)); };
    return {number(), number(), number(), number(), number(), number()};
}

TEST_CASE("a product applies the right matrix first") {
    const Matrix shift{.tx = 10, .ty = 20};
    const Matrix twice{.xx = 2, .yy = 2};
    CHECK(apply(twice * shift, 1, 1) == std::pair(22.0, 42.0));
    CHECK(apply(shift * twice, 1, 1) == std::pair(12.0, 22.0));
    const Matrix quarter_turn{.xx = 0, .xy = -1, .yx = 1, .yy = 0};
    CHECK(apply(quarter_turn, 1, 0) == std::pair(0.0, 1.0));
    CHECK(apply(shift * quarter_turn, 3, 4) == std::pair(6.0, 23.0));
}

TEST_CASE("a product does what its factors do one after the other") {
    Random random(1);
    for (int i = 0; i < 1000; ++i) {
        const Matrix a = integer_matrix(random);
        const Matrix b = integer_matrix(random);
        const Matrix c = integer_matrix(random);
        const auto x = static_cast<double>(random.between(-100, 100));
        const auto y = static_cast<double>(random.between(-100, 100));
        const auto inner = apply(b, x, y);
        REQUIRE(apply(a * b, x, y) == apply(a, inner.first, inner.second));
        REQUIRE((a * b) * c == a * (b * c));
        REQUIRE((a * b).determinant() == a.determinant() * b.determinant());
        REQUIRE(a * Matrix{} == a);
        REQUIRE(Matrix{} * a == a);
    }
}

TEST_CASE("a turn and its opposite cancel") {
    const double angle = 0.3;
    const double c = std::cos(angle);
    const double s = std::sin(angle);
    const Matrix there{.xx = c, .xy = -s, .yx = s, .yy = c, .tx = 5, .ty = 7};
    const Matrix undo_turn{.xx = c, .xy = s, .yx = -s, .yy = c};
    const Matrix undo_shift{.tx = -5, .ty = -7};
    const Matrix both = undo_turn * undo_shift * there;
    CHECK(both.xx == doctest::Approx(1));
    CHECK(both.xy == doctest::Approx(0));
    CHECK(both.tx == doctest::Approx(0));
    CHECK(both.ty == doctest::Approx(0));
    CHECK(there.determinant() == doctest::Approx(1));
}

}  // namespace
}  // namespace reelpool
