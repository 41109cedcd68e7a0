// Items that are shown smaller than their level by a triangle filter, without being turned.

/// Scaled, not turned, 8 bits, half-widths of at most 2, no tap outside the plane, no alpha: the 4 taps
/// of a row are one funnelled word.
void blend_smooth_axis(uvec4 item, uint x, uint y) {
    Sample s = load_sample(item.x);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    uint stride = s.stride & ~3u;
    float per_column = 1.0 / s.half_width;
    float per_row = 1.0 / s.half_height;
    float fx = float(int(x));
    float column = s.column_x * fx + s.column_0;
    float left = c.left_x * fx + c.left_c;
    float right = c.right_x * fx + c.right_c;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float row = clamp(s.row_y * fy + s.row_0, s.row_low, s.row_high);
        float l = floor(row - s.half_height) + 1.0;
        uint line = s.base + uint(int(l)) * stride;
        float rows = 0.0;
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) filtered[i] = 0.0;
        uint left_y = s.taps_y;
        for (;;) {
            float weight = max(1.0 - abs(l - row) * per_row, 0.0);
            [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
                float at = clamp(column + s.column_x * float(i), s.column_low, s.column_high);
                float k = floor(at - s.half_width) + 1.0;
                float w0 = max(1.0 - abs(k - at) * per_column, 0.0);
                float w1 = max(1.0 - abs(k + 1.0 - at) * per_column, 0.0);
                float w2 = max(1.0 - abs(k + 2.0 - at) * per_column, 0.0);
                float w3 = max(1.0 - abs(k + 3.0 - at) * per_column, 0.0);
                uint address = line + uint(int(k));
                uint index = address >> 2;
                uint four =
                    funnel(arena_word(index), arena_word(index + 1u), (address & 3u) * 8u);
                float sum = float(int(four & 0xffu)) * w0 + float(int((four >> 8) & 0xffu)) * w1 +
                            float(int((four >> 16) & 0xffu)) * w2 + float(int(four >> 24)) * w3;
                filtered[i] += sum * (weight / (w0 + w1 + w2 + w3));
            }
            rows += weight;
            l += 1.0;
            line += stride;
            if (--left_y == 0u) break;
        }
        float scale = s.scale * gain / rows;
        float offset = s.offset * gain;
        float cover_y = span_at(c.top_y * fy + c.top_c, c.bottom_y * fy + c.bottom_c);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float dx = float(i);
            float cover = span_at(left + c.left_x * dx, right + c.right_x * dx) * cover_y;
            blend(r * PIXELS_X + i, 1.0 - drop * cover, (filtered[i] * scale + offset) * cover);
        }
    }
}
