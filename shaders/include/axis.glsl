// Items of 8-bit samples that are scaled but not turned: bilinear, antialiased edges. A row of
// pixels then reads two rows of samples, and the 4 samples of one funnelled word serve `share`
// neighbouring pixels: steps of at most 2 samples for 2 pixels, of 2/3 for 4.

/// A row of pixels in a plane.
struct AxisRow {
    float column;  // of the first pixel
    float v;       // weight of the lower row of samples
    uint line;     // first byte of the upper one
};

AxisRow axis_row(Sample s, float x, float y) {
    float row = clamp(s.row_y * y + s.row_0, s.row_low, s.row_high);
    AxisRow result;
    result.column = s.column_x * x + s.column_0;
    result.v = row - floor(row);
    result.line = s.base + uint(int(row)) * (s.stride & ~3u);
    return result;
}

/// The samples that neighbouring pixels need: 4 of both rows, and each pixel's place among them.
struct AxisTaps {
    uint upper;
    uint lower;
    float first;  // column of the first sample
    float at[4];  // column of each pixel
};

AxisTaps axis_taps(Sample s, AxisRow row, const int pixel, const int share) {
    AxisTaps taps;
    [[unroll]] for (int j = 0; j < share; ++j) {
        taps.at[j] =
            clamp(row.column + s.column_x * float(pixel + j), s.column_low, s.column_high);
    }
    taps.first = floor(min(taps.at[0], taps.at[share - 1]));
    uint address = row.line + uint(int(taps.first));
    uint shift = (address & 3u) * 8u;
    uint index = address >> 2;
    uint next = index + (s.stride >> 2);
    taps.upper = funnel(arena_word(index), arena_word(index + 1u), shift);
    taps.lower = funnel(arena_word(next), arena_word(next + 1u), shift);
    return taps;
}

/// The bilinear code value of the group's pixel j.
float axis_value(AxisTaps taps, float v, const int j) {
    float k = floor(taps.at[j]);
    float u = taps.at[j] - k;
    uint tap = uint(int(k - taps.first)) * 8u;
    float a0 = float(int((taps.upper >> tap) & 0xffu));
    float a1 = float(int((taps.upper >> (tap + 8u)) & 0xffu));
    float b0 = float(int((taps.lower >> tap) & 0xffu));
    float b1 = float(int((taps.lower >> (tap + 8u)) & 0xffu));
    float top = a0 + (a1 - a0) * u;
    float bottom = b0 + (b1 - b0) * u;
    return top + (bottom - top) * v;
}

void blend_axis(uvec4 item, uint x, uint y, const int share) {
    Sample s = load_sample(item.x);
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    float scale = s.scale * gain;
    float offset = s.offset * gain;
    float fx = float(int(x));
    float left = c.left_x * fx + c.left_c;
    float right = c.right_x * fx + c.right_c;
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        float fy = float(int(y) + r);
        float cover_y = span_at(c.top_y * fy + c.top_c, c.bottom_y * fy + c.bottom_c);
        AxisRow row = axis_row(s, fx, fy);
        [[unroll]] for (int i = 0; i < PIXELS_X; i += share) {
            AxisTaps taps = axis_taps(s, row, i, share);
            [[unroll]] for (int j = 0; j < share; ++j) {
                float dx = float(i + j);
                float cover = span_at(left + c.left_x * dx, right + c.right_x * dx) * cover_y;
                blend(r * PIXELS_X + i + j, 1.0 - drop * cover,
                      (axis_value(taps, row.v, j) * scale + offset) * cover);
            }
        }
    }
}
