vec3 effect_saturation(vec3 c, Numbers p) {
    return mix(vec3(dot(c, vec3(0.213, 0.715, 0.072))), c, p.a.x);
}
