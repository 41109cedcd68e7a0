#pragma once

#include <cstdint>
#include <memory>

#include "ipc/av/handles.hpp"

namespace reelpool::worker {

/// What a packet holds of a picture.
enum class Structure : std::uint8_t { frame, top_field, bottom_field };

/// What a packet's own bytes say, beyond what its container says.
struct CodedPicture {
    bool is_bidirectional = false;  ///< a B picture, of MPEG-1, 2 and 4
    Structure structure = Structure::frame;
    int order = 0;  ///< H.264's picture order count: fields of one frame are at most 1 apart
};

/// Looks into the packets of codecs whose containers do not tell everything.
class PictureParser {
  public:
    explicit PictureParser(const AVCodecParameters& parameters);

    /// `packet` is the next one in the order of the file.
    [[nodiscard]] CodedPicture parse(const AVPacket& packet);

  private:
    struct Closer {
        void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
    };
    std::unique_ptr<AVCodecParserContext, Closer> parser_;
    av::Codec codec_;
};

/// Decoding from this packet on is right only some pictures later: a gradual refresh, which H.264
/// containers mark like a keyframe. What comes out then is not always what a decoder would show
/// that came from before.
[[nodiscard]] bool begins_gradually(const AVCodecParameters& parameters, const AVPacket& packet);

}  // namespace reelpool::worker
