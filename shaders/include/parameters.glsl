// Parameter blocks that the compositor writes and composite.comp reads. This one text is compiled
// as GLSL and, through shaders/parameters.hpp, as C++: 32-bit scalars only, in blocks of whole
// groups of 8 words (see include/data.glsl for why).

// One workgroup's share of one output plane: TILE_WIDTH x TILE_HEIGHT samples.
struct Tile {
    uint list;      // first entry in the lists
    uint segments;  // how many segments the list has, >= 1; combine: first entry of the frame's
    uint grid;      // first sample of the tile: x | y << 16
    uint out_index;   // where the tile begins in its target, in 16-byte words
    uint out_stride;  // codes: from one sample row to the next, in 16-byte words; combine: from one
                      // component's scratch tile to the next's
    float initial;    // what lies under the first item, zero-based and premultiplied
    float zero;       // codes: code value of zero; scratch: alpha of `initial`
    float max_code;   // codes: highest code value; combine: alpha 1 as a component
};
#define TILE_WORDS 8u

// How one output component sees one plane of one source.
// Plane sample (column, row) seen from grid sample (x, y), unrounded:
//   column = column_x x + column_y y + column_0, row likewise.
struct Sample {
    uint identity_base;  // first byte of the sample under grid sample (0, 0); wraps around
    uint stride;         // bytes from row to row, a multiple of 4, + log2 of a sample's bytes
    float scale;         // value = code * scale + offset: zero-based output codes
    float offset;
    uint base;           // first byte of the plane in the arena (of its sample 0, 0)
    uint alpha;          // the Sample of the alpha plane
    float column_low;    // the position is clamped to these
    float column_high;

    float column_x;
    float column_y;
    float column_0;
    float row_x;
    float row_y;
    float row_0;
    float row_low;
    float row_high;

    float half_width;    // smooth: half-width of the triangle across, in plane samples; cubic: 1, or
                         // 0 for the nearest sample
    float half_height;
    uint taps_x;         // smooth, cubic: taps across, >= 1
    uint taps_y;
    float last_column;   // smooth, cubic: the last sample of the plane
    float last_row;
    float least;         // cubic: what is filtered is clamped to these codes
    float most;
};
#define SAMPLE_WORDS 24u

// Coverage of a rectangle: with e(x, y) = clamp(x_ x + y_ y + c_, 0, 1) for each edge,
// max(0, e_left + e_right - 1) * max(0, e_top + e_bottom - 1).
struct Coverage {
    float left_x;
    float left_y;
    float left_c;
    float right_x;
    float right_y;
    float right_c;
    float top_x;
    float top_y;

    float top_c;
    float bottom_x;
    float bottom_y;
    float bottom_c;
    uint unused_0;
    uint unused_1;
    uint unused_2;
    uint unused_3;
};
#define COVERAGE_WORDS 16u

// An entry of a list has 4 words and is either an item
//   Sample index (scratch items: 16-byte word of the scratch tile), Coverage index, drop and gain
//   (float bits): below = below * (1 - drop * coverage * alpha) + value * gain * coverage
// or a segment's header: how many items of each kind follow (see include/constants.glsl). The count
// of a kind that the pipeline has is at least 1; trailing items follow the last segment only.
#define ENTRY_WORDS 4u

// A combine tile has two entries of its own:
//   backdrop and source (16-byte words of component 0's scratch tiles), Coverage index, opacity
//   (float bits); then seed and frame of a dissolve, the entry where a mask's values begin (16 bits
//   each, all rows of the tile), the first entry of a conversion
// and those of its grid: three rows of the matrix from components to R'G'B', three of its inverse,
// and, of the sites, step and first pixel: x, y, x, y.
// A conversion's: three rows of the matrix between primaries, each with the first entry of a table
// (decode, encode, gain); what the components of light weigh in luminance.
#define COMBINE_ENTRIES 2u
#define COMBINE_GRID_ENTRIES 7u

// A tile of effects has one entry of its own: the source (16-byte word of component 0's scratch
// tile), and the entry where the numbers of its effects begin: EFFECT_ENTRIES for each, floats. Its
// grid's entries are as of a combine tile. Where it is written as codes, one entry follows for each
// of components 0 to 2: out_index, out_stride, zero and max_code as of a Tile.
#define EFFECT_ENTRIES 3u
#define FUSED_EFFECTS 4
