#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "decoder_worker/nal_units.hpp"
#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// Tells which pictures of an H.264 stream no other can feel, whatever is wrong with them: not
/// those that merely say that nobody refers to them, but those of which everything before the
/// samples is as it must be. And it tells when that turns out to have been wrong, because the
/// pictures that follow do not fit: a decoder that is not given a picture then finds a gap in the
/// frame numbers, or shows a picture that comes too late, where one that is given all of them does
/// not.
///
/// It knows frame pictures of streams with one sequence parameter set; of others it says `needed`.
/// Source: ITU-T H.264, 7.3.2.1.1 and 7.3.2.2 (parameter sets), 7.3.3 (slice header), 7.4.3
/// (frame_num), 8.2.1 (picture order count).
class DisposablePictures {
  public:
    /// The parameters must outlive it.
    explicit DisposablePictures(const AVCodecParameters& parameters);

    /// Decoding goes on somewhere else; nothing has been left out there.
    void restart();

    enum class Wish : std::uint8_t { wanted, unwanted };
    enum class Verdict : std::uint8_t {
        needed,      ///< give it to the codec
        left_out,    ///< it was unwanted, and no other can feel it
        contradicts  ///< give it to the codec; something that was left out may have been felt
    };
    /// To be told every packet in the order of decoding.
    [[nodiscard]] Verdict judge(const AVPacket& packet, Wish wish);

  private:
    struct SequenceFacts {
        unsigned frame_num_bits = 0;
        unsigned order_bits = 0;  ///< of pic_order_cnt_lsb; 0: shown in the order of decoding
    };
    enum class PictureKind : std::uint8_t { disposable, reference, idr };
    /// What the units of a packet say.
    struct Picture {
        bool is_whole = false;  ///< slices of one picture that all say the same, and nothing else
        PictureKind kind = PictureKind::disposable;
        unsigned frame_num = 0;
        unsigned order = 0;  ///< pic_order_cnt_lsb
    };
    struct Shown {
        std::int64_t order = 0;
        std::int64_t pts = 0;
    };
    /// Nothing: a set with which this class cannot tell.
    [[nodiscard]] static std::optional<SequenceFacts> read_set(NalUnits::Bytes unit);
    void add_set(NalUnits::Bytes unit);
    void add_sets_of_container();
    /// Not whole: it is cut, or its fields are out of range.
    [[nodiscard]] Picture read_slice(NalUnits::Bytes unit) const;
    [[nodiscard]] std::optional<Picture> read_picture(const AVPacket& packet);
    [[nodiscard]] bool follows(const Picture& picture) const;
    [[nodiscard]] std::int64_t order_of(unsigned lsb) const;
    [[nodiscard]] bool is_in_order(const Shown& picture) const;
    void add(const Picture& picture, const Shown& shown);

    const AVCodecParameters* parameters_;
    bool is_known_ = true;           ///< nothing was met of which this class cannot tell
    std::vector<std::uint8_t> set_;  ///< the only one so far
    SequenceFacts facts_;
    bool has_left_out_ = false;               ///< since the last start or IDR picture
    std::optional<unsigned> last_reference_;  ///< its frame number
    std::int64_t reference_order_ = 0;        ///< its picture order count
    std::vector<Shown> shown_;                ///< the last pictures, the newest last
};

}  // namespace reelpool::worker
