// A table of one dimension: the input's least value and entries per unit, then the entries. Linear
// between them.

Numbers prepare_curves(Numbers p) {
    p.b = texelFetch(tables, int(p.a.x));
    p.c = texelFetch(tables, int(p.a.x) + 1);
    p.a.x += 2.0;
    return p;
}

vec3 effect_curves(vec3 c, Numbers p) {
    vec3 at = clamp((c - p.b.xyz) * p.c.xyz, 0.0, p.a.y - 1.0);
    vec3 low = min(floor(at), p.a.y - 2.0);
    ivec3 index = ivec3(low + p.a.x);
    vec3 first = vec3(texelFetch(tables, index.r).r, texelFetch(tables, index.g).g,
                      texelFetch(tables, index.b).b);
    vec3 second = vec3(texelFetch(tables, index.r + 1).r, texelFetch(tables, index.g + 1).g,
                       texelFetch(tables, index.b + 1).b);
    return mix(first, second, at - low);
}
