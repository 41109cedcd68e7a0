// Items that are shown smaller than their level: a triangle filter that spans more than two
// samples. Its taps are a loop; alpha is filtered too (a Sample that is always 1 where there is
// none).

float filtered[PIXELS_X];
float weights[PIXELS_X];

/// filtered[] = the filtered code values of one row of pixels.
void filter_row(Sample s, uint mask, float column, float row) {
    [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
        filtered[i] = 0.0;
        weights[i] = 0.0;
    }
    float per_column = 1.0 / s.half_width;
    float per_row = 1.0 / s.half_height;
    float tap_y = 0.0;
    uint left_y = s.taps_y;
    for (;;) {
        float tap_x = 0.0;
        uint left_x = s.taps_x;
        for (;;) {
            [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
                float dx = float(i);
                float at_x = clamp(column + s.column_x * dx, s.column_low, s.column_high);
                float at_y = clamp(row + s.row_x * dx, s.row_low, s.row_high);
                float k = floor(at_x - s.half_width) + 1.0 + tap_x;
                float l = floor(at_y - s.half_height) + 1.0 + tap_y;
                float weight = max(1.0 - abs(k - at_x) * per_column, 0.0) *
                               max(1.0 - abs(l - at_y) * per_row, 0.0);
                int c = int(clamp(k, 0.0, s.last_column));
                int r = int(clamp(l, 0.0, s.last_row));
                uint address = s.base + uint(r) * (s.stride & ~3u) + (uint(c) << (s.stride & 3u));
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
    [[unroll]] for (int i = 0; i < PIXELS_X; ++i) filtered[i] = filtered[i] / weights[i];
}

void blend_smooth(uvec4 item, uint x, uint y) {
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
                   t.row_x * fx + (t.row_y * fy + t.row_0));
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) alpha[i] = filtered[i] * t.scale + t.offset;
        filter_row(s, mask, s.column_x * fx + (s.column_y * fy + s.column_0),
                   s.row_x * fx + (s.row_y * fy + s.row_0));
        EdgeRow edges = edge_row(c, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float cover = coverage_at(c, edges, float(i));
            blend(r * PIXELS_X + i, 1.0 - drop * cover * alpha[i],
                  (filtered[i] * scale + offset) * cover);
        }
    }
}

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
