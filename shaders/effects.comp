#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

// Changes the colours of one scratch tile: up to four effects, one after the other, on straight
// R'G'B' that is clamped to 0..1 before each and at the end. Alpha stays. Where that is all that a
// tile shows, it is written as codes at once.
//
// One pipeline for each sequence of effects; their parameters are data.

#include "include/constants.glsl"
#include "include/parameters.glsl"

layout(local_size_x = LOCAL_WIDTH, local_size_y = LOCAL_HEIGHT) in;

layout(constant_id = 0) const uint components = 7u;  // which ones are written; bit 3: alpha as one
layout(constant_id = 1) const uint effect_0 = 0u;    // 0: none
layout(constant_id = 2) const uint effect_1 = 0u;
// 3: has_shuffle, in data.glsl
layout(constant_id = 4) const uint effect_2 = 0u;
layout(constant_id = 5) const uint effect_3 = 0u;
layout(constant_id = 6) const uint target_kind = TARGET_SCRATCH;  // else codes, no alpha

layout(set = 0, binding = 1) uniform textureBuffer scratch_read;
layout(set = 0, binding = 2) uniform utextureBuffer data;
layout(set = 0, binding = 6) uniform textureBuffer tables;
layout(set = 0, binding = 4, std430) writeonly buffer Codes { uint codes[]; };  // 4 bytes each
layout(set = 0, binding = 5, std430) writeonly buffer Scratch { vec4 scratch[]; };

#define PIXELS (PIXELS_X * PIXELS_Y)

/// The parameters of an effect, in the order of its table.
struct Numbers {
    vec4 a;
    vec4 b;
    vec4 c;
};

#include "include/data.glsl"
#include "effect_list.glsl"

Numbers load_numbers(const uint effect, uint entry) {
    if (effect == 0u) return Numbers(vec4(0.0), vec4(0.0), vec4(0.0));
    return prepared(effect, Numbers(uintBitsToFloat(load_entry(entry)),
                                    uintBitsToFloat(load_entry(entry + 1u)),
                                    uintBitsToFloat(load_entry(entry + 2u))));
}

vec3 float3(uvec4 words) { return uintBitsToFloat(words.xyz); }

/// The first word, the words of a row, the code of zero and the highest one, of a component.
uvec4 place_of(uvec4 words) {
    uint x = gl_LocalInvocationID.x * uint(PIXELS_X);
    uint bytes = target_kind == TARGET_CODES_8 ? 1u : 2u;
    words.x = words.x * 4u + x * bytes / 4u +
              gl_LocalInvocationID.y * uint(PIXELS_Y) * words.y * 4u;
    words.y *= 4u;
    return words;
}

/// Two samples as codes, rounded and clamped as store.glsl does: floor(v + 0.5).
uint pair_of(float first, float second, uvec4 place) {
    vec2 all = clamp(floor(vec2(first, second) + (uintBitsToFloat(place.z) + 0.5)), 0.0,
                     uintBitsToFloat(place.w));
    uvec2 code = uvec2(ivec2(all));
    return code.x | (code.y << (target_kind == TARGET_CODES_8 ? 8u : 16u));
}

/// The word of each component that begins at a pair of samples.
void store_codes(uvec3 words, uint pair, uvec4 place_0, uvec4 place_1, uvec4 place_2) {
    uint row = pair / uint(PIXELS_X / 2);
    uint column = pair % uint(PIXELS_X / 2);
    if (target_kind == TARGET_CODES_8) column /= 2u;
    if ((components & 1u) != 0u) codes[place_0.x + row * place_0.y + column] = words.x;
    if ((components & 2u) != 0u) codes[place_1.x + row * place_1.y + column] = words.y;
    if ((components & 4u) != 0u) codes[place_2.x + row * place_2.y + column] = words.z;
}

vec3 unit(vec3 c) { return clamp(c, 0.0, 1.0); }

