#include "decoder_worker/halving.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "decoder_worker/vectorised.hpp"

namespace reelpool::worker {
namespace {

using Byte = std::uint8_t;
using Word = std::uint16_t;
using Long = std::uint32_t;

/// How often a side of n samples really is halved when `times` is asked for.
int halvings(std::uint32_t n, int times) {
    int made = 0;
    for (; made < times && n > 1; ++made) n = n / 2 + n % 2;
    return made;
}

/// How often sample `position` of `n` counts in its sum after `times` halvings: twice for each
/// halving at which it lies in an odd last sample.
std::uint32_t weight_of(std::uint32_t position, std::uint32_t n, int times) {
    std::uint32_t weight = 1;
    for (int i = 0; i < times; ++i) {
        if (n % 2 == 1 && position == n - 1) weight *= 2;
        position /= 2;
        n = n / 2 + n % 2;
    }
    return weight;
}

// Rows -----------------------------------------------------------------------------------------

REELPOOL_VECTORISED void sum_2_rows(const Byte* __restrict a, const Byte* __restrict b,
                                    Word* __restrict sum, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) sum[x] = static_cast<Word>(a[x] + b[x]);
}

REELPOOL_VECTORISED void sum_4_rows(const Byte* __restrict a, const Byte* __restrict b,
                                    const Byte* __restrict c, const Byte* __restrict d,
                                    Word* __restrict sum, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) sum[x] = static_cast<Word>(a[x] + b[x] + c[x] + d[x]);
}

REELPOOL_VECTORISED void add_row(const Byte* __restrict row, Word weight, Word* __restrict sum,
                                 std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) sum[x] = static_cast<Word>(sum[x] + row[x] * weight);
}

REELPOOL_VECTORISED void add_row(const Word* __restrict row, Long weight, Long* __restrict sum,
                                 std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) sum[x] += row[x] * weight;
}

// Pairs in a row; `pairs` is the number of whole pairs -------------------------------------------

REELPOOL_VECTORISED void pair_words(const Word* __restrict in, Word* __restrict out,
                                    std::size_t pairs) {
    for (std::size_t k = 0; k < pairs; ++k) {
        Long both = 0;
        std::memcpy(&both, in + 2 * k, sizeof both);
        out[k] = static_cast<Word>((both & 0xffff) + (both >> 16));
    }
}

REELPOOL_VECTORISED void pair_words_to_longs(const Word* __restrict in, Long* __restrict out,
                                             std::size_t pairs) {
    for (std::size_t k = 0; k < pairs; ++k) {
        Long both = 0;
        std::memcpy(&both, in + 2 * k, sizeof both);
        out[k] = (both & 0xffff) + (both >> 16);
    }
}

REELPOOL_VECTORISED void pair_longs(const Long* __restrict in, Long* __restrict out,
                                    std::size_t pairs) {
    for (std::size_t k = 0; k < pairs; ++k) {
        std::uint64_t both = 0;
        std::memcpy(&both, in + 2 * k, sizeof both);
        out[k] = static_cast<Long>(both) + static_cast<Long>(both >> 32);
    }
}

/// 2 x 2 bytes to one, the common case, without a stop in between.
REELPOOL_VECTORISED void average_2x2(const Byte* __restrict a, const Byte* __restrict b,
                                     Byte* __restrict out, std::size_t pairs) {
    for (std::size_t k = 0; k < pairs; ++k) {
        Word upper = 0;
        Word lower = 0;
        std::memcpy(&upper, a + 2 * k, sizeof upper);
        std::memcpy(&lower, b + 2 * k, sizeof lower);
        const Word sum =
            static_cast<Word>((upper & 0xff) + (upper >> 8) + (lower & 0xff) + (lower >> 8) + 2);
        out[k] = static_cast<Byte>(sum >> 2);
    }
}

// Rounding ---------------------------------------------------------------------------------------

REELPOOL_VECTORISED void round_words(const Word* __restrict in, Word half, int shift,
                                     Byte* __restrict out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x) out[x] = static_cast<Byte>((Long{in[x]} + half) >> shift);
}

REELPOOL_VECTORISED void round_longs(const Long* __restrict in, Long half, int shift,
                                     Byte* __restrict out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x)
        out[x] = static_cast<Byte>((std::uint64_t{in[x]} + half) >> shift);
}

REELPOOL_VECTORISED void round_longs(const Long* __restrict in, Long half, int shift,
                                     Word* __restrict out, std::size_t n) {
    for (std::size_t x = 0; x < n; ++x)
        out[x] = static_cast<Word>((std::uint64_t{in[x]} + half) >> shift);
}

constexpr std::uint32_t half_of(int shift) {
    return shift == 0 ? 0 : 1U << (shift - 1);
}

template <class Sample>
const Sample* row_of(const PlaneView& plane, std::uint32_t y) {
    return reinterpret_cast<const Sample*>(plane.row(y));
}

template <class Sample>
Sample* row_of(const PlaneTarget& target, std::uint32_t y) {
    return reinterpret_cast<Sample*>(target.data + target.stride_bytes * y);
}

/// Halves longs[0] `times` times; the result lies in the returned one.
std::vector<Long>& halve_longs(std::vector<Long> (&longs)[2], std::size_t n, int times) {
    std::size_t current = 0;
    for (int i = 0; i < times; ++i) {
        pair_longs(longs[current].data(), longs[1 - current].data(), n / 2);
        if (n % 2 == 1) longs[1 - current][n / 2] = 2 * longs[current][n - 1];
        n = n / 2 + n % 2;
        current = 1 - current;
    }
    return longs[current];
}

}  // namespace

