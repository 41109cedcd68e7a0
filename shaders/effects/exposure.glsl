Numbers prepare_exposure(Numbers p) {
    p.a.x = exp2(p.a.x / 2.4);
    return p;
}

/// (c^2.4 x 2^stops)^(1 / 2.4).
vec3 effect_exposure(vec3 c, Numbers p) { return c * p.a.x; }
