vec3 effect_contrast(vec3 c, Numbers p) { return (c - 0.5) * p.a.x + 0.5; }