void Halver::write(const PlaneView& source, int sample_bytes, Level level, PlaneTarget target) {
    const int nx = halvings(source.width, level.x);
    const int ny = halvings(source.height, level.y);
    if (nx == 0 && ny == 0) {
        const std::size_t bytes = std::size_t{source.width} * static_cast<unsigned>(sample_bytes);
        for (std::uint32_t y = 0; y < source.height; ++y)
            std::memcpy(row_of<std::byte>(target, y), source.row(y), bytes);
    } else if (sample_bytes == 1 && ny <= 8 && nx + ny <= 16) {
        write_bytes(source, nx, ny, target);
    } else if (sample_bytes == 2 && nx + ny <= 16) {
        write_words(source, nx, ny, target);
    } else {
        write_any(source, sample_bytes, nx, ny, target);
    }
}

// Sums of a column fit 16 bits here, sums of a block 24 bits.
void Halver::write_bytes(const PlaneView& source, int nx, int ny, PlaneTarget target) {
    const std::uint32_t n = source.width;
    const std::uint32_t out_width = halved(n, nx);
    const std::uint32_t out_height = halved(source.height, ny);
    const int shift = nx + ny;
    for (auto& row : words_) row.resize(n + 1);
    for (auto& row : longs_) row.resize(n + 1);
    for (std::uint32_t y = 0; y < out_height; ++y) {
        const std::uint32_t first = y << ny;
        const std::uint32_t last = std::min(source.height, (y + 1) << ny);
        Byte* const out = row_of<Byte>(target, y);
        const bool is_whole = last - first == 1U << ny;
        if (is_whole && nx == 1 && ny == 1 && n % 2 == 0) {
            average_2x2(row_of<Byte>(source, first), row_of<Byte>(source, first + 1), out, n / 2);
            continue;
        }
        Word* const sum = words_[0].data();
        if (is_whole && ny == 1) {
            sum_2_rows(row_of<Byte>(source, first), row_of<Byte>(source, first + 1), sum, n);
        } else if (is_whole && ny == 2) {
            sum_4_rows(row_of<Byte>(source, first), row_of<Byte>(source, first + 1),
                       row_of<Byte>(source, first + 2), row_of<Byte>(source, first + 3), sum, n);
        } else {
            std::fill_n(sum, n, Word{0});
            for (std::uint32_t row = first; row < last; ++row)
                add_row(row_of<Byte>(source, row),
                        static_cast<Word>(weight_of(row, source.height, ny)), sum, n);
        }
        // In 16 bits as long as the sums fit, then in 32.
        std::size_t length = n;
        std::size_t current = 0;
        int done = 0;
        for (; done < nx && 8 + ny + done + 1 <= 16; ++done) {
            pair_words(words_[current].data(), words_[1 - current].data(), length / 2);
            if (length % 2 == 1)
                words_[1 - current][length / 2] =
                    static_cast<Word>(2 * words_[current][length - 1]);
            length = length / 2 + length % 2;
            current = 1 - current;
        }
        const auto half = half_of(shift);
        if (done == nx) {
            round_words(words_[current].data(), static_cast<Word>(half), shift, out, out_width);
            continue;
        }
        pair_words_to_longs(words_[current].data(), longs_[0].data(), length / 2);
        if (length % 2 == 1) longs_[0][length / 2] = Long{2} * words_[current][length - 1];
        length = length / 2 + length % 2;
        round_longs(halve_longs(longs_, length, nx - done - 1).data(), half, shift, out, out_width);
    }
}

// Sums of a block fit 32 bits here.
void Halver::write_words(const PlaneView& source, int nx, int ny, PlaneTarget target) {
    const std::uint32_t n = source.width;
    const std::uint32_t out_width = halved(n, nx);
    const std::uint32_t out_height = halved(source.height, ny);
    for (auto& row : longs_) row.resize(n + 1);
    for (std::uint32_t y = 0; y < out_height; ++y) {
        const std::uint32_t last = std::min(source.height, (y + 1) << ny);
        std::fill_n(longs_[0].data(), n, Long{0});
        for (std::uint32_t row = y << ny; row < last; ++row)
            add_row(row_of<Word>(source, row), weight_of(row, source.height, ny), longs_[0].data(),
                    n);
        round_longs(halve_longs(longs_, n, nx).data(), half_of(nx + ny), nx + ny,
                    row_of<Word>(target, y), out_width);
    }
}

// The rare extremes: more than 16 halvings altogether. Plain and wide.
void Halver::write_any(const PlaneView& source, int sample_bytes, int nx, int ny,
                       PlaneTarget target) {
    const std::uint32_t out_width = halved(source.width, nx);
    const std::uint32_t out_height = halved(source.height, ny);
    const int shift = nx + ny;
    const std::uint64_t half = std::uint64_t{1} << (shift - 1);
    for (std::uint32_t y = 0; y < out_height; ++y) {
        sums_.assign(out_width, half);
        const auto last = static_cast<std::uint32_t>(
            std::min(std::uint64_t{source.height}, (std::uint64_t{y} + 1) << ny));
        for (std::uint32_t row = y << ny; row < last; ++row) {
            const std::uint64_t row_weight = weight_of(row, source.height, ny);
            for (std::uint32_t x = 0; x < source.width; ++x) {
                const std::uint64_t sample =
                    sample_bytes == 1 ? row_of<Byte>(source, row)[x] : row_of<Word>(source, row)[x];
                sums_[x >> nx] += sample * row_weight * weight_of(x, source.width, nx);
            }
        }
        for (std::uint32_t x = 0; x < out_width; ++x) {
            if (sample_bytes == 1)
                row_of<Byte>(target, y)[x] = static_cast<Byte>(sums_[x] >> shift);
            else
                row_of<Word>(target, y)[x] = static_cast<Word>(sums_[x] >> shift);
        }
    }
}

}  // namespace reelpool::worker
