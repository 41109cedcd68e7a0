#include "compositor/sound/block_view.hpp"

#include <algorithm>
#include <cmath>

namespace reelpool::compositor {
namespace {

/// 120 dB above full scale.
constexpr float loudest = 1e6F;

Unexpected broken(const char* what) {
    return unexpected({.code = ErrorCode::internal,
                       .component = Component::compositor,
                       .subject = {},
                       .what = what,
                       .cause = {},
                       .hint = {}});
}

}  // namespace

Status SoundSegments::map(SegmentId segment, std::uint64_t bytes, const UniqueFd& memory) {
    if (mappings_.contains(segment)) return broken("a segment of sound was mapped twice");
    REELPOOL_TRY(mapping, Mapping::map(memory, bytes, Access::read_only));
    mappings_.emplace(segment, std::move(mapping));
    return ok();
}

Status SoundSegments::unmap(SegmentId segment) {
    if (mappings_.erase(segment) == 0) return broken("a segment of sound was never mapped");
    return ok();
}

const std::byte* SoundSegments::at(SegmentId segment, std::uint64_t offset_bytes,
                                   std::uint64_t bytes) const {
    const auto found = mappings_.find(segment);
    if (found == mappings_.end() || offset_bytes % alignof(float) != 0) return nullptr;
    const std::uint64_t size = found->second.size();
    if (offset_bytes > size || bytes > size - offset_bytes) return nullptr;
    return found->second.data() + offset_bytes;
}

Result<BlockView> BlockView::make(const SoundMix& mix, const SoundSegments& segments) {
    std::map<MediaId, std::uint32_t> channels;
    for (const SoundVoice& voice : mix.voices) channels[voice.media] = voice.channels;
    BlockView view;
    for (const SoundSlot& slot : mix.slots) {
        const auto known = channels.find(slot.media);
        if (known == channels.end()) continue;
        const std::byte* bytes =
            segments.at(slot.segment, slot.offset_bytes, sound_block_bytes(known->second));
        if (bytes == nullptr) return broken("a block of sound lies where no memory is");
        view.blocks_[{slot.media, slot.block}] = {reinterpret_cast<const float*>(bytes),
                                                  known->second};
    }
    return view;
}

void BlockView::read(MediaId media, std::uint32_t channel, std::int64_t begin,
                     std::span<float> out) const {
    constexpr std::int64_t length = sound_block_samples;
    const std::int64_t end = begin + static_cast<std::int64_t>(out.size());
    std::int64_t at = begin;
    while (at < end) {
        // Before 0 there is no block.
        const std::int64_t block = at < 0 ? -1 : at / length;
        const std::int64_t stop = std::min(end, block < 0 ? 0 : (block + 1) * length);
        const auto count = static_cast<std::size_t>(stop - at);
        float* const to = out.data() + (at - begin);
        const auto found = block < 0 ? blocks_.end()
                                     : blocks_.find({media, static_cast<std::uint32_t>(block)});
        if (found == blocks_.end() || channel >= found->second.channels) {
            std::fill_n(to, count, 0.0F);
        } else {
            const float* const from = found->second.samples +
                                      std::size_t{channel} * sound_block_samples +
                                      (at - block * length);
            for (std::size_t i = 0; i < count; ++i) {
                const float sample = from[i];
                to[i] = std::abs(sample) <= loudest ? sample : 0.0F;
            }
        }
        at = stop;
    }
}

}  // namespace reelpool::compositor
