Numbers prepare_tint(Numbers p) {
    vec3 gain = vec3(1.0, exp2(-p.a.x), 1.0);
    gain /= dot(gain, vec3(0.2126, 0.7152, 0.0722));
    p.a.xyz = pow(gain, vec3(1.0 / 2.4));
    return p;
}

vec3 effect_tint(vec3 c, Numbers p) { return c * p.a.xyz; }
