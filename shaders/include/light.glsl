// Linear light of R'G'B' and back: |v|^2.4, with the sign of v. `pow` costs a CPU more than all else
// that is done with a pixel here, so: square roots, and a polynomial in the last one for what is left
// (minimax, found by the Remez algorithm). v^2.4 = v^2 q^1.6, q = v^(1/4); l^(1/2.4) = t^2 t^(4/3),
// t = l^(1/8). The error is less than 1/50000 of white up to 1, and 1/12000 up to 2.5.

vec3 light_of(vec3 v) {
    // Where alpha is next to nothing, what was multiplied by it may be anything.
    v = clamp(v, -1.5, 2.5);
    vec3 q = sqrt(sqrt(abs(v)));
    vec3 rest = q * (0.157703715 + q * (1.278934122 + q * (-0.699714642 +
                q * (0.331818180 + q * -0.068769182))));
    return v * abs(v) * rest;
}

vec3 codes_of_light(vec3 l) {
    l = clamp(l, -9.1, 9.1);
    vec3 s = sqrt(sqrt(abs(l)));
    vec3 t = sqrt(s);
    vec3 rest = -0.012954914 + t * (0.499756066 + t * (0.848631946 + t * (-0.524212890 +
                t * (0.234921775 + t * -0.046155896))));
    return sign(l) * s * rest;
}