void main() {
    begin_data();
    Tile tile = load_tile(gl_WorkGroupID.x);
    uvec4 what = load_entry(tile.list);  // the source's first word, the numbers' first entry
    // Rows, which `vector * matrix` takes as columns.
    mat3 to_rgb = mat3(float3(load_entry(tile.segments)), float3(load_entry(tile.segments + 1u)),
                       float3(load_entry(tile.segments + 2u)));
    mat3 from_rgb = mat3(float3(load_entry(tile.segments + 3u)),
                         float3(load_entry(tile.segments + 4u)),
                         float3(load_entry(tile.segments + 5u)));
    Numbers numbers_0 = load_numbers(effect_0, what.y);
    Numbers numbers_1 = load_numbers(effect_1, what.y + EFFECT_ENTRIES);
    Numbers numbers_2 = load_numbers(effect_2, what.y + 2u * EFFECT_ENTRIES);
    Numbers numbers_3 = load_numbers(effect_3, what.y + 3u * EFFECT_ENTRIES);
    uint lane = (gl_LocalInvocationID.y * LOCAL_WIDTH + gl_LocalInvocationID.x) * uint(PIXELS / 2);
    uint source = what.x + lane;
    uint result = tile.out_index + lane;
    uint stride = tile.out_stride;
    const bool to_codes = target_kind != TARGET_SCRATCH;
    uvec4 place_0 = to_codes ? place_of(load_entry(tile.list + 1u)) : uvec4(0u);
    uvec4 place_1 = to_codes ? place_of(load_entry(tile.list + 2u)) : uvec4(0u);
    uvec4 place_2 = to_codes ? place_of(load_entry(tile.list + 3u)) : uvec4(0u);
    uint pair = 0u;
    for (;;) {
        uvec3 words = uvec3(0u);  // four samples of 8 bits, of each component
        uint half_word = 0u;
        for (;;) {
            uint first = source + pair + half_word;
            vec4 s0 = texelFetch(scratch_read, int(first));
            vec4 s1 = texelFetch(scratch_read, int(first + stride));
            vec4 s2 = texelFetch(scratch_read, int(first + 2u * stride));
            vec3 both[2] = vec3[2](vec3(s0.x, s1.x, s2.x), vec3(s0.z, s1.z, s2.z));
            float alpha[2] = float[2](s0.y, s0.w);
            [[unroll]] for (int i = 0; i < 2; ++i) {
                vec3 c = unit(both[i] * (alpha[i] > 1e-6 ? 1.0 / alpha[i] : 0.0) * to_rgb);
                c = changed(effect_0, c, numbers_0);
                if (effect_1 != 0u) c = changed(effect_1, unit(c), numbers_1);
                if (effect_2 != 0u) c = changed(effect_2, unit(c), numbers_2);
                if (effect_3 != 0u) c = changed(effect_3, unit(c), numbers_3);
                both[i] = unit(c) * from_rgb * alpha[i];
            }
            if (to_codes) {
                uvec3 pairs = uvec3(pair_of(both[0].x, both[1].x, place_0),
                                    pair_of(both[0].y, both[1].y, place_1),
                                    pair_of(both[0].z, both[1].z, place_2));
                words |= pairs << (16u * half_word);
                if (target_kind == TARGET_CODES_16)
                    store_codes(pairs, pair + half_word, place_0, place_1, place_2);
            } else {
                uint at = result + pair + half_word;
                if ((components & 1u) != 0u)
                    scratch[at] = vec4(both[0].x, alpha[0], both[1].x, alpha[1]);
                if ((components & 2u) != 0u)
                    scratch[at + stride] = vec4(both[0].y, alpha[0], both[1].y, alpha[1]);
                if ((components & 4u) != 0u)
                    scratch[at + 2u * stride] = vec4(both[0].z, alpha[0], both[1].z, alpha[1]);
                if ((components & 8u) != 0u)
                    scratch[at + 3u * stride] =
                        vec4(alpha[0] * tile.max_code, alpha[0], alpha[1] * tile.max_code, alpha[1]);
            }
            if (++half_word >= 2u) break;
        }
        if (target_kind == TARGET_CODES_8) store_codes(words, pair, place_0, place_1, place_2);
        pair += 2u;
        if (pair >= uint(PIXELS / 2)) break;
    }
}
