#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "ipc/frame/sound_mix.hpp"
#include "ipc/shm/segment.hpp"

namespace reelpool::compositor {

/// Where source samples are read from.
class SampleSource {
  public:
    SampleSource() = default;
    SampleSource(const SampleSource&) = delete;
    SampleSource& operator=(const SampleSource&) = delete;
    virtual ~SampleSource() = default;

    /// The samples [begin, begin + out.size()) of a medium's channel; 0 where there are none.
    virtual void read(MediaId media, std::uint32_t channel, std::int64_t begin,
                      std::span<float> out) const = 0;
};

/// The segments with blocks of sound that this process looks at.
/// Thread: one.
class SoundSegments {
  public:
    /// Errors: the descriptor is no sealed memfd of that size; internal, it is mapped already.
    [[nodiscard]] Status map(SegmentId segment, std::uint64_t bytes, const UniqueFd& memory);
    [[nodiscard]] Status unmap(SegmentId segment);
    /// Nothing where the segment or the place is not there.
    [[nodiscard]] const std::byte* at(SegmentId segment, std::uint64_t offset_bytes,
                                      std::uint64_t bytes) const;

  private:
    std::map<SegmentId, Mapping> mappings_;
};

/// The blocks of one chunk. What is no number, or beyond all reason, reads as 0: a worker wrote it.
class BlockView final : public SampleSource {
  public:
    /// Errors: a slot lies outside of what is mapped.
    [[nodiscard]] static Result<BlockView> make(const SoundMix& mix, const SoundSegments& segments);

    BlockView(BlockView&& other) noexcept : blocks_(std::move(other.blocks_)) {}

    void read(MediaId media, std::uint32_t channel, std::int64_t begin,
              std::span<float> out) const override;

  private:
    struct Block {
        const float* samples = nullptr;
        std::uint32_t channels = 0;
    };
    BlockView() = default;
    std::map<SoundBlockRef, Block> blocks_;
};

}  // namespace reelpool::compositor
