#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require

// Composites one tile of one output plane: walks the tile's items bottom to top and keeps the
// result in registers. All values are zero-based codes of the output component (black or neutral
// is 0): normal blending, opacity and groups are linear, so each component stands alone.
//
// Shaped for Mesa's llvmpipe, where an `if` runs both sides and a counted loop runs once too often:
// no branches on data, one pipeline per set of item kinds, bottom-tested loops, 32-bit texel loads.
// Compiled once per MODULE_KINDS (a module for related pipelines, so that a driver need not read
// all kinds to make one), then specialised.

#include "include/constants.glsl"
#include "include/parameters.glsl"

layout(local_size_x = LOCAL_WIDTH, local_size_y = LOCAL_HEIGHT) in;

layout(constant_id = 0) const uint kinds = KIND_IDENTITY;
layout(constant_id = 1) const uint identity_bytes = 1u;  // of a sample in identity and step items
layout(constant_id = 2) const uint target_kind = TARGET_CODES_8;
layout(constant_id = 5) const uint has_edges = 1u;  // some item's coverage is not 1 everywhere
layout(constant_id = 4) const uint identity_aligned = 0u;  // identity items lie on 16-byte words
layout(constant_id = 6) const uint skips_absent = 0u;  // a segment may have no items of a kind
layout(constant_id = 7) const uint dithers = 0u;  // codes are rounded up or down by their place

layout(set = 0, binding = 0) uniform utextureBuffer arena;
layout(set = 0, binding = 1) uniform textureBuffer scratch_read;
layout(set = 0, binding = 2) uniform utextureBuffer data;  // the parameter blocks
layout(set = 0, binding = 3) uniform utextureBuffer arena_wide;  // the arena in 16-byte words
layout(set = 0, binding = 4, std430) writeonly buffer Codes { uvec4 codes[]; };
layout(set = 0, binding = 5, std430) writeonly buffer Scratch { vec4 scratch[]; };

#define PIXELS (PIXELS_X * PIXELS_Y)

float acc[PIXELS];      // value so far
float covered[PIXELS];  // alpha so far; scratch target only

uint arena_word(uint index) { return texelFetch(arena, int(index)).x; }

/// The 32 bits that begin `shift` bits (0, 8, 16, 24) into the pair.
uint funnel(uint low, uint high, uint shift) { return (low >> shift) | ((high << 1) << (31u - shift)); }

/// acc = acc * keep + add, and the same for what is covered.
void blend(const int i, float keep, float add) {
    acc[i] = acc[i] * keep + add;
    if (target_kind == TARGET_SCRATCH) covered[i] = covered[i] * keep + (1.0 - keep);
}

#include "include/data.glsl"
#include "include/coverage.glsl"
#include "include/identity.glsl"
#include "include/axis.glsl"
#include "include/step.glsl"
#include "include/general.glsl"
#include "include/alpha.glsl"
#include "include/filter.glsl"
#include "include/smooth_axis.glsl"
#include "include/scratch.glsl"
#include "include/store.glsl"

uint count_of(uvec4 head, const int kind) {
    return (head[kind / COUNTS_PER_WORD] >> (uint(kind % COUNTS_PER_WORD) * COUNT_BITS)) & MAX_COUNT;
}

// Runs the items [p, p + count) of a kind: at least one, tested at the bottom, unless absent kinds
// are skipped. What the module has not is gone before a driver sees it.
#define RUN(kind, count, call)                    \
    if ((MODULE_KINDS & kind) != 0u) {            \
        if ((kinds & kind) != 0u && (skips_absent == 0u || (count) != 0u)) { \
            uint last = p + (count);              \
            for (;;) {                            \
                uvec4 item = load_entry(p);       \
                call;                             \
                if (++p >= last) break;           \
            }                                     \
        }                                         \
    }

void main() {
    begin_data();
    Tile tile = load_tile(gl_WorkGroupID.x);
    uint x = (tile.grid & 0xffffu) + gl_LocalInvocationID.x * uint(PIXELS_X);
    uint y = (tile.grid >> 16) + gl_LocalInvocationID.y * uint(PIXELS_Y);

    [[unroll]] for (int i = 0; i < PIXELS; ++i) {
        acc[i] = tile.initial;
        covered[i] = tile.zero;
    }
    uint p = tile.list;
    uint segments = tile.segments;
    uvec4 head;
    for (;;) {
        head = load_entry(p++);
        RUN(KIND_IDENTITY, count_of(head, 0), blend_identity(item, x, y))
        RUN(KIND_ALPHA_IDENTITY, count_of(head, 1), blend_alpha_identity(item, x, y))
#ifdef HAS_STEP_KINDS
        RUN(KIND_STEP_HALF, count_of(head, 2), blend_step(item, x, y, 1))
        RUN(KIND_STEP_2, count_of(head, 3), blend_step(item, x, y, 4))
        RUN(KIND_STEP_1, count_of(head, 4), blend_step(item, x, y, 2))
#endif
        RUN(KIND_AXIS_2, count_of(head, 5), blend_axis(item, x, y, 2))
        RUN(KIND_AXIS_4, count_of(head, 6), blend_axis(item, x, y, 4))
        RUN(KIND_ALPHA_AXIS, count_of(head, 7), blend_alpha_axis(item, x, y))
        RUN(KIND_SMOOTH_AXIS, count_of(head, 8), blend_smooth_axis(item, x, y))
        RUN(KIND_GENERAL, count_of(head, 9), blend_general(item, x, y))
        RUN(KIND_ALPHA, count_of(head, 10), blend_general_alpha(item, x, y))
        RUN(KIND_SMOOTH, count_of(head, 11), blend_filtered(item, x, y, false))
        RUN(KIND_CUBIC, count_of(head, 12), blend_filtered(item, x, y, true))
        RUN(KIND_SCRATCH, count_of(head, 13), blend_scratch(item, x, y))
        if (--segments == 0u) break;
    }
    RUN(KIND_TRAILING_IDENTITY, count_of(head, RUN_KINDS), blend_identity(item, x, y))
#ifdef HAS_STEP_KINDS
    RUN(KIND_TRAILING_HALF, count_of(head, RUN_KINDS + 1), blend_step(item, x, y, 1))
#endif

    if (target_kind == TARGET_SCRATCH) {
        store_scratch(tile);
    } else {
        store_codes(tile, x, y);
    }
}
