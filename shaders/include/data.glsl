// Reading parameter blocks. Their addresses are the same in all lanes, but llvmpipe cannot see
// that, and loads the same word 8 times in a scalar loop. So each lane loads another word of a group
// of 8, through the texture path, and shuffles hand the words to all lanes (one AVX2 instruction;
// a subgroup broadcast would be a loop, too).

layout(constant_id = 3) const uint has_shuffle = 1u;  // among at least 8 lanes

layout(push_constant) uniform Push {
    uint tiles;      // first word of the dispatch's tiles
    uint lists;      // first word of each section
    uint samples;
    uint coverages;
    uint zero;       // 0, which the shader's compiler cannot know
} push;

// Copies of the push constants: each use of those would load them again.
uint lists_at;
uint samples_at;
uint coverages_at;
uint zero_at_run_time;

void begin_data() {
    lists_at = push.lists;
    samples_at = push.samples;
    coverages_at = push.coverages;
    zero_at_run_time = push.zero;
}

/// What is to be stored, itself. Stores are loops over lanes, into which LLVM would pull what makes
/// it, lane by lane; it does not pull a maximum.
uvec4 whole(uvec4 words) { return max(words, uvec4(zero_at_run_time)); }
vec4 whole(vec4 values) { return uintBitsToFloat(whole(floatBitsToUint(values))); }

uint data_word(uint index) { return texelFetch(data, int(index)).x; }

/// Loads 8 words that begin at `first`.
uint group_of(uint first) {
    return has_shuffle != 0u ? data_word(first + (gl_SubgroupInvocationID & 7u)) : 0u;
}
/// Word i of a loaded group.
uint word_of(uint group, uint first, uint i) {
    return has_shuffle != 0u ? subgroupShuffle(group, i) : data_word(first + i);
}
float float_of(uint group, uint first, uint i) { return uintBitsToFloat(word_of(group, first, i)); }

Tile load_tile(uint index) {
    uint at = push.tiles + index * TILE_WORDS;
    uint g = group_of(at);
    return Tile(word_of(g, at, 0u), word_of(g, at, 1u), word_of(g, at, 2u), word_of(g, at, 3u),
                word_of(g, at, 4u), float_of(g, at, 5u), float_of(g, at, 6u), float_of(g, at, 7u));
}

/// What the identity kernel needs; the rest is 0.
Sample load_sample_head(uint index) {
    uint a = samples_at + index * SAMPLE_WORDS;
    uint g = group_of(a);
    return Sample(word_of(g, a, 0u), word_of(g, a, 1u), float_of(g, a, 2u), float_of(g, a, 3u),
                  0u, 0u, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0u, 0u, 0.0,
                  0.0, 0.0, 0.0);
}

/// The index of a Sample's alpha plane.
uint load_alpha(uint index) {
    uint a = samples_at + index * SAMPLE_WORDS;
    return word_of(group_of(a), a, 5u);
}

Sample load_sample(uint index) {
    uint a = samples_at + index * SAMPLE_WORDS;
    uint b = a + 8u;
    uint c = a + 16u;
    uint g = group_of(a);
    uint h = group_of(b);
    uint i = group_of(c);
    return Sample(word_of(g, a, 0u), word_of(g, a, 1u), float_of(g, a, 2u), float_of(g, a, 3u),
                  word_of(g, a, 4u), word_of(g, a, 5u), float_of(g, a, 6u), float_of(g, a, 7u),
                  float_of(h, b, 0u), float_of(h, b, 1u), float_of(h, b, 2u), float_of(h, b, 3u),
                  float_of(h, b, 4u), float_of(h, b, 5u), float_of(h, b, 6u), float_of(h, b, 7u),
                  float_of(i, c, 0u), float_of(i, c, 1u), word_of(i, c, 2u), word_of(i, c, 3u),
                  float_of(i, c, 4u), float_of(i, c, 5u), float_of(i, c, 6u), float_of(i, c, 7u));
}

Coverage load_coverage(uint index) {
    uint a = coverages_at + index * COVERAGE_WORDS;
    uint b = a + 8u;
    uint g = group_of(a);
    uint h = group_of(b);
    return Coverage(float_of(g, a, 0u), float_of(g, a, 1u), float_of(g, a, 2u), float_of(g, a, 3u),
                    float_of(g, a, 4u), float_of(g, a, 5u), float_of(g, a, 6u), float_of(g, a, 7u),
                    float_of(h, b, 0u), float_of(h, b, 1u), float_of(h, b, 2u), float_of(h, b, 3u),
                    0u, 0u, 0u, 0u);
}

/// An entry of the lists; entries may begin anywhere, so a group may reach past the last one.
uvec4 load_entry(uint index) {
    uint a = lists_at + index * ENTRY_WORDS;
    uint g = group_of(a);
    return uvec4(word_of(g, a, 0u), word_of(g, a, 1u), word_of(g, a, 2u), word_of(g, a, 3u));
}
