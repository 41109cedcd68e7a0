// Coverage of a rectangle's antialiased edges. Most tiles lie inside of what they show; theirs is a
// pipeline without any of this.

/// Distances to the edges of a Coverage at a row's first sample; per sample they grow by the _x.
struct EdgeRow {
    float left;
    float right;
    float top;
    float bottom;
};

EdgeRow edge_row(Coverage c, float x, float y) {
    EdgeRow row;
    row.left = c.left_x * x + (c.left_y * y + c.left_c);
    row.right = c.right_x * x + (c.right_y * y + c.right_c);
    row.top = c.top_x * x + (c.top_y * y + c.top_c);
    row.bottom = c.bottom_x * x + (c.bottom_y * y + c.bottom_c);
    return row;
}

float coverage_at(Coverage c, EdgeRow row, float dx) {
    if (has_edges == 0u) return 1.0;
    float left = clamp(row.left + c.left_x * dx, 0.0, 1.0);
    float right = clamp(row.right + c.right_x * dx, 0.0, 1.0);
    float top = clamp(row.top + c.top_x * dx, 0.0, 1.0);
    float bottom = clamp(row.bottom + c.bottom_x * dx, 0.0, 1.0);
    return max(left + right - 1.0, 0.0) * max(top + bottom - 1.0, 0.0);
}

/// One axis of coverage_at, for edges along the axes.
float span_at(float low, float high) {
    if (has_edges == 0u) return 1.0;
    return max(clamp(low, 0.0, 1.0) + clamp(high, 0.0, 1.0) - 1.0, 0.0);
}
