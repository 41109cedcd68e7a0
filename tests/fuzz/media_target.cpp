#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/cursor.hpp"
#include "decoder_worker/open_media.hpp"
#include "decoder_worker/sound_cursor.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// A media file: examined, and some of its frames decoded, forwards and backwards, by the code that
// a worker runs. (FFmpeg's own code is the distribution's, and not instrumented.)

using namespace reelpool;

namespace {

constexpr std::uint32_t most_side_px = 512;  ///< a fuzzer should not spend its time on pixels

UniqueFd file_of(const std::uint8_t* data, std::size_t size) {
    UniqueFd file(::memfd_create("fuzz-media", MFD_CLOEXEC));
    fuzz::require(file.get() >= 0);
    for (std::size_t done = 0; done < size;) {
        const ssize_t wrote = ::write(file.get(), data + done, size - done);
        fuzz::require(wrote > 0);
        done += static_cast<std::size_t>(wrote);
    }
    return file;
}

void decode_some(const std::shared_ptr<const worker::OpenedMedia>& media) {
    const std::uint32_t count = media->index.table.frame_count();
    fuzz::require(count > 0);
    auto cursor = worker::Cursor::open(media, {}, std::make_shared<worker::Counters>());
    if (!cursor) return;
    for (const std::uint32_t frame : {count / 2, count - 1, 0U, std::min(1U, count - 1)}) {
        const FrameIndex keyframe = media->index.table.keyframe_at(FrameIndex{frame});
        const auto picture = cursor->decode(frame, keyframe.value);
        if (!picture) return;
    }
}

/// Some blocks, from every kind of start.
void hear_some(const worker::OpenedMedia& media) {
    if (!media.info.sound) return;
    constexpr std::uint32_t mix_hz = 48000;
    auto cursor = worker::SoundCursor::open(media, mix_hz, std::make_shared<worker::Counters>());
    if (!cursor) return;
    std::vector<float> slot(std::size_t{media.info.sound->channels} * sound_block_samples);
    using wire::SoundStart;
    for (const auto& [block, start] :
         {std::pair{0U, SoundStart::beginning}, std::pair{2U, SoundStart::go_on},
          std::pair{9U, SoundStart::at_block}, std::pair{1U, SoundStart::at_block}}) {
        wire::DecodeSound order;
        order.block = block;
        order.start = start;
        order.start_block = start == SoundStart::at_block ? block : 0;
        const auto facts = cursor->decode(order, slot.data());
        if (!facts) return;
        fuzz::require(facts->missing_samples <= sound_block_samples);
    }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool is_quiet = [] {
        worker::capture_av_log();
        return true;
    }();
    fuzz::require(is_quiet);
    wire::OpenMedia wishes;
    wishes.max_side_px = most_side_px;
    const auto media = worker::open_media(file_of(data, size), wishes);
    if (!media) {
        fuzz::require(!media.error().what.empty());
        return 0;
    }
    if ((*media)->info.has_pictures) decode_some(*media);
    hear_some(**media);
    return 0;
}
