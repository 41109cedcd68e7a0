#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ipc/base/digest.hpp"
#include "ipc/frame/output_settings.hpp"
#include "orchestrator/model/timeline.hpp"
#include "orchestrator/run/media_files.hpp"

namespace reelpool::run {

/// Which content a segment of the output has: a digest of everything that decides the bytes of its
/// file. Segments with equal keys are equal.
///
/// In it are: the program that renders (its code, libraries, driver and device), the settings of
/// the encoder, the segment's place, and what each of its frames shows: its draw list, with the
/// media by their content instead of their numbers. A medium's content is known by its size, its
/// time of modification, sampled blocks and the way it is to be read; of an image sequence, each
/// picture by its own size and time. Not in it: names and paths, engine, memory, metadata tags.
class ContentKeys {
  public:
    /// `renderer` tells apart what renders. All must outlive it; `timeline` is the whole one.
    ContentKeys(const model::Timeline& timeline, const std::vector<MediaFile>& media,
                const OutputSettings& settings, std::string renderer);

    [[nodiscard]] Digest of(const OutputSegment& segment);
    /// Of a medium, for the manifest.
    [[nodiscard]] Digest medium(MediaId id);

  private:
    void add_settings(Digester& digester) const;
    void add_layer(Digester& digester, const DrawLayer& layer);
    void add_groups(Digester& digester, const std::vector<DrawGroup>& groups);
    void add_list(Digester& digester, const DrawList& list);
    [[nodiscard]] Digest frame_content(const FrameSource& frame);

    const model::Timeline& timeline_;
    const std::vector<MediaFile>& media_;
    const OutputSettings& settings_;
    const std::string renderer_;
    std::map<std::uint32_t, Digest> content_;  ///< by MediaId
    /// By MediaId and picture, of sequences.
    std::map<std::pair<std::uint32_t, std::uint32_t>, Digest> pictures_;
};

/// A digest of the first and the last 64 KiB of a file and of blocks in between, with its size and
/// its time of modification.
[[nodiscard]] Digest sampled_content(const UniqueFd& file);

}  // namespace reelpool::run
