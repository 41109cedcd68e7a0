vec3 effect_invert(vec3 c, Numbers p) { return c + p.a.x * (1.0 - 2.0 * c); }
