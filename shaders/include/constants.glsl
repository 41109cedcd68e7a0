// Numbers that shader and compositor must agree on; compiled as GLSL and as C++.

#define TILE_WIDTH 128u   // samples
#define TILE_HEIGHT 8u    // samples
#define LOCAL_WIDTH 8u    // invocations; llvmpipe's SIMD runs along x
#define PIXELS_X 16       // samples of one invocation
#ifndef PIXELS_Y          // two rows are the shape for CPUs
#define LOCAL_HEIGHT 4u
#define PIXELS_Y 2
#define HAS_STEP_KINDS
#endif
#define SCRATCH_TILE_WORDS 512u  // 16-byte words of a scratch tile: value and alpha as floats

// Kinds of items, as bits of the specialisation constant `kinds`.
// A segment runs them in this order. "Axis": scaled, not turned, 8 bits. "Step": likewise, and the
// columns of neighbouring pixels lie exactly so many samples apart; on CPUs only.
#define KIND_IDENTITY 1u
#define KIND_ALPHA_IDENTITY 2u
#define KIND_STEP_HALF 4u
#define KIND_STEP_2 8u
#define KIND_STEP_1 16u
#define KIND_AXIS_2 32u  // 2 pixels per load
#define KIND_AXIS_4 64u  // 4 pixels per load
#define KIND_ALPHA_AXIS 128u
#define KIND_SMOOTH_AXIS 256u
#define KIND_GENERAL 512u
#define KIND_ALPHA 1024u
#define KIND_SMOOTH 2048u
#define KIND_CUBIC 4096u  // and the nearest sample
#define KIND_SCRATCH 8192u
#define KIND_TRAILING_IDENTITY 16384u
#define KIND_TRAILING_HALF 32768u  // after the trailing identity items
#define STEP_KINDS 28u
#define TRAILING_KINDS 49152u
#define ALL_KINDS 65535u
#define RUN_KINDS 14  // without the trailing ones

// A segment's header holds one count per kind in this order, those of the trailing items last.
#define COUNT_BITS 8u
#define COUNTS_PER_WORD 4
#define MAX_COUNT 255u

// Values of the specialisation constant `target_kind`.
#define TARGET_CODES_8 0u
#define TARGET_CODES_16 1u
#define TARGET_SCRATCH 2u

// Values of combine.comp's specialisation constant `mode`: BlendMode's, and mixes of two groups,
// each component by itself: by coverage and opacity, and by the distance from a centre.
#define COMBINE_MIX 32u
#define COMBINE_IRIS 33u
// Of one group alone: multiplied by masks; to linear light, and back;
// divided by its alpha; to another encoding of colour, without and with a gain by luminance.
#define COMBINE_MASK 34u
#define COMBINE_TO_LINEAR 35u
#define COMBINE_FROM_LINEAR 36u
#define COMBINE_STRAIGHT 37u
// A mix of two groups whose weight is multiplied by masks; effects.comp instead of combine.comp.
#define COMBINE_MASKED_MIX 38u
#define COMBINE_EFFECTS 39u
#define COMBINE_CONVERT 40u
#define COMBINE_CONVERT_GAIN 41u

// Tables of curves: 128 points for each exponent of a float from 2^-24 to 2^7, four to an entry.
#define CURVE_FRACTION_BITS 16u  // of a float, below a point's
#define CURVE_FIRST 13184u       // the first point's bits above those: of 2^-24
#define CURVE_OFFSET 5.9604644775390625e-8  // 2^-24
#define CURVE_MOST 127.99999
#define COLOR_MOST 64.0  // beyond this, light and codes have no meaning
#define CURVE_POINTS 3968u  // and one more, to interpolate to
#define CURVE_ENTRIES 993u

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
