// Items under any matrix: bilinear, antialiased edges.

/// One bilinear sample in code values. The low bits of one funnelled word are both taps of a row,
/// whatever the sample's size. At the plane's end the second tap has weight 0.
float bilinear(Sample s, uint bits, uint mask, float column, float row) {
    column = clamp(column, s.column_low, s.column_high);
    row = clamp(row, s.row_low, s.row_high);
    int c = int(column);
    int r = int(row);
    float u = column - float(c);
    float v = row - float(r);
    uint address = s.base + uint(r) * (s.stride & ~3u) + (uint(c) << (s.stride & 3u));
    uint shift = (address & 3u) * 8u;
    uint index = address >> 2;
    uint next = index + (s.stride >> 2);
    uint a = funnel(arena_word(index), arena_word(index + 1u), shift);
    uint b = funnel(arena_word(next), arena_word(next + 1u), shift);
    float a0 = float(int(a & mask));
    float a1 = float(int((a >> bits) & mask));
    float b0 = float(int(b & mask));
    float b1 = float(int((b >> bits) & mask));
    float top = a0 + (a1 - a0) * u;
    float bottom = b0 + (b1 - b0) * u;
    return top + (bottom - top) * v;
}

void blend_general(uvec4 item, uint x, uint y) {
    Sample s = load_sample(item.x);
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
        EdgeRow edges = edge_row(c, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; ++i) {
            float dx = float(i);
            float value = bilinear(s, bits, mask, column + s.column_x * dx, row + s.row_x * dx);
            float cover = coverage_at(c, edges, dx);
            blend(r * PIXELS_X + i, 1.0 - drop * cover, (value * scale + offset) * cover);
        }
    }
}
