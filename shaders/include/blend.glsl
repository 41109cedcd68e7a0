// Blend functions B(b, s) of backdrop and source, straight R'G'B' of 0..1.
// Source: W3C Compositing and Blending Level 1, sections 9 and 10, up to luminosity; the others as
// docs/project-format.md has them. `mode` is a specialisation constant, so one function is left.

float lum(vec3 c) { return dot(c, vec3(0.3, 0.59, 0.11)); }
float least(vec3 c) { return min(min(c.r, c.g), c.b); }
float most(vec3 c) { return max(max(c.r, c.g), c.b); }
float sat(vec3 c) { return most(c) - least(c); }

/// `c` with luminosity `l`, moved into 0..1 towards it.
vec3 set_lum(vec3 c, float l) {
    c += l - lum(c);
    float n = least(c);
    float x = most(c);
    float shrink_n = n < 0.0 ? l / max(l - n, 1e-9) : 1.0;
    c = l + (c - l) * shrink_n;
    float shrink_x = x > 1.0 ? (1.0 - l) / max(x - l, 1e-9) : 1.0;
    return l + (c - l) * shrink_x;
}
/// `c` with saturation `s`: the least becomes 0, the most `s`.
vec3 set_sat(vec3 c, float s) {
    float range = sat(c);
    return range > 0.0 ? (c - least(c)) * (s / range) : vec3(0.0);
}

vec3 screen_of(vec3 b, vec3 s) { return b + s - b * s; }
vec3 hard_light_of(vec3 b, vec3 s) {
    return mix(screen_of(b, 2.0 * s - 1.0), 2.0 * b * s, lessThanEqual(s, vec3(0.5)));
}
vec3 dodge_of(vec3 b, vec3 s) {
    vec3 dodged = mix(min(b / max(1.0 - s, 1e-9), 1.0), vec3(1.0), greaterThanEqual(s, vec3(1.0)));
    return mix(dodged, vec3(0.0), lessThanEqual(b, vec3(0.0)));
}
vec3 burn_of(vec3 b, vec3 s) {
    vec3 burnt = mix(1.0 - min((1.0 - b) / max(s, 1e-9), 1.0), vec3(0.0), lessThanEqual(s, vec3(0.0)));
    return mix(burnt, vec3(1.0), greaterThanEqual(b, vec3(1.0)));
}
vec3 soft_light_of(vec3 b, vec3 s) {
    vec3 d = mix(sqrt(b), ((16.0 * b - 12.0) * b + 4.0) * b, lessThanEqual(b, vec3(0.25)));
    return mix(b + (2.0 * s - 1.0) * (d - b), b - (1.0 - 2.0 * s) * b * (1.0 - b),
               lessThanEqual(s, vec3(0.5)));
}

vec3 blend_of(vec3 b, vec3 s) {
    bvec3 dark = lessThanEqual(s, vec3(0.5));
    switch (mode) {
        case BLEND_MULTIPLY: return b * s;
        case BLEND_SCREEN: return screen_of(b, s);
        case BLEND_OVERLAY: return hard_light_of(s, b);
        case BLEND_DARKEN: return min(b, s);
        case BLEND_LIGHTEN: return max(b, s);
        case BLEND_COLOR_DODGE: return dodge_of(b, s);
        case BLEND_COLOR_BURN: return burn_of(b, s);
        case BLEND_HARD_LIGHT: return hard_light_of(b, s);
        case BLEND_SOFT_LIGHT: return soft_light_of(b, s);
        case BLEND_DIFFERENCE: return abs(b - s);
        case BLEND_EXCLUSION: return b + s - 2.0 * b * s;
        case BLEND_HUE: return set_lum(set_sat(s, sat(b)), lum(b));
        case BLEND_SATURATION: return set_lum(set_sat(b, sat(s)), lum(b));
        case BLEND_COLOR: return set_lum(s, lum(b));
        case BLEND_LUMINOSITY: return set_lum(b, lum(s));
        case BLEND_ADD: return min(b + s, 1.0);
        case BLEND_SUBTRACT: return max(b - s, 0.0);
        case BLEND_DIVIDE: return mix(min(b / max(s, 1e-9), 1.0), vec3(1.0), lessThanEqual(s, vec3(0.0)));
        case BLEND_LINEAR_BURN: return max(b + s - 1.0, 0.0);
        case BLEND_LINEAR_LIGHT: return clamp(b + 2.0 * s - 1.0, 0.0, 1.0);
        case BLEND_VIVID_LIGHT: return mix(dodge_of(b, 2.0 * s - 1.0), burn_of(b, 2.0 * s), dark);
        case BLEND_PIN_LIGHT: return mix(max(b, 2.0 * s - 1.0), min(b, 2.0 * s), dark);
        case BLEND_HARD_MIX: return mix(vec3(0.0), vec3(1.0), greaterThanEqual(b + s, vec3(1.0)));
    }
    return s;
}

/// Jarzynski, Olano: Hash Functions for GPU Rendering (JCGT 9, 2020): pcg4d.
uint pcg4d(uvec4 v) {
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.w;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v.w += v.y * v.z;
    v = v ^ (v >> 16u);
    v.x += v.y * v.w;
    return v.x;
}
