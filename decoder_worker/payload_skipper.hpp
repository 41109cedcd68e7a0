#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "decoder_worker/media_file.hpp"
#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// Reads in place of a file while its packets are listed: everything that describes packets is
/// read, what is inside of them is not. A packet's bytes are then of no meaning, except its first
/// and its last where the codec hides there whether the picture is shown (VP8, VP9); those are
/// always defined: read, or zero. Parsers must be off. Thread: its demuxer's.
class PayloadSkipper {
  public:
    /// How a read is known to ask for nothing but packets' contents.
    enum class Sign : std::uint8_t {
        indexed,  ///< the container's index has samples there: mov, mp4
        large,    ///< it is larger than the I/O buffer, past which only packets are read: Matroska
    };

    /// `container` must outlive the skipper.
    PayloadSkipper(const AVFormatContext& container, Sign sign, std::size_t io_buffer_bytes);

    /// Whether such a demuxer can list the packets of such a stream without their contents.
    [[nodiscard]] static bool can_skip(const AVInputFormat& format, AVCodecID codec);
    [[nodiscard]] static Sign sign_of(const AVInputFormat& format);
    /// From now on; before, only headers are read.
    void watch(AVCodecID codec);

    /// Nothing there needs to be read.
    [[nodiscard]] bool is_payload(std::int64_t position, int bytes);
    /// As if the bytes had been read: how many are there, 0 at the end, or a negative errno.
    [[nodiscard]] int pretend(MediaFile& file, std::int64_t position, std::uint8_t* buffer,
                              int bytes) const;

  private:
    struct Extent {
        std::int64_t begin;
        std::int64_t end;
    };
    [[nodiscard]] bool is_indexed(std::int64_t position, int bytes) const;
    bool learn();

    const AVFormatContext* container_;
    Sign sign_;
    std::int64_t io_buffer_bytes_;
    bool looks_at_ends_ = false;
    std::vector<int> known_entries_;  ///< by stream: how many of its index are in extents_
    std::vector<Extent> extents_;     ///< ascending, disjoint
};

}  // namespace reelpool::worker
