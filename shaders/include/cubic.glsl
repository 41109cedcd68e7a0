// Items that are sampled by Catmull-Rom, 4 x 4 samples, or by the nearest sample alone (one tap, at
// the sample itself). Alpha is filtered likewise. No weights are negative but those of Catmull-Rom:
// colours may overshoot, alpha is clamped.

float cubic_weight(float d) {
    float inner = (1.5 * d - 2.5) * d * d + 1.0;
    float outer = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0;
    return d < 1.0 ? inner : d < 2.0 ? outer : 0.0;
}

/// filtered[] = the filtered code values of one row of pixels.
void cubic_row(Sample s, uint mask, float column, float row) {
    [[unroll]] for (int i = 0; i < PIXELS_X; ++i) filtered[i] = 0.0;
    // How many samples before the position's own count: 1, or none of the nearest.
    float before = s.half_width;
    float shift = 0.5 - 0.5 * before;
    float tap_y = -before;
    uint left_y = s.taps_y;
    for (;;) {
        float tap_x = -before;
        uint left_x = s.taps_x;
        for (;;) {
            [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
                float dx = float(i);
                float at_x = clamp(column + s.column_x * dx, s.column_low, s.column_high);
                float at_y = clamp(row + s.row_x * dx, s.row_low, s.row_high);
                float k = floor(at_x + shift) + tap_x;
                float l = floor(at_y + shift) + tap_y;
                float weight = cubic_weight(abs(k - at_x) * before) *
                               cubic_weight(abs(l - at_y) * before);
                int c = int(clamp(k, 0.0, s.last_column));
                int r = int(clamp(l, 0.0, s.last_row));
                uint address = s.base + uint(r) * (s.stride & ~3u) + (uint(c) << (s.stride & 3u));
                uint code = (arena_word(address >> 2) >> ((address & 3u) * 8u)) & mask;
                filtered[i] += float(int(code)) * weight;
            }
            tap_x += 1.0;
            if (--left_x == 0u) break;
        }
        tap_y += 1.0;
        if (--left_y == 0u) break;
    }
    [[unroll]] for (int i = 0; i < PIXELS_X; ++i)
        filtered[i] = clamp(filtered[i], s.least, s.most);
}

void blend_cubic(uvec4 item, uint x, uint y) {
    Sample s = load_sample(item.x);
    Sample t = load_sample(s.alpha);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    uint mask = (1u << (8u << (s.stride & 3u))) - 1u;
    float fx = float(int(x));
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float alpha[PIXELS_X];
        cubic_row(t, mask, t.column_x * fx + (t.column_y * fy + t.column_0),
                  t.row_x * fx + (t.row_y * fy + t.row_0));
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) alpha[i] = filtered[i] * t.scale + t.offset;
        cubic_row(s, mask, s.column_x * fx + (s.column_y * fy + s.column_0),
                  s.row_x * fx + (s.row_y * fy + s.row_0));
        EdgeRow edges = edge_row(c, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float cover = coverage_at(c, edges, float(i));
            blend(r * PIXELS_X + i, 1.0 - drop * cover * alpha[i],
                  (filtered[i] * scale + offset) * cover);
        }
    }
}
