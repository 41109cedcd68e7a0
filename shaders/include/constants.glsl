// Numbers that shader and compositor must agree on; compiled as GLSL and as C++.

#define TILE_WIDTH 128u   // samples
#define TILE_HEIGHT 8u    // samples
#define LOCAL_WIDTH 8u    // invocations; llvmpipe's SIMD runs along x
#define PIXELS_X 16       // samples of one invocation
#ifndef PIXELS_Y          // two rows are the shape for CPUs
#define LOCAL_HEIGHT 4u
#define PIXELS_Y 2
#endif
#define SCRATCH_TILE_WORDS 512u  // 16-byte words of a scratch tile: value and alpha as floats

// Kinds of items, as bits of the specialisation constant `kinds`.
// A segment runs them in this order. "Axis": scaled, not turned, 8 bits.
#define KIND_IDENTITY 1u
#define KIND_ALPHA_IDENTITY 2u
#define KIND_AXIS_2 4u  // 2 pixels per load
#define KIND_AXIS_4 8u  // 4 pixels per load
#define KIND_ALPHA_AXIS 16u
#define KIND_SMOOTH_AXIS 32u
#define KIND_GENERAL 64u
#define KIND_ALPHA 128u
#define KIND_SMOOTH 256u
#define KIND_CUBIC 512u  // and the nearest sample
#define KIND_SCRATCH 1024u
#define KIND_TRAILING_IDENTITY 2048u
#define ALL_KINDS 4095u
#define RUN_KINDS 11  // without the trailing one

// A segment's header holds one count per kind in this order, then that of trailing identity items:
// 10 bits each, three to a word.
#define COUNT_BITS 10u
#define MAX_COUNT 1023u

// Values of the specialisation constant `target_kind`.
#define TARGET_CODES_8 0u
#define TARGET_CODES_16 1u
#define TARGET_SCRATCH 2u

// Values of combine.comp's specialisation constant `mode`: BlendMode's, and mixes of two groups,
// each component by itself: by coverage and opacity, and by the distance from a centre.
#define COMBINE_MIX 32u
#define COMBINE_IRIS 33u
// Of one group alone: multiplied by masks; to linear light, and back;
// divided by its alpha.
#define COMBINE_MASK 34u
#define COMBINE_TO_LINEAR 35u
#define COMBINE_FROM_LINEAR 36u
#define COMBINE_STRAIGHT 37u
// A mix of two groups whose weight is multiplied by masks; effects.comp instead of combine.comp.
#define COMBINE_MASKED_MIX 38u
#define COMBINE_EFFECTS 39u
#define BLEND_MULTIPLY 1u
#define BLEND_SCREEN 2u
#define BLEND_OVERLAY 3u
#define BLEND_DARKEN 4u
#define BLEND_LIGHTEN 5u
#define BLEND_COLOR_DODGE 6u
#define BLEND_COLOR_BURN 7u
#define BLEND_HARD_LIGHT 8u
#define BLEND_SOFT_LIGHT 9u
#define BLEND_DIFFERENCE 10u
#define BLEND_EXCLUSION 11u
#define BLEND_HUE 12u
#define BLEND_SATURATION 13u
#define BLEND_COLOR 14u
#define BLEND_LUMINOSITY 15u
#define BLEND_ADD 16u
#define BLEND_SUBTRACT 17u
#define BLEND_DIVIDE 18u
#define BLEND_LINEAR_BURN 19u
#define BLEND_LINEAR_LIGHT 20u
#define BLEND_VIVID_LIGHT 21u
#define BLEND_PIN_LIGHT 22u
#define BLEND_HARD_MIX 23u
#define BLEND_DISSOLVE 24u
#define BLEND_STENCIL_ALPHA 25u
#define BLEND_STENCIL_LUMA 26u
#define BLEND_SILHOUETTE_ALPHA 27u
#define BLEND_SILHOUETTE_LUMA 28u
