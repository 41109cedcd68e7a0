#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ipc/base/digest.hpp"
#include "ipc/frame/output_settings.hpp"
#include "ipc/wire/messages.hpp"

namespace reelpool::run {

/// What is known of a segment that is on the disk.
struct JournalEntry {
    OutputSegment segment;
    Digest key;     ///< of its content, see ContentKeys
    Digest digest;  ///< of its file
    std::uint64_t bytes = 0;
    friend bool operator==(const JournalEntry&, const JournalEntry&) = default;
};

/// What the manifest says beside its segments: for people, and to tell why nothing can be reused.
struct JournalFacts {
    std::string engine;    ///< version of Reelpool
    std::string renderer;  ///< what ContentKeys takes it for
    std::string output;    ///< codec, format and settings of the encoder, as text
    std::uint32_t frames = 0;
    std::uint32_t segment_frames = 0;
    std::string fps;
    std::string range;  ///< "0..10": seconds of main comp time; empty: all of it
    std::vector<std::pair<std::string, Digest>> media{};  ///< path and content
    friend bool operator==(const JournalFacts&, const JournalFacts&) = default;
};

/// The manifest's text. One line for each segment.
[[nodiscard]] std::string manifest_text(const JournalFacts& facts,
                                        const std::map<std::uint32_t, JournalEntry>& segments);

struct Manifest {
    JournalFacts facts;
    std::map<std::uint32_t, JournalEntry> segments;  ///< by index
    bool is_torn = false;  ///< it broke off, or made no sense from some segment on
    friend bool operator==(const Manifest&, const Manifest&) = default;
};
/// Of a torn one, what stands before: each segment's line stands by itself, and its file tells
/// whether it is true. Errors: output, it is no manifest of this version, or torn before the list.
[[nodiscard]] Result<Manifest> parse_manifest(const std::string& text);

/// The finished segments of an export, on the disk: files that the compositor wrote, and a manifest
/// that says what they are. The manifest is replaced as a whole whenever a segment is added, after
/// that segment's file is on the disk; so at any moment, and after a power cut, each segment that
/// it lists is there. Thread: the event loop's.
class ExportJournal {
  public:
    /// `directory` is there and this process's alone.
    explicit ExportJournal(std::string directory) : directory_(std::move(directory)) {}

    /// The manifest that an earlier export left. Nothing: there is none.
    /// Errors: output, it cannot be read or is damaged.
    [[nodiscard]] Result<std::optional<Manifest>> read() const;

    enum class Finding : std::uint8_t { good, missing, damaged };
    /// Whether a segment's file is what the manifest says: reads all of it.
    [[nodiscard]] Finding look_at(const JournalEntry& entry) const;

    /// From here on these are its segments, and nothing else is in the directory: writes the
    /// manifest, and deletes all other files of a journal. Errors: output.
    [[nodiscard]] Status begin(JournalFacts facts, std::map<std::uint32_t, JournalEntry> segments);
    /// The compositor has sealed it. Errors: output, the manifest cannot be written.
    [[nodiscard]] Status add(const JournalEntry& entry);

    [[nodiscard]] const std::map<std::uint32_t, JournalEntry>& segments() const {
        return segments_;
    }

  private:
    [[nodiscard]] Status write() const;

    std::string directory_;
    JournalFacts facts_;
    std::map<std::uint32_t, JournalEntry> segments_;
};

inline constexpr const char* manifest_name = "manifest.json";

/// Whether a directory entry may be one of a journal's: the manifest, a segment, or what lay
/// unfinished when a process died.
[[nodiscard]] bool is_journal_file(const std::string& name);

/// The settings of an output that decide its segments, as one line of text.
[[nodiscard]] std::string output_text(const OutputSettings& settings);

}  // namespace reelpool::run
