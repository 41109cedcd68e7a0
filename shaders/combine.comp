#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

// Combines scratch tiles where a list cannot: blend modes other than normal, which need all three
// components together, and mixes of two groups. Reads the components and the alpha of a backdrop and
// of a source, over the same sites, and writes those of the result. What the source does not cover
// keeps the backdrop's values, bit for bit.
//
// One pipeline for each mode; everything else is data. Only the tiles in which such a layer shows
// come here, so all others cost what they would without.

#include "include/constants.glsl"
#include "include/parameters.glsl"

layout(local_size_x = LOCAL_WIDTH, local_size_y = LOCAL_HEIGHT) in;

layout(constant_id = 0) const uint mode = BLEND_MULTIPLY;
layout(constant_id = 1) const uint components = 7u;  // which ones are written; bit 3: alpha as one
// 3: has_shuffle, in data.glsl
const uint has_edges = 1u;

layout(set = 0, binding = 1) uniform textureBuffer scratch_read;
layout(set = 0, binding = 2) uniform utextureBuffer data;
layout(set = 0, binding = 5, std430) writeonly buffer Scratch { vec4 scratch[]; };

#define PIXELS (PIXELS_X * PIXELS_Y)

#include "include/data.glsl"
#include "include/coverage.glsl"
#include "include/blend.glsl"
#include "include/light.glsl"
#include "include/convert.glsl"

vec3 float3(uvec4 words) { return uintBitsToFloat(words.xyz); }

/// The weight of a mix's second group.
float weight_at(Coverage c, EdgeRow row, float dx) {
    if (mode != COMBINE_IRIS) return coverage_at(c, row, dx);
    vec2 from_centre = vec2(row.left + c.left_x * dx, row.right + c.right_x * dx);
    return clamp(c.top_c - length(from_centre) * c.top_x, 0.0, 1.0);
}

float per_alpha(float alpha) { return alpha > 1e-6 ? 1.0 / alpha : 0.0; }

Conversion load_conversion(uint first) {
    uvec4 a = load_entry(first);
    uvec4 b = load_entry(first + 1u);
    uvec4 c = load_entry(first + 2u);
    uvec4 d = load_entry(first + 3u);
    return Conversion(lists_at + a.w * ENTRY_WORDS, lists_at + b.w * ENTRY_WORDS,
                      lists_at + c.w * ENTRY_WORDS, float3(d),
                      mat3(float3(a), float3(b), float3(c)));
}

/// One sample: the three components of backdrop and source and the result, premultiplied, zero-based
/// codes; alpha in w.
vec4 combined(vec4 b, vec4 s, float weight, mat3 to_rgb, mat3 from_rgb, uvec4 place,
              Conversion conversion) {
    if (mode == COMBINE_MASK) return s * weight;
    if (mode == COMBINE_STRAIGHT) return vec4(s.xyz * per_alpha(s.w), s.w);
    if (mode >= COMBINE_CONVERT) {
        // Where alpha is next to nothing, what was multiplied by it may be anything.
        vec3 straight = clamp(s.xyz * per_alpha(s.w) * to_rgb, -COLOR_MOST, COLOR_MOST);
        return vec4(converted(conversion, straight) * from_rgb * s.w, s.w);
    }
    if (mode == COMBINE_TO_LINEAR || mode == COMBINE_FROM_LINEAR) {
        vec3 straight = s.xyz * per_alpha(s.w) * to_rgb;
        vec3 other = mode == COMBINE_TO_LINEAR ? light_of(straight) : codes_of_light(straight);
        return vec4(other * from_rgb * s.w, s.w);
    }
    if (mode >= COMBINE_MIX) return b * (1.0 - weight) + s * weight;
    float alpha = weight * s.w;
    float per_b = per_alpha(b.w);
    float per_s = per_alpha(s.w);
    if (mode == BLEND_DISSOLVE) {
        float drawn = float(int(pcg4d(place) >> 8)) < alpha * 16777216.0 ? 1.0 : 0.0;
        return mix(b, vec4(s.xyz * per_s, 1.0), drawn);
    }
    vec3 source = clamp(s.xyz * per_s * to_rgb, 0.0, 1.0);
    if (mode >= BLEND_STENCIL_ALPHA) {
        const bool is_luma = mode == BLEND_STENCIL_LUMA || mode == BLEND_SILHOUETTE_LUMA;
        const bool is_silhouette = mode >= BLEND_SILHOUETTE_ALPHA;
        float factor = is_luma ? alpha * dot(source, vec3(0.2126, 0.7152, 0.0722)) : alpha;
        return b * (is_silhouette ? 1.0 - factor : factor);
    }
    vec3 backdrop = clamp(b.xyz * per_b * to_rgb, 0.0, 1.0);
    vec3 mixed = blend_of(backdrop, source) * from_rgb;
    return vec4(b.xyz * (1.0 - alpha) + s.xyz * (weight * (1.0 - b.w)) + mixed * (alpha * b.w),
                b.w * (1.0 - alpha) + alpha);
}

/// Whether components stand alone.
bool is_by_component() {
    return (mode >= COMBINE_MIX && mode <= COMBINE_MASK) || mode == COMBINE_STRAIGHT ||
           mode == COMBINE_MASKED_MIX;
}

bool has_backdrop() { return mode < COMBINE_MASK || mode == COMBINE_MASKED_MIX; }

