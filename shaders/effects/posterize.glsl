vec3 effect_posterize(vec3 c, Numbers p) {
    float most = p.a.x - 1.0;
    return min(floor(c * p.a.x), most) / most;
}
