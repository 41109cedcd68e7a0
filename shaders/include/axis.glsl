// Items of 8-bit samples that are scaled but not turned: bilinear, antialiased edges. A row of
// pixels then reads two rows of samples, and the 4 samples of one funnelled word serve `share`
// neighbouring pixels: steps of at most 2 samples for 2 pixels, of 2/3 for 4.

void blend_axis(uvec4 item, uint x, uint y, const int share) {
    Sample s = load_sample(item.x);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    uint stride = s.stride & ~3u;
    float fx = float(int(x));
    float column = s.column_x * fx + s.column_0;
    float left = c.left_x * fx + c.left_c;
    float right = c.right_x * fx + c.right_c;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float row = clamp(s.row_y * fy + s.row_0, s.row_low, s.row_high);
        float v = row - floor(row);
        uint line = s.base + uint(int(row)) * stride;
        float cover_y = span_at(c.top_y * fy + c.top_c, c.bottom_y * fy + c.bottom_c);
        [[unroll]] for (int i = 0; i < PIXELS_X; i += share) {
            float at[4];
            [[unroll]] for (int j = 0; j < share; ++j) {
                at[j] = clamp(column + s.column_x * float(i + j), s.column_low, s.column_high);
            }
            float first = floor(min(at[0], at[share - 1]));
            uint address = line + uint(int(first));
            uint shift = (address & 3u) * 8u;
            uint index = address >> 2;
            uint next = index + (stride >> 2);
            uint a = funnel(arena_word(index), arena_word(index + 1u), shift);
            uint b = funnel(arena_word(next), arena_word(next + 1u), shift);
            [[unroll]] for (int j = 0; j < share; ++j) {
                float k = floor(at[j]);
                float u = at[j] - k;
                uint tap = uint(int(k - first)) * 8u;
                float a0 = float(int((a >> tap) & 0xffu));
                float a1 = float(int((a >> (tap + 8u)) & 0xffu));
                float b0 = float(int((b >> tap) & 0xffu));
                float b1 = float(int((b >> (tap + 8u)) & 0xffu));
                float top = a0 + (a1 - a0) * u;
                float bottom = b0 + (b1 - b0) * u;
                float value = top + (bottom - top) * v;
                float dx = float(i + j);
                float cover = span_at(left + c.left_x * dx, right + c.right_x * dx) * cover_y;
                blend(r * PIXELS_X + i + j, 1.0 - drop * cover, (value * scale + offset) * cover);
            }
        }
    }
}
