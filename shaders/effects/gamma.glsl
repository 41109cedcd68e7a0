Numbers prepare_gamma(Numbers p) {
    p.a.xyz = 1.0 / p.a.xyz;
    return p;
}

vec3 effect_gamma(vec3 c, Numbers p) { return pow(c, p.a.xyz); }
