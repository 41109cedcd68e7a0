#include "tests/decoder_worker/field_stream.hpp"

#include <bit>
#include <cstdint>

namespace reelpool::worker::test {
namespace {

class BitWriter {
  public:
    void u(int bits, std::uint32_t value) {
        for (int bit = bits - 1; bit >= 0; --bit) put(((value >> bit) & 1U) != 0 ? 1 : 0);
    }
    /// Exp-Golomb; se(v) is never needed but for 0, which is the same.
    void ue(std::uint32_t value) {
        const int bits = std::bit_width(value + 1);
        u(bits - 1, 0);
        u(bits, value + 1);
    }
    void align() {
        while (used_ != 0) put(0);
    }
    void byte(std::byte value) { bytes_.push_back(static_cast<char>(value)); }
    /// With the final 1 and zeros to the next byte.
    [[nodiscard]] std::string finished() {
        put(1);
        align();
        return bytes_;
    }

  private:
    void put(int bit) {
        if (used_ == 0) bytes_.push_back(0);
        bytes_.back() =
            static_cast<char>(static_cast<unsigned char>(bytes_.back()) | (bit << (7 - used_)));
        used_ = (used_ + 1) % 8;
    }

    std::string bytes_;
    int used_ = 0;  ///< bits of the last byte; 0: it is full
};

/// A NAL unit with start code and emulation prevention.
std::string nal(int ref_idc, int type, const std::string& payload) {
    std::string out("\0\0\0\1", 4);
    out.push_back(static_cast<char>(ref_idc << 5 | type));
    int zeros = 0;
    for (const char c : payload) {
        if (zeros == 2 && static_cast<unsigned char>(c) <= 3) {
            out.push_back(3);
            zeros = 0;
        }
        out.push_back(c);
        zeros = c == 0 ? zeros + 1 : 0;
    }
    return out;
}

constexpr int counter_bits = 8;  ///< of frame_num and of pic_order_cnt_lsb

std::string sequence_parameters(const FieldStream& stream) {
    BitWriter bits;
    bits.u(8, 77);  // Main profile
    bits.u(8, 0);
    bits.u(8, 30);  // level 3
    bits.ue(0);
    bits.ue(counter_bits - 4);
    bits.ue(0);  // pic_order_cnt_type
    bits.ue(counter_bits - 4);
    bits.ue(2);    // max_num_ref_frames
    bits.u(1, 0);  // no gaps
    bits.ue(static_cast<std::uint32_t>(stream.width / 16 - 1));
    bits.ue(static_cast<std::uint32_t>(stream.height / 32 - 1));
    bits.u(1, 0);  // frame_mbs_only_flag
    bits.u(1, 0);  // mb_adaptive_frame_field_flag
    bits.u(1, 1);  // direct_8x8_inference_flag
    bits.u(1, 0);  // no cropping
    bits.u(1, 1);  // VUI: only timing (25 frames a second) and that nothing is reordered
    bits.u(4, 0);
    bits.u(1, 1);
    bits.u(32, 1);
    bits.u(32, 50);
    bits.u(1, 1);
    bits.u(3, 0);
    bits.u(1, 1);
    bits.u(1, 1);
    bits.ue(0);
    bits.ue(0);
    bits.ue(10);
    bits.ue(10);
    bits.ue(0);  // max_num_reorder_frames
    bits.ue(2);
    return nal(3, 7, bits.finished());
}

std::string picture_parameters() {
    BitWriter bits;
    bits.ue(0);
    bits.ue(0);
    bits.u(1, 0);  // CAVLC
    bits.u(1, 0);
    bits.ue(0);
    bits.ue(0);
    bits.ue(0);
    bits.u(3, 0);
    bits.ue(0);
    bits.ue(0);
    bits.ue(0);
    bits.u(1, 1);  // deblocking is switched off in slices
    bits.u(2, 0);
    return nal(3, 8, bits.finished());
}

std::string delimiter() {
    BitWriter bits;
    bits.u(3, 7);
    return nal(0, 9, bits.finished());
}

enum class Structure : std::uint8_t { frame, top_field, bottom_field };

/// One frame or field to be coded.
struct Picture {
    Structure structure = Structure::frame;
    int number = 0;  ///< of its frame in the stream
    int in_gop = 0;  ///< of its frame since the last IDR
    bool is_idr = false;
    bool is_whole = false;
    std::vector<std::byte> luma = {};
};

class SliceWriter {
  public:
    SliceWriter(const FieldStream& stream, const Picture& picture)
        : stream_(stream), picture_(picture) {}

