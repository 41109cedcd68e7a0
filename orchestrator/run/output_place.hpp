#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "ipc/base/unique_fd.hpp"
#include "orchestrator/run/media_files.hpp"

namespace reelpool::run {

/// What lies at OUT in the end: one file, one file per frame (OUT is a pattern), or one picture.
enum class OutputKind : std::uint8_t { file, sequence, picture };

enum class Overwrite : std::uint8_t { refuse, replace };

/// What becomes of the segments of an earlier export to the same place.
enum class EarlierSegments : std::uint8_t { replace, resume };

/// What becomes of this export's segments when it is done.
enum class FinishedSegments : std::uint8_t { remove, keep };

/// Where an export's result goes. Everything that is unfinished lies in the directory OUT.part
/// beside OUT: the journal's segments, and the output itself, which is renamed when it is complete.
/// Finished segments that are to be kept for a later export go to OUT.segments.
/// Owner: the directory is this export's alone while it lives (a lock on it says so). Destroyed
/// without `commit`, it removes the directory, unless there are segments to go on from; nothing
/// ever lies under the final name that is not complete.
class OutputPlace {
  public:
    struct Wish {
        OutputKind kind = OutputKind::file;
        Overwrite overwrite = Overwrite::refuse;
        EarlierSegments earlier = EarlierSegments::replace;
        std::string picture_ending = ".png";  ///< kind picture
    };
    /// Errors: code output, before anything is touched: the directory is missing or not writable,
    /// OUT exists (without Overwrite::replace), is a directory, or is one of the inputs; another
    /// export writes to it now; OUT.part holds what is not Reelpool's.
    [[nodiscard]] static Result<OutputPlace> claim(const std::string& path, const Wish& wish,
                                                   const std::vector<MediaFile>& inputs);
    OutputPlace(OutputPlace&& other) noexcept;
    OutputPlace& operator=(OutputPlace&&) = delete;
    ~OutputPlace();

    /// The directory of the journal: nothing else is written.
    [[nodiscard]] const std::string& part_directory() const { return part_; }
    /// Where the compositor writes the output: a file, or for pictures a directory.
    [[nodiscard]] std::string part_path() const { return part_ + "/output"; }
    /// Pictures: the pattern of their names in the part directory.
    [[nodiscard]] const std::string& pattern() const { return pattern_; }
    /// Finished segments of an earlier export were deleted, because nobody asked to resume it.
    [[nodiscard]] bool has_replaced_segments() const { return has_replaced_segments_; }

    /// There are segments that an export can go on from: they stay, whatever happens.
    void keep_segments() { keeps_segments_ = true; }
    [[nodiscard]] bool keeps_segments() const { return keeps_segments_; }
    /// A compositor died: removes what it may have left unfinished.
    [[nodiscard]] Status drop_unfinished() const;
    /// Syncs and renames. After this the result is there, even after a power cut.
    [[nodiscard]] Status commit(FinishedSegments segments);

  private:
    OutputPlace() = default;
    [[nodiscard]] Status open_part(EarlierSegments earlier);
    [[nodiscard]] Status take_over(EarlierSegments earlier);
    [[nodiscard]] Status commit_pictures();
    [[nodiscard]] Status put_segments_away(FinishedSegments segments);

    std::string path_;
    std::string directory_;
    std::string part_;
    std::string pattern_;
    OutputKind kind_ = OutputKind::file;
    Overwrite overwrite_ = Overwrite::refuse;
    bool is_armed_ = false;
    bool keeps_segments_ = false;
    bool has_replaced_segments_ = false;
    UniqueFd lock_;  ///< the directory itself
};

}  // namespace reelpool::run
