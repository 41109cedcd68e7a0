/// The three rows of the matrix.
Numbers prepare_hue(Numbers p) {
    float c = cos(radians(p.a.x));
    float s = sin(radians(p.a.x));
    p.a.xyz = vec3(0.213 + c * 0.787 - s * 0.213, 0.715 - c * 0.715 - s * 0.715,
                   0.072 - c * 0.072 + s * 0.928);
    p.b.xyz = vec3(0.213 - c * 0.213 + s * 0.143, 0.715 + c * 0.285 + s * 0.140,
                   0.072 - c * 0.072 - s * 0.283);
    p.c.xyz = vec3(0.213 - c * 0.213 - s * 0.787, 0.715 - c * 0.715 + s * 0.715,
                   0.072 + c * 0.928 + s * 0.072);
    return p;
}

vec3 effect_hue(vec3 c, Numbers p) {
    return vec3(dot(p.a.xyz, c), dot(p.b.xyz, c), dot(p.c.xyz, c));
}
