vec3 effect_grayscale(vec3 c, Numbers p) {
    return mix(c, vec3(dot(c, vec3(0.2126, 0.7152, 0.0722))), p.a.x);
}
