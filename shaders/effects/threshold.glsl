vec3 effect_threshold(vec3 c, Numbers p) {
    return vec3(dot(c, vec3(0.2126, 0.7152, 0.0722)) >= p.a.x ? 1.0 : 0.0);
}
