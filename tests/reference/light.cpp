#include "light.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace reelpool::reference {
namespace {

using Vector = std::array<double, 3>;
using Matrix3 = std::array<Vector, 3>;  // rows

Vector times(const Matrix3& m, const Vector& v) {
    Vector out{};
    for (std::size_t i = 0; i < 3; ++i) out[i] = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
    return out;
}

/// x with m x = v, by Cramer's rule.
Vector solved(const Matrix3& m, const Vector& v) {
    const auto determinant = [](const Matrix3& a) {
        return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
               a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
               a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
    };
    Vector out{};
    for (std::size_t c = 0; c < 3; ++c) {
        Matrix3 replaced = m;
        for (std::size_t r = 0; r < 3; ++r) replaced[r][c] = v[r];
        out[c] = determinant(replaced) / determinant(m);
    }
    return out;
}

Vector xyz(double x, double y) {
    return {x / y, 1, (1 - x - y) / y};
}

/// Linear R, G, B to XYZ: white (1, 1, 1) is the gamut's white of Y = 1.
Matrix3 xyz_matrix(const Gamut& g) {
    const Vector red = xyz(g.red_x, g.red_y);
    const Vector green = xyz(g.green_x, g.green_y);
    const Vector blue = xyz(g.blue_x, g.blue_y);
    Matrix3 m{};
    for (std::size_t i = 0; i < 3; ++i) m[i] = {red[i], green[i], blue[i]};
    const Vector share = solved(m, xyz(g.white_x, g.white_y));
    for (Vector& row : m)
        for (std::size_t j = 0; j < 3; ++j) row[j] *= share[j];
    return m;
}

/// Bradford's adaptation of XYZ from one white to another.
Vector adapted(const Vector& v, const Gamut& from, const Gamut& to) {
    const Matrix3 bradford{
        {{0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}}};
    Vector cones = times(bradford, v);
    const Vector white_from = times(bradford, xyz(from.white_x, from.white_y));
    const Vector white_to = times(bradford, xyz(to.white_x, to.white_y));
    for (std::size_t i = 0; i < 3; ++i) cones[i] *= white_to[i] / white_from[i];
    return solved(bradford, cones);
}

/// cd/m2 / 10000 of a PQ code, and back.
double pq_eotf(double code) {
    const double m1 = 2610.0 / 16384, m2 = 128 * 2523.0 / 4096;
    const double c1 = 3424.0 / 4096, c2 = 32 * 2413.0 / 4096, c3 = 32 * 2392.0 / 4096;
    const double root = std::pow(code, 1 / m2);
    return std::pow(std::max(root - c1, 0.0) / (c2 - c3 * root), 1 / m1);
}
double pq_inverse(double light) {
    const double m1 = 2610.0 / 16384, m2 = 128 * 2523.0 / 4096;
    const double c1 = 3424.0 / 4096, c2 = 32 * 2413.0 / 4096, c3 = 32 * 2392.0 / 4096;
    const double power = std::pow(light, m1);
    return std::pow((c1 + c2 * power) / (1 + c3 * power), m2);
}

constexpr double hlg_a = 0.17883277;

double hlg_inverse_oetf(double code) {
    const double b = 1 - 4 * hlg_a;
    const double c = 0.5 - hlg_a * std::log(4 * hlg_a);
    return code <= 0.5 ? code * code / 3 : (std::exp((code - c) / hlg_a) + b) / 12;
}
double hlg_oetf(double light) {
    const double b = 1 - 4 * hlg_a;
    const double c = 0.5 - hlg_a * std::log(4 * hlg_a);
    return light <= 1.0 / 12 ? std::sqrt(3 * light) : hlg_a * std::log(12 * light - b) + c;
}

double exponent(Transfer transfer) {
    return transfer == Transfer::gamma22 ? 2.2 : transfer == Transfer::gamma28 ? 2.8 : 2.4;
}

template <class Curve>
double mirrored(double v, Curve curve) {
    return v < 0 ? -curve(-v) : curve(v);
}

bool is_hdr(Transfer transfer) {
    return transfer == Transfer::pq || transfer == Transfer::hlg;
}

/// cd/m2 on a display of 203 of what one of 1000 shows. BT.2390, 5.4.1, steps 1 to 4 with black 0.
double eetf(double nits) {
    const double lw = pq_inverse(1000.0 / 10000);
    const double max_lum = pq_inverse(203.0 / 10000) / lw;
    const double ks = 1.5 * max_lum - 0.5;
    const double e1 = std::min(1.0, pq_inverse(nits / 10000) / lw);
    if (e1 < ks) return nits;
    const double t = (e1 - ks) / (1 - ks);
    const double p = (2 * t * t * t - 3 * t * t + 1) * ks + (t * t * t - 2 * t * t + t) * (1 - ks) +
                     (-2 * t * t * t + 3 * t * t) * max_lum;
    return 10000 * pq_eotf(p * lw);
}

}  // namespace

double light_of(Transfer transfer, double value) {
    return mirrored(value, [transfer](double v) {
        if (transfer == Transfer::linear) return v;
        if (transfer == Transfer::pq) return pq_eotf(v) * 10000 / 203;
        if (transfer == Transfer::hlg) return hlg_inverse_oetf(v);
        return std::pow(v, exponent(transfer));
    });
}

double code_of_light(Transfer transfer, double light) {
    return mirrored(light, [transfer](double v) {
        if (transfer == Transfer::linear) return v;
        if (transfer == Transfer::pq) return pq_inverse(v * 203 / 10000);
        if (transfer == Transfer::hlg) return hlg_oetf(v);
        return std::pow(v, 1 / exponent(transfer));
    });
}

Straight converted(const Straight& rgb, const Encoding& from, const Encoding& to) {
    const Matrix3 in = xyz_matrix(from.gamut);
    const Matrix3 out = xyz_matrix(to.gamut);
    Vector v{light_of(from.transfer, rgb.r), light_of(from.transfer, rgb.g),
             light_of(from.transfer, rgb.b)};
    if (from.transfer == Transfer::hlg) {
        const double scene = times(in, v)[1];
        for (double& c : v) c *= 1000 * std::pow(std::max(scene, 1e-9), 0.2);
    } else {
        for (double& c : v) c *= 203;
    }
    v = times(in, v);
    if (from.gamut.white_y != to.gamut.white_y) v = adapted(v, from.gamut, to.gamut);
    if (is_hdr(from.transfer) && !is_hdr(to.transfer)) {
        const double shown = std::max(v[1], 1e-9);
        for (double& c : v) c *= eetf(shown) / shown;
    }
    const double nits = std::max(v[1], 1e-9);
    v = solved(out, v);
    if (to.transfer == Transfer::hlg) {
        const double scene = std::pow(nits / 1000, 1 / 1.2);
        for (double& c : v) c *= scene / nits;
    } else {
        for (double& c : v) c /= 203;
    }
    return {code_of_light(to.transfer, v[0]), code_of_light(to.transfer, v[1]),
            code_of_light(to.transfer, v[2])};
}

}  // namespace reelpool::reference
