// Scratch tiles: the value and alpha of an isolated group over one tile, as floats. Written by one
// dispatch, read by a later one as an item of the parent's tile.

uint scratch_index() {
    uint invocation = gl_LocalInvocationID.y * LOCAL_WIDTH + gl_LocalInvocationID.x;
    return invocation * uint(PIXELS / 2);
}

void store_scratch(Tile tile) {
    uint index = tile.out_index + scratch_index();
    [[unroll]] for (int i = 0; i < PIXELS / 2; ++i) {
        scratch[index + uint(i)] =
            whole(vec4(acc[2 * i], covered[2 * i], acc[2 * i + 1], covered[2 * i + 1]));
    }
}

void blend_scratch(uvec4 item, uint x, uint y) {
    Coverage c = load_coverage(item.y);
    float drop = uintBitsToFloat(item.z);
    float gain = uintBitsToFloat(item.w);
    uint index = item.x + scratch_index();
    float fx = float(int(x));
    [[unroll]] for (int r = 0; r < PIXELS_Y; ++r) {
        EdgeRow edges = edge_row(c, fx, float(int(y) + r));
        [[unroll]] for (int i = 0; i < PIXELS_X; i += 2) {
            const int p = r * PIXELS_X + i;
            vec4 pair = texelFetch(scratch_read, int(index) + p / 2);
            float first = coverage_at(c, edges, float(i));
            float second = coverage_at(c, edges, float(i + 1));
            blend(p, 1.0 - drop * first * pair.y, pair.x * gain * first);
            blend(p + 1, 1.0 - drop * second * pair.w, pair.z * gain * second);
        }
    }
}
