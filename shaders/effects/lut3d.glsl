// A table of three dimensions: the input's least value and entries per unit, then the entries, red
// fastest. Tetrahedral between them: from the entry below along red, green and blue in the order of
// how far they are beyond it.

Numbers prepare_lut3d(Numbers p) {
    p.b = texelFetch(tables, int(p.a.x));
    p.c = texelFetch(tables, int(p.a.x) + 1);
    p.a.x += 2.0;
    return p;
}

vec3 effect_lut3d(vec3 c, Numbers p) {
    float size = p.a.y;
    vec3 at = clamp((c - p.b.xyz) * p.c.xyz, 0.0, size - 1.0);
    vec3 low = min(floor(at), size - 2.0);
    vec3 d = at - low;
    float far = max(max(d.r, d.g), d.b);
    float near = min(min(d.r, d.g), d.b);
    float middle = max(min(d.r, d.g), min(max(d.r, d.g), d.b));
    vec3 step = vec3(1.0, size, size * size);
    float first = d.r >= d.g && d.r >= d.b ? step.r : d.g >= d.b ? step.g : step.b;
    float last = d.b <= d.g && d.b <= d.r ? step.b : d.g <= d.r ? step.g : step.r;
    float base = dot(low, step) + p.a.x;
    float top = base + step.r + step.g + step.b;
    return texelFetch(tables, int(base)).rgb * (1.0 - far) +
           texelFetch(tables, int(base + first)).rgb * (far - middle) +
           texelFetch(tables, int(top - last)).rgb * (middle - near) +
           texelFetch(tables, int(top)).rgb * near;
}
