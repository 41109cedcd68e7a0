/// a: the input's black and 1 / range, 1 / gamma, the output's black; b: the output's range.
Numbers prepare_levels(Numbers p) {
    float range = p.a.y - p.a.x;
    p.b.x = p.b.x - p.a.w;
    p.a.y = range > 0.0 ? 1.0 / range : 1e9;
    p.a.z = 1.0 / p.a.z;
    return p;
}

vec3 effect_levels(vec3 c, Numbers p) {
    vec3 t = clamp((c - p.a.x) * p.a.y, 0.0, 1.0);
    return p.a.w + pow(t, vec3(p.a.z)) * p.b.x;
}
