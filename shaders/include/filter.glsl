// Items that are filtered from more than two samples across or down, under any matrix: shown smaller
// than their level, by a triangle; by Catmull-Rom, 4 x 4 samples; or by the nearest sample alone (one
// tap, at the sample itself). The taps are loops. Alpha is filtered likewise (a Sample that is always
// 1 where there is none). No weights are negative but those of Catmull-Rom: there colours may
// overshoot, and alpha is clamped.

float filtered[PIXELS_X];
float weights[PIXELS_X];
float row_weight[PIXELS_X];
uint row_line[PIXELS_X];

float cubic_weight(float d) {
    float inner = (1.5 * d - 2.5) * d * d + 1.0;
    float outer = ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0;
    return d < 1.0 ? inner : d < 2.0 ? outer : 0.0;
}

/// filtered[] = the filtered code values of one row of pixels.
void filter_row(Sample s, uint mask, float column, float row, const bool is_cubic) {
    [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
        filtered[i] = 0.0;
        weights[i] = 0.0;
    }
    // Of Catmull-Rom, how many samples before the position's own count: 1, or none of the nearest.
    float before = s.half_width;
    float shift = 0.5 - 0.5 * before;
    float per_column = is_cubic ? before : 1.0 / s.half_width;
    float per_row = is_cubic ? before : 1.0 / s.half_height;
    float tap_y = is_cubic ? -before : 1.0;
    uint left_y = s.taps_y;
    for (;;) {
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float at = clamp(row + s.row_x * float(i), s.row_low, s.row_high);
            float l = floor(is_cubic ? at + shift : at - s.half_height) + tap_y;
            float d = abs(l - at) * per_row;
            row_weight[i] = is_cubic ? cubic_weight(d) : max(1.0 - d, 0.0);
            row_line[i] = s.base + uint(int(clamp(l, 0.0, s.last_row))) * (s.stride & ~3u);
        }
        float tap_x = is_cubic ? -before : 1.0;
        uint left_x = s.taps_x;
        for (;;) {
            [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
                float at = clamp(column + s.column_x * float(i), s.column_low, s.column_high);
                float k = floor(is_cubic ? at + shift : at - s.half_width) + tap_x;
                float d = abs(k - at) * per_column;
                float weight = (is_cubic ? cubic_weight(d) : max(1.0 - d, 0.0)) * row_weight[i];
                uint c = uint(int(clamp(k, 0.0, s.last_column)));
                uint address = row_line[i] + (c << (s.stride & 3u));
                uint code = (arena_word(address >> 2) >> ((address & 3u) * 8u)) & mask;
                filtered[i] += float(int(code)) * weight;
                weights[i] += weight;
            }
            tap_x += 1.0;
            if (--left_x == 0u) break;
        }
        tap_y += 1.0;
        if (--left_y == 0u) break;
    }
    [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
        filtered[i] = is_cubic ? clamp(filtered[i], s.least, s.most) : filtered[i] / weights[i];
    }
}

void blend_filtered(uvec4 item, uint x, uint y, const bool is_cubic) {
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
        filter_row(t, mask, t.column_x * fx + (t.column_y * fy + t.column_0),
                   t.row_x * fx + (t.row_y * fy + t.row_0), is_cubic);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) alpha[i] = filtered[i] * t.scale + t.offset;
        filter_row(s, mask, s.column_x * fx + (s.column_y * fy + s.column_0),
                   s.row_x * fx + (s.row_y * fy + s.row_0), is_cubic);
        EdgeRow edges = edge_row(c, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float cover = coverage_at(c, edges, float(i));
            blend(r * PIXELS_X + i, 1.0 - drop * cover * alpha[i],
                  (filtered[i] * scale + offset) * cover);
        }
    }
}
