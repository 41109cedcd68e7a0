// Items that are unscaled, on whole samples, fully covered, without alpha: whole words, no filter.

void blend_codes(const int i, uint word, float keep, float scale, float offset) {
    if (identity_bytes == 1u) {
        blend(i, keep, float(int(word & 0xffu)) * scale + offset);
        blend(i + 1, keep, float(int((word >> 8) & 0xffu)) * scale + offset);
        blend(i + 2, keep, float(int((word >> 16) & 0xffu)) * scale + offset);
        blend(i + 3, keep, float(int(word >> 24)) * scale + offset);
    } else {
        blend(i, keep, float(int(word & 0xffffu)) * scale + offset);
        blend(i + 1, keep, float(int(word >> 16)) * scale + offset);
    }
}

void blend_identity(uvec4 item, uint x, uint y) {
    Sample s = load_sample_head(item.x);
    float keep = 1.0 - uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    uint stride = s.stride & ~3u;
    uint shift = (s.identity_base & 3u) * 8u;
    const int per_word = identity_bytes == 1u ? 4 : 2;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        uint address = s.identity_base + (y + uint(r)) * stride + x * identity_bytes;
        if (identity_aligned != 0u) {
            [[unroll]] for (int q = 0; q < PIXELS_X; q += 4 * per_word) {
                uvec4 words = texelFetch(arena_wide, int(address >> 4) + q / (4 * per_word));
                [[unroll]] for (int w = 0; w < 4; ++w) {
                    blend_codes(r * PIXELS_X + q + w * per_word, words[w], keep, scale, offset);
                }
            }
        } else {
            uint index = address >> 2;
            uint low = arena_word(index);
            [[unroll]] for (int q = 0; q < PIXELS_X; q += per_word) {
                uint high = arena_word(index + uint(q / per_word) + 1u);
                blend_codes(r * PIXELS_X + q, funnel(low, high, shift), keep, scale, offset);
                low = high;
            }
        }
    }
}
