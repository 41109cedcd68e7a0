/// Lift, 1 / gamma, gain.
Numbers prepare_lift_gamma_gain(Numbers p) {
    vec3 gamma = vec3(p.a.w, p.b.xy);
    vec3 gain = vec3(p.b.zw, p.c.x);
    p.b.xyz = 1.0 / gamma;
    p.c.xyz = gain;
    return p;
}

vec3 effect_lift_gamma_gain(vec3 c, Numbers p) {
    return pow(max(p.c.xyz * (c + p.a.xyz * (1.0 - c)), 0.0), p.b.xyz);
}