    std::string written() {
        header();
        std::uint32_t skipped = 0;
        const int rows = stream_.height / 16 / (is_field() ? 2 : 1);
        const int columns = stream_.width / 16;
        for (int row = 0; row < rows; ++row) {
            for (int column = 0; column < columns; ++column) {
                if (!picture_.is_whole && (5 * column < columns || 5 * column >= 4 * columns)) {
                    ++skipped;
                    continue;
                }
                if (!picture_.is_idr) bits_.ue(skipped);
                skipped = 0;
                bits_.ue(picture_.is_idr ? 25 : 30);  // I_PCM
                bits_.align();
                samples(column, row);
            }
        }
        if (skipped > 0) bits_.ue(skipped);
        return nal(3, picture_.is_idr ? 5 : 1, bits_.finished());
    }

  private:
    [[nodiscard]] bool is_field() const { return picture_.structure != Structure::frame; }
    [[nodiscard]] bool is_bottom() const { return picture_.structure == Structure::bottom_field; }

    void header() {
        bits_.ue(0);
        bits_.ue(picture_.is_idr ? 7 : 5);
        bits_.ue(0);
        const auto counter = static_cast<std::uint32_t>(picture_.in_gop);
        bits_.u(counter_bits, counter);
        bits_.u(1, is_field() ? 1 : 0);
        if (is_field()) bits_.u(1, is_bottom() ? 1 : 0);
        if (picture_.is_idr)
            bits_.ue(static_cast<std::uint32_t>(picture_.number / stream_.gop % 2));
        bits_.u(counter_bits, 2 * counter + (is_bottom() ? 1 : 0));
        if (!picture_.is_idr) bits_.u(2, 0);  // as many references as ever, in their order
        bits_.u(picture_.is_idr ? 2 : 1, 0);  // dec_ref_pic_marking: nothing special
        bits_.ue(0);
        bits_.ue(1);  // no deblocking
    }

    void samples(int column, int row) {
        const int step = is_field() ? 2 : 1;
        for (int y = 0; y < 16; ++y) {
            const int line = (row * 16 + y) * step + (is_bottom() ? 1 : 0);
            for (int x = 0; x < 16; ++x)
                bits_.byte(
                    picture_
                        .luma[static_cast<std::size_t>(line * stream_.width + column * 16 + x)]);
        }
        // Told only by whole pictures at the edges, where it stays until the next.
        const auto chroma = static_cast<std::byte>(100 + picture_.number % 50);
        for (int i = 0; i < 128; ++i) bits_.byte(chroma);
    }

    const FieldStream& stream_;
    const Picture& picture_;
    BitWriter bits_;
};

}  // namespace

std::string field_stream(const FieldStream& stream) {
    std::string bytes;
    for (int n = 0; n < stream.frames; ++n) {
        const int in_gop = n % stream.gop;
        Picture picture{.number = n,
                        .in_gop = in_gop,
                        .is_idr = in_gop == 0,
                        .is_whole = in_gop == 0,
                        .luma = stream.luma(n)};
        bytes += delimiter();
        if (picture.is_idr) bytes += sequence_parameters(stream) + picture_parameters();
        if (n % 5 == 3) {
            bytes += SliceWriter(stream, picture).written();
            continue;
        }
        picture.structure = Structure::top_field;
        bytes += SliceWriter(stream, picture).written();
        // The second field of an IDR picture is none itself.
        picture.structure = Structure::bottom_field;
        picture.is_idr = false;
        bytes += delimiter() + SliceWriter(stream, picture).written();
    }
    return bytes;
}

}  // namespace reelpool::worker::test
