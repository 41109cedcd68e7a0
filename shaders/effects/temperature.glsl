/// Linear BT.709 of light of `kelvin`, whose luminance is 1.
vec3 light_of(float kelvin) {
    float t = 1000.0 / kelvin;
    float x = kelvin < 4000.0
                  ? ((-0.2661239 * t - 0.2343589) * t + 0.8776956) * t + 0.179910
                  : ((-3.0258469 * t + 2.1070379) * t + 0.2226347) * t + 0.240390;
    float y = kelvin < 2222.0   ? ((-1.1063814 * x - 1.34811020) * x + 2.18555832) * x - 0.20219683
              : kelvin < 4000.0 ? ((-0.9549476 * x - 1.37418593) * x + 2.09137015) * x - 0.16748867
                                : ((3.0817580 * x - 5.87338670) * x + 3.75112997) * x - 0.37001483;
    vec3 xyz = vec3(x / y, 1.0, (1.0 - x - y) / y);
    return vec3(dot(xyz, vec3(3.2404542, -1.5371385, -0.4985314)),
                dot(xyz, vec3(-0.9692660, 1.8760108, 0.0415560)),
                dot(xyz, vec3(0.0556434, -0.2040259, 1.0572252)));
}

Numbers prepare_temperature(Numbers p) {
    vec3 gain = light_of(6500.0) / light_of(p.a.x);
    gain /= dot(gain, vec3(0.2126, 0.7152, 0.0722));
    p.a.xyz = pow(gain, vec3(1.0 / 2.4));
    return p;
}

vec3 effect_temperature(vec3 c, Numbers p) { return c * p.a.xyz; }
