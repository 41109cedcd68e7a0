#include "orchestrator/run/segment_choice.hpp"

namespace reelpool::run {

SegmentChoice choose_segments(const ExportJournal& journal, const Manifest& manifest,
                              ContentKeys& keys, const OutputSettings& settings) {
    SegmentChoice choice;
    for (const auto& [index, entry] : manifest.segments) {
        const bool is_in_output = index < segment_count(settings) &&
                                  entry.segment == segment_at(settings, index) &&
                                  entry.key == keys.of(entry.segment);
        if (!is_in_output) {
            ++choice.changed;
            continue;
        }
        switch (journal.look_at(entry)) {
            case ExportJournal::Finding::good:
                choice.reused.emplace(index, entry);
                break;
            case ExportJournal::Finding::missing:
                ++choice.missing;
                break;
            case ExportJournal::Finding::damaged:
                ++choice.damaged;
                break;
        }
    }
    return choice;
}

std::string difference_of(const JournalFacts& earlier, const JournalFacts& now) {
    if (earlier.renderer != now.renderer)
        return "Reelpool, one of its libraries or the device is another one than then";
    if (earlier.output != now.output) return "the output's settings were " + earlier.output;
    if (earlier.fps != now.fps) return "the frame rate was " + earlier.fps;
    if (earlier.segment_frames != now.segment_frames)
        return "segments had " + std::to_string(earlier.segment_frames) + " frames";
    if (earlier.range != now.range) return "the range was another one";
    return {};
}

std::vector<model::FrameSpan> frames_beside(const std::map<std::uint32_t, JournalEntry>& segments,
                                            const OutputSettings& settings) {
    std::vector<model::FrameSpan> spans;
    for (std::uint32_t index = 0; index < segment_count(settings); ++index) {
        if (segments.contains(index)) continue;
        const OutputSegment segment = segment_at(settings, index);
        if (!spans.empty() && spans.back().first.value + spans.back().count == segment.first_frame)
            spans.back().count += segment.frame_count;
        else
            spans.push_back({OutputIndex{segment.first_frame}, segment.frame_count});
    }
    return spans;
}

}  // namespace reelpool::run
