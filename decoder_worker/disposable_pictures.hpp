#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "decoder_worker/nal_units.hpp"
#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// Tells which pictures of an H.264 stream no other can feel, whatever is wrong with them: not
/// those that merely say that nobody refers to them, but those of which everything before the
/// samples is as it must be. A damaged frame number, for instance, makes a decoder invent the
/// frames that seem to be missing and throw out references for them; a damaged place in the order
/// of display makes it drop the pictures that seem to come too late.
///
/// It knows frame pictures of streams with one sequence parameter set; of others it says no.
/// Source: ITU-T H.264, 7.3.2.1.1 and 7.3.2.2 (parameter sets), 7.3.3 (slice header), 7.4.3
/// (frame_num), 8.2.1 (picture order count).
class DisposablePictures {
  public:
    /// The parameters must outlive it.
    explicit DisposablePictures(const AVCodecParameters& parameters);

    /// Decoding goes on somewhere else.
    void restart();

    /// Shows it every packet in the order of decoding: whether nothing would change for others if
    /// this one were left out.
    [[nodiscard]] bool may_leave_out(const AVPacket& packet);

  private:
    struct SequenceFacts {
        unsigned frame_num_bits = 0;
        unsigned order_bits = 0;  ///< of pic_order_cnt_lsb; 0: shown in the order of decoding
    };
    struct SliceFacts {
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
    /// Nothing: it is cut, or its fields are out of range.
    [[nodiscard]] std::optional<SliceFacts> read_slice(NalUnits::Bytes unit) const;
    /// A slice of a picture that nobody refers to, and that comes right after the last reference.
    [[nodiscard]] bool is_harmless(NalUnits::Bytes unit,
                                   const std::optional<SliceFacts>& facts) const;
    [[nodiscard]] std::int64_t order_of(unsigned lsb) const;
    [[nodiscard]] bool is_in_order(const Shown& picture) const;
    void add_picture(const SliceFacts& facts, std::int64_t pts, bool is_idr, bool is_reference);

    const AVCodecParameters* parameters_;
    bool is_known_ = true;           ///< nothing was met of which this class cannot tell
    std::vector<std::uint8_t> set_;  ///< the only one so far
    SequenceFacts facts_;
    std::optional<unsigned> last_reference_;  ///< its frame number
    std::int64_t reference_order_ = 0;        ///< its picture order count
    std::vector<Shown> shown_;                ///< the last pictures, the newest last
};

}  // namespace reelpool::worker
