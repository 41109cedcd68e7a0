// The only place where values are rounded and clamped: floor(v + 0.5) into the code range.

uint code_of(float value, float zero, float max_code) {
    return uint(int(clamp(floor(value + zero), 0.0, max_code)));
}

void store_codes(Tile tile) {
    float zero = tile.zero + 0.5;
    uint words_per_row = target_kind == TARGET_CODES_8 ? 1u : 2u;
    uint index = tile.out_index + gl_LocalInvocationID.x * words_per_row +
                 gl_LocalInvocationID.y * uint(PIXELS_Y) * tile.out_stride;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        uint code[PIXELS_X];
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            code[i] = code_of(acc[r * PIXELS_X + i], zero, tile.max_code);
        }
        if (target_kind == TARGET_CODES_8) {
            uvec4 words;
            [[unroll]] for (int q = 0; q < 4; ++q) {
                words[q] = code[4 * q] | (code[4 * q + 1] << 8) | (code[4 * q + 2] << 16) |
                           (code[4 * q + 3] << 24);
            }
            codes[index] = whole(words);
        } else {
            [[unroll]] for (int h = 0; h < 2; ++h) {
                uvec4 words;
                [[unroll]] for (int q = 0; q < 4; ++q) {
                    words[q] = code[8 * h + 2 * q] | (code[8 * h + 2 * q + 1] << 16);
                }
                codes[index + uint(h)] = whole(words);
            }
        }
        index += tile.out_stride;
    }
}
