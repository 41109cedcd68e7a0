// Colour conversions: curves as tables, which cost a fraction of the powers and logarithms that they
// are made of. The points of a table lie evenly among the floats of one exponent, so that the
// relative error is the same from the darkest to the brightest: below 1/20 of a code of 8 bits.

/// What one conversion does; where its tables begin (words).
struct Conversion {
    uint decode;
    uint encode;
    uint gain;
    vec3 luminance;
    mat3 primaries;  // of rows
};

/// The curve at `table` of x >= 0. Points are 2^-24 off, so that the first is that of 0.
float curve_at(uint table, float x) {
    uint bits = floatBitsToUint(min(x + CURVE_OFFSET, CURVE_MOST));
    uint at = table + (bits >> CURVE_FRACTION_BITS) - CURVE_FIRST;
    float low = uintBitsToFloat(data_word(at));
    float high = uintBitsToFloat(data_word(at + 1u));
    float share = float(int(bits & ((1u << CURVE_FRACTION_BITS) - 1u))) *
                  (1.0 / float(1u << CURVE_FRACTION_BITS));
    return low + (high - low) * share;
}

vec3 curve_of(uint table, vec3 v) {
    return sign(v) * vec3(curve_at(table, abs(v.x)), curve_at(table, abs(v.y)),
                          curve_at(table, abs(v.z)));
}

/// Straight R'G'B' of the one encoding as that of the other.
vec3 converted(Conversion c, vec3 v) {
    vec3 light = curve_of(c.decode, v) * c.primaries;
    if (mode == COMBINE_CONVERT_GAIN) light *= curve_at(c.gain, max(dot(light, c.luminance), 0.0));
    return curve_of(c.encode, light);
}