/// Two samples of a component, if it is needed.
vec4 part(const uint component, uint index) {
    const uint needed = is_by_component() ? components : 7u;
    return (needed & (1u << component)) != 0u ? texelFetch(scratch_read, int(index)) : vec4(0.0);
}

vec4 alpha_of(vec4 first, vec4 second, vec4 third) {
    if (!is_by_component() || (components & 1u) != 0u) return first;
    return (components & 2u) != 0u ? second : third;
}

void main() {
    begin_data();
    Tile tile = load_tile(gl_WorkGroupID.x);
    uint x = (tile.grid & 0xffffu) + gl_LocalInvocationID.x * uint(PIXELS_X);
    uint y = (tile.grid >> 16) + gl_LocalInvocationID.y * uint(PIXELS_Y);
    uvec4 what = load_entry(tile.list);
    uvec4 seed = load_entry(tile.list + 1u);
    // Rows, which `vector * matrix` takes as columns.
    mat3 to_rgb = mat3(float3(load_entry(tile.segments)), float3(load_entry(tile.segments + 1u)),
                       float3(load_entry(tile.segments + 2u)));
    mat3 from_rgb = mat3(float3(load_entry(tile.segments + 3u)),
                         float3(load_entry(tile.segments + 4u)),
                         float3(load_entry(tile.segments + 5u)));
    uvec4 sites = load_entry(tile.segments + 6u);  // step x, y; the first sample's pixel x, y
    Conversion conversion = load_conversion(mode >= COMBINE_CONVERT ? seed.w : 0u);
    Coverage c = load_coverage(what.z);
    float opacity = uintBitsToFloat(what.w);
    uint lane = (gl_LocalInvocationID.y * LOCAL_WIDTH + gl_LocalInvocationID.x) * uint(PIXELS / 2);
    uint backdrop = what.x + lane;
    uint source = what.y + lane;
    uint result = tile.out_index + lane;
    uint stride = tile.out_stride;
    // The word of this invocation's first sample.
    uint masks = lists_at + seed.z * ENTRY_WORDS +
                 (gl_LocalInvocationID.y * uint(PIXELS_Y) * TILE_WIDTH +
                  gl_LocalInvocationID.x * uint(PIXELS_X)) / 2u;
    uint pair = 0u;
    for (;;) {
        uint column = (pair % uint(PIXELS_X / 2)) * 2u;
        uint row = pair / uint(PIXELS_X / 2);
        EdgeRow edges = edge_row(c, float(int(x)), float(int(y + row)));
        float dx = float(int(column));
        vec4 b0 = vec4(0.0);
        vec4 b1 = vec4(0.0);
        vec4 b2 = vec4(0.0);
        if (has_backdrop()) {
            b0 = part(0u, backdrop + pair);
            b1 = part(1u, backdrop + stride + pair);
            b2 = part(2u, backdrop + 2u * stride + pair);
        }
        vec4 s0 = part(0u, source + pair);
        vec4 s1 = part(1u, source + stride + pair);
        vec4 s2 = part(2u, source + 2u * stride + pair);
        uvec4 place = uvec4(sites.x * (x + column) + sites.z, sites.y * (y + row) + sites.w,
                            seed.y, seed.x);
        // Any component that is there has the alpha: of a grid of alpha alone, itself.
        float weight0 = opacity * weight_at(c, edges, dx);
        float weight1 = opacity * weight_at(c, edges, dx + 1.0);
        if (mode == COMBINE_MASK || mode == COMBINE_MASKED_MIX) {
            uint word = masks + (row * TILE_WIDTH + column) / 2u;
            uint values = data_word(word);
            float masked0 = float(int(values & 0xffffu)) * (1.0 / 65535.0);
            float masked1 = float(int(values >> 16)) * (1.0 / 65535.0);
            weight0 = mode == COMBINE_MASK ? masked0 : weight0 * masked0;
            weight1 = mode == COMBINE_MASK ? masked1 : weight1 * masked1;
        }
        vec4 ba = alpha_of(b0, b1, b2);
        vec4 sa = alpha_of(s0, s1, s2);
        if (is_by_component() && (components & 7u) == 0u) {
            if (has_backdrop())
                ba = texelFetch(scratch_read, int(backdrop + 3u * stride + pair));
            sa = texelFetch(scratch_read, int(source + 3u * stride + pair));
        }
        vec4 first = combined(vec4(b0.x, b1.x, b2.x, ba.y), vec4(s0.x, s1.x, s2.x, sa.y),
                              weight0, to_rgb, from_rgb, place, conversion);
        place.x += sites.x;
        vec4 second = combined(vec4(b0.z, b1.z, b2.z, ba.w), vec4(s0.z, s1.z, s2.z, sa.w),
                               weight1, to_rgb, from_rgb, place, conversion);
        uint at = result + pair;
        if ((components & 1u) != 0u)
            scratch[at] = whole(vec4(first.x, first.w, second.x, second.w));
        if ((components & 2u) != 0u)
            scratch[at + stride] = whole(vec4(first.y, first.w, second.y, second.w));
        if ((components & 4u) != 0u)
            scratch[at + 2u * stride] = whole(vec4(first.z, first.w, second.z, second.w));
        if ((components & 8u) != 0u)
            scratch[at + 3u * stride] =
                whole(vec4(first.w * tile.max_code, first.w, second.w * tile.max_code, second.w));
        if (++pair >= uint(PIXELS / 2)) break;
    }
}
