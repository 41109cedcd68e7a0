#pragma once

#include <atomic>
#include <memory>

#include "decoder_worker/complaints.hpp"
#include "decoder_worker/picture_buffers.hpp"

namespace reelpool::worker {

/// What a codec context's `opaque` points to, for the callbacks that libavcodec makes from its own
/// threads.
struct CodecAttachment {
    Complaints complaints;
    std::shared_ptr<PictureBuffers> buffers;  ///< none: wherever libavcodec likes
    /// There was none for a picture. Codecs may take that for damage, and conceal it.
    std::atomic<bool> lacks_memory{false};
};

}  // namespace reelpool::worker
