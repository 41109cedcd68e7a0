// Items with an alpha plane. Values are premultiplied already; alpha only says what remains of what
// lies below.

/// Unscaled, on whole samples of 16-byte words, 8 bits, fully covered: value and alpha alike.
void blend_alpha_identity(uvec4 item, uint x, uint y) {
    Sample s = load_sample_head(item.x);
    Sample t = load_sample_head(load_alpha(item.x));
    float drop = uintBitsToFloat(item.z) * t.scale;
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        uint at = s.identity_base + (y + uint(r)) * (s.stride & ~3u) + x;
        uint alpha_at = t.identity_base + (y + uint(r)) * (t.stride & ~3u) + x;
        uvec4 words = texelFetch(arena_wide, int(at >> 4));
        uvec4 alphas = texelFetch(arena_wide, int(alpha_at >> 4));
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            uint byte_shift = uint(i & 3) * 8u;
            float value = float(int((words[i >> 2] >> byte_shift) & 0xffu));
            float alpha = float(int((alphas[i >> 2] >> byte_shift) & 0xffu));
            blend(r * PIXELS_X + i, 1.0 - drop * alpha, value * scale + offset);
        }
    }
}

/// Scaled, not turned, 8 bits, steps of at most 2 samples in both planes.
void blend_alpha_axis(uvec4 item, uint x, uint y) {
    Sample s = load_sample(item.x);
    Sample t = load_sample(s.alpha);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z) * t.scale;
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    float fx = float(int(x));
    float left = c.left_x * fx + c.left_c;
    float right = c.right_x * fx + c.right_c;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float cover_y = span_at(c.top_y * fy + c.top_c, c.bottom_y * fy + c.bottom_c);
        AxisRow values = axis_row(s, fx, fy);
        AxisRow alphas = axis_row(t, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; i += 2) {
            AxisTaps value = axis_taps(s, values, i, 2);
            AxisTaps alpha = axis_taps(t, alphas, i, 2);
            [[unroll]] for (int j = 0; j < 2; ++j) {
                float dx = float(i + j);
                float cover = span_at(left + c.left_x * dx, right + c.right_x * dx) * cover_y;
                blend(r * PIXELS_X + i + j, 1.0 - drop * cover * axis_value(alpha, alphas.v, j),
                      (axis_value(value, values.v, j) * scale + offset) * cover);
            }
        }
    }
}

/// Under any matrix.
void blend_general_alpha(uvec4 item, uint x, uint y) {
    Sample s = load_sample(item.x);
    Sample t = load_sample(s.alpha);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    uint bits = 8u << (s.stride & 3u);
    uint mask = (1u << bits) - 1u;
    float fx = float(int(x));
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float column = s.column_x * fx + (s.column_y * fy + s.column_0);
        float row = s.row_x * fx + (s.row_y * fy + s.row_0);
        float alpha_column = t.column_x * fx + (t.column_y * fy + t.column_0);
        float alpha_row = t.row_x * fx + (t.row_y * fy + t.row_0);
        EdgeRow edges = edge_row(c, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float dx = float(i);
            float value = bilinear(s, bits, mask, column + s.column_x * dx, row + s.row_x * dx);
            float alpha = bilinear(t, bits, mask, alpha_column + t.column_x * dx,
                                   alpha_row + t.row_x * dx) * t.scale + t.offset;
            float cover = coverage_at(c, edges, dx);
            blend(r * PIXELS_X + i, 1.0 - drop * cover * alpha, (value * scale + offset) * cover);
        }
    }
}
