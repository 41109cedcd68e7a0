// Items that are scaled but not turned, and whose columns lie exactly a half, one or two samples
// apart: unscaled and halved pictures off the pixel grid, and the chroma of 4:2:0 on the
// grid of luma. All pixels of a row (with a half: every other one) then lie equally far between two
// samples, and which samples they read is known beforehand. Every number is the very one that
// axis.glsl and general.glsl find: the compositor sees to it that no position is rounded. Samples have
// `identity_bytes`.

#ifdef HAS_STEP_KINDS

#define MAX_STEP_COLUMNS 34  // two more than are ever loaded: step_value names them

// The samples of two rows, from the first pixel's on.
float upper[MAX_STEP_COLUMNS];
float lower[MAX_STEP_COLUMNS];

void load_columns(uint address, uint stride, const int columns) {
    const int per_word = identity_bytes == 1u ? 4 : 2;
    const uint mask = identity_bytes == 1u ? 0xffu : 0xffffu;
    uint shift = (address & 3u) * 8u;
    // Before the arena's first byte, too: pixels left of a picture are clamped later.
    uint index = uint(int(address) >> 2);
    uint next = index + (stride >> 2);
    uint low_a = arena_word(index);
    uint low_b = arena_word(next);
    [[unroll]] for (int q = 0; q < columns; q += per_word) {
        uint high_a = arena_word(index + uint(q / per_word + 1));
        uint high_b = arena_word(next + uint(q / per_word + 1));
        uint a = funnel(low_a, high_a, shift);
        uint b = funnel(low_b, high_b, shift);
        [[unroll]] for (int i = 0; i < per_word; ++i) {
            uint place = 8u * identity_bytes * uint(i);
            upper[q + i] = float(int((a >> place) & mask));
            lower[q + i] = float(int((b >> place) & mask));
        }
        low_a = high_a;
        low_b = high_b;
    }
}

/// Between the loaded columns k and k + 1, or where `late` those after them.
float step_value(const int k, bool late, float u, float v) {
    float a0 = late ? upper[k + 1] : upper[k];
    float a1 = late ? upper[k + 2] : upper[k + 1];
    float b0 = late ? lower[k + 1] : lower[k];
    float b1 = late ? lower[k + 2] : lower[k + 1];
    float top = a0 + (a1 - a0) * u;
    float bottom = b0 + (b1 - b0) * u;
    return top + (bottom - top) * v;
}

/// The value at one column of a row.
float value_at_column(Sample s, AxisRow row, float column) {
    const uint bits = 8u * identity_bytes;
    const uint mask = identity_bytes == 1u ? 0xffu : 0xffffu;
    float first = floor(column);
    uint address = row.line + uint(int(first)) * identity_bytes;
    uint shift = (address & 3u) * 8u;
    uint index = address >> 2;
    uint next = index + (s.stride >> 2);
    uint a = funnel(arena_word(index), arena_word(index + 1u), shift);
    uint b = funnel(arena_word(next), arena_word(next + 1u), shift);
    float a0 = float(int(a & mask));
    float b0 = float(int(b & mask));
    float top = a0 + (float(int((a >> bits) & mask)) - a0) * (column - first);
    float bottom = b0 + (float(int((b >> bits) & mask)) - b0) * (column - first);
    return top + (bottom - top) * row.v;
}

/// `halves`: half samples from one pixel to the next. Without edges no position needs a clamp.
void blend_step(uvec4 item, uint x, uint y, const int halves) {
    Sample s = load_sample(item.x);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    float fx = float(int(x));
    float left = c.left_x * fx + c.left_c;
    float right = c.right_x * fx + c.right_c;
    float column = s.column_x * fx + s.column_0;
    float first = floor(column);
    float u = column - first;
    bool late = u >= 0.5;
    float odd_u = late ? u - 0.5 : u + 0.5;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float cover_y = span_at(c.top_y * fy + c.top_c, c.bottom_y * fy + c.bottom_c);
        AxisRow row = axis_row(s, fx, fy);
        load_columns(row.line + uint(int(first)) * identity_bytes, s.stride,
                     halves == 1 ? 10 : halves == 2 ? 17 : 32);
        float low = 0.0;
        float high = 0.0;
        if (has_edges != 0u) {
            low = value_at_column(s, row, s.column_low);
            high = value_at_column(s, row, s.column_high);
        }
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            const int k = i * halves / 2;
            const bool is_odd = halves == 1 && (i & 1) != 0;
            float value = step_value(k, is_odd && late, is_odd ? odd_u : u, row.v);
            float dx = float(i);
            if (has_edges != 0u) {
                float at = column + s.column_x * dx;
                value = at < s.column_low ? low : at > s.column_high ? high : value;
            }
            float cover = span_at(left + c.left_x * dx, right + c.right_x * dx) * cover_y;
            blend(r * PIXELS_X + i, 1.0 - drop * cover, (value * scale + offset) * cover);
        }
    }
}

#endif
