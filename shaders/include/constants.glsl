// Numbers that shader and compositor must agree on; compiled as GLSL and as C++.

#define TILE_WIDTH 128u   // samples
#define TILE_HEIGHT 8u    // samples
#define LOCAL_WIDTH 8u    // invocations; llvmpipe's SIMD runs along x
#define LOCAL_HEIGHT 4u
#define PIXELS_X 16       // samples of one invocation
#define PIXELS_Y 2
#define SCRATCH_TILE_WORDS 512u  // 16-byte words of a scratch tile: value and alpha as floats

// Kinds of items, as bits of the specialisation constant `kinds`.
#define KIND_IDENTITY 1u
#define KIND_AXIS_2 2u  // scaled, not turned, 2 pixels per load
#define KIND_AXIS_4 4u  // the same, 4 pixels per load
#define KIND_GENERAL 8u
#define KIND_ALPHA 16u
#define KIND_SMOOTH 32u
#define KIND_SCRATCH 64u
#define KIND_TRAILING_IDENTITY 128u

// Values of the specialisation constant `target_kind`.
#define TARGET_CODES_8 0u
#define TARGET_CODES_16 1u
#define TARGET_SCRATCH 2u
