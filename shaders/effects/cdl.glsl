/// Slope, offset, power; saturation in a.w.
Numbers prepare_cdl(Numbers p) {
    vec3 offset = vec3(p.a.w, p.b.xy);
    vec3 power = vec3(p.b.zw, p.c.x);
    p.a.w = p.c.y;
    p.b.xyz = offset;
    p.c.xyz = power;
    return p;
}

vec3 effect_cdl(vec3 c, Numbers p) {
    c = pow(clamp(c * p.a.xyz + p.b.xyz, 0.0, 1.0), p.c.xyz);
    return mix(vec3(dot(c, vec3(0.2126, 0.7152, 0.0722))), c, p.a.w);
}
