vec3 effect_brightness(vec3 c, Numbers p) { return c * p.a.x; }
