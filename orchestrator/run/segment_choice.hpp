#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/model/timeline.hpp"
#include "orchestrator/run/content_keys.hpp"
#include "orchestrator/run/export_journal.hpp"

namespace reelpool::run {

/// Which segments of an earlier export are as this one would render them.
struct SegmentChoice {
    std::map<std::uint32_t, JournalEntry> reused;  ///< by index
    std::uint32_t changed = 0;                     ///< would show something else now
    std::uint32_t damaged = 0;                     ///< the file is not what the manifest says
    std::uint32_t missing = 0;                     ///< the file is not there
};

/// Looks at every segment that the manifest lists: first whether its content is still the same,
/// then whether its file is whole.
[[nodiscard]] SegmentChoice choose_segments(const ExportJournal& journal, const Manifest& manifest,
                                            ContentKeys& keys, const OutputSettings& settings);

/// Why nothing at all can be reused, as far as the manifest tells: "Reelpool or a library is
/// another one". Empty: the project or its media have changed, or nothing stands against it.
[[nodiscard]] std::string difference_of(const JournalFacts& earlier, const JournalFacts& now);

/// The output frames of all segments that are not among these.
[[nodiscard]] std::vector<model::FrameSpan> frames_beside(
    const std::map<std::uint32_t, JournalEntry>& segments, const OutputSettings& settings);

}  // namespace reelpool::run
