#include "orchestrator/run/output_place.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "orchestrator/run/export_journal.hpp"

namespace reelpool::run {
namespace {

namespace fs = std::filesystem;

Error output_error(const std::string& path, std::string what, std::string cause, std::string hint) {
    return {.code = ErrorCode::output,
            .component = Component::output,
            .subject = path,
            .what = std::move(what),
            .cause = std::move(cause),
            .hint = std::move(hint)};
}

Status check_final_name(const std::string& path, Overwrite overwrite,
                        const std::vector<MediaFile>& inputs) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) return ok();
        return unexpected(output_error(path, "cannot be used as output", std::strerror(errno),
                                       "choose another place with -o"));
    }
    if (::stat(path.c_str(), &status) != 0)
        return unexpected(output_error(path, "is a link that leads nowhere", std::strerror(errno),
                                       "remove it or choose another name with -o"));
    if (!S_ISREG(status.st_mode))
        return unexpected(output_error(path, "exists and is not a regular file", "",
                                       "choose another name with -o"));
    for (const MediaFile& input : inputs) {
        struct stat of_input {};
        if (::fstat(input.file.get(), &of_input) == 0 && of_input.st_dev == status.st_dev &&
            of_input.st_ino == status.st_ino)
            return unexpected(output_error(path, "is one of the project's media: " + input.path, "",
                                           "choose another name with -o"));
    }
    if (overwrite == Overwrite::refuse)
        return unexpected(output_error(path, "exists already", "",
                                       "add --overwrite to replace it when the export is done"));
    return ok();
}

/// What an export puts into its part directory, except for the journal's files.
constexpr const char* output_name = "output";
constexpr const char* trial_name = "output.trial";

bool is_ours(const std::string& name) {
    return name == output_name || name == trial_name || is_journal_file(name);
}

/// Refuses a directory that holds anything that no export has put there.
Status check_is_ours(const std::string& part) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(part, error)) {
        const std::string name = entry.path().filename();
        if (!is_ours(name))
            return unexpected(output_error(
                part, "is in the way: it holds \"" + name + "\", which no export has put there", "",
                "move it away or choose another name with -o"));
    }
    if (error)
        return unexpected(output_error(part, "cannot be listed", error.message(),
                                       "remove it or choose another name with -o"));
    return ok();
}

/// Deletes what an export has put into its part directory, and the directory if that was all.
Status remove_part(const std::string& part) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(part, error))
        if (is_ours(entry.path().filename())) entries.push_back(entry.path());
    for (const fs::path& entry : entries) {
        std::error_code now;
        fs::remove_all(entry, now);
        if (now) error = now;
    }
    if (::rmdir(part.c_str()) != 0 && !error) error.assign(errno, std::system_category());
    if (error)
        return unexpected(output_error(part, "was left by an earlier export and cannot be removed",
                                       error.message(), "remove it"));
    return ok();
}

bool is_same_file(int fd, const std::string& path) {
    struct stat ours {};
    struct stat there {};
    return ::fstat(fd, &ours) == 0 && ::lstat(path.c_str(), &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

Status sync_directory(const std::string& directory) {
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0)
        return unexpected(output_error(directory, "could not be synced", std::strerror(errno), ""));
    return ok();
}

Status rename_file(const std::string& from, const std::string& to, Overwrite overwrite) {
    const unsigned flags = overwrite == Overwrite::refuse ? RENAME_NOREPLACE : 0;
    int result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags);
    if (result != 0 && errno == EINVAL) result = ::rename(from.c_str(), to.c_str());
    if (result != 0)
        return unexpected(
            output_error(to, "the finished file could not be renamed", std::strerror(errno), ""));
    return ok();
}

}  // namespace

OutputPlace::OutputPlace(OutputPlace&& other) noexcept
    : path_(std::move(other.path_)),
      directory_(std::move(other.directory_)),
      part_(std::move(other.part_)),
      pattern_(std::move(other.pattern_)),
      kind_(other.kind_),
      overwrite_(other.overwrite_),
      is_armed_(std::exchange(other.is_armed_, false)),
      keeps_segments_(other.keeps_segments_),
      has_replaced_segments_(other.has_replaced_segments_),
      lock_(std::move(other.lock_)) {}

OutputPlace::~OutputPlace() {
    if (!is_armed_) return;
    static_cast<void>(keeps_segments_ ? drop_unfinished() : remove_part(part_));
}

Result<OutputPlace> OutputPlace::claim(const std::string& path, const Wish& wish,
                                       const std::vector<MediaFile>& inputs) {
    OutputPlace place;
    place.path_ = path;
    place.kind_ = wish.kind;
    place.overwrite_ = wish.overwrite;
    place.part_ = path + ".part";
    const std::size_t slash = path.rfind('/');
    place.directory_ = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    place.pattern_ = slash == std::string::npos ? path : path.substr(slash + 1);
    if (place.pattern_.empty())
        return unexpected(output_error(path, "is a directory", "", "name a file with -o"));
    if (wish.kind == OutputKind::picture) place.pattern_ = "%d" + wish.picture_ending;
    if (::access(place.directory_.c_str(), W_OK | X_OK) != 0)
        return unexpected(output_error(place.directory_, "files cannot be created here",
                                       std::strerror(errno),
                                       "create the directory or choose another with -o"));
    if (wish.kind == OutputKind::sequence) {
        REELPOOL_TRY(first, numbered_path(path, 0));
        REELPOOL_TRY_STATUS(check_final_name(first, wish.overwrite, inputs));
    } else {
        REELPOOL_TRY_STATUS(check_final_name(path, wish.overwrite, inputs));
    }
    REELPOOL_TRY_STATUS(place.open_part(wish.earlier));
    return place;
}

/// Makes the part directory this export's alone: it is new, or nobody holds a lock on it any more.
Status OutputPlace::open_part(EarlierSegments earlier) {
    const std::string kept = path_ + ".segments";
    if (earlier == EarlierSegments::resume && !exists(part_) && exists(kept))
        REELPOOL_TRY_STATUS(rename_file(kept, part_, Overwrite::refuse));
    for (;;) {
        const bool is_new = ::mkdir(part_.c_str(), 0777) == 0;
        if (!is_new && errno != EEXIST)
            return unexpected(output_error(part_, "cannot be created", std::strerror(errno),
                                           "choose another place with -o"));
        lock_.reset(::open(part_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!lock_ && errno == ENOENT) continue;
        if (!lock_)
            return unexpected(errno == EMFILE || errno == ENFILE
                                  ? output_error(part_, "cannot be opened", std::strerror(errno),
                                                 "allow more open files (ulimit -n)")
                                  : output_error(part_, "is in the way", std::strerror(errno),
                                                 "remove it or choose another name with -o"));
        if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
            return unexpected(output_error(part_, "is being written by another export", "",
                                           "wait for it, or choose another name with -o"));
        // The one that held the lock may just have removed the directory.
        if (is_same_file(lock_.get(), part_)) break;
    }
    REELPOOL_TRY_STATUS(take_over(earlier));
    is_armed_ = true;
    return sync_directory(directory_);
}

Status OutputPlace::take_over(EarlierSegments earlier) {
    REELPOOL_TRY_STATUS(check_is_ours(part_));
    if (earlier == EarlierSegments::resume) {
        keeps_segments_ = exists(part_ + "/" + manifest_name);
        return drop_unfinished();
    }
    has_replaced_segments_ = exists(part_ + "/" + manifest_name);
    std::error_code error;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(part_, error)) entries.push_back(entry.path());
    for (const fs::path& entry : entries)
        if (!error) fs::remove_all(entry, error);
    if (error)
        return unexpected(output_error(part_, "was left by an earlier export and cannot be emptied",
                                       error.message(), "remove it"));
    return ok();
}

Status OutputPlace::drop_unfinished() const {
    std::error_code error;
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(part_, error)) {
        const std::string name = entry.path().filename();
        if (is_ours(name) && (!is_journal_file(name) || name.ends_with(".tmp")))
            entries.push_back(entry.path());
    }
    for (const fs::path& entry : entries)
        if (!error) fs::remove_all(entry, error);
    if (error)
        return unexpected(output_error(part_, "holds unfinished files that cannot be removed",
                                       error.message(), "remove them"));
    return ok();
}

Status OutputPlace::commit(FinishedSegments segments) {
    if (kind_ == OutputKind::file) {
        const UniqueFd file(::open(part_path().c_str(), O_RDONLY | O_CLOEXEC));
        if (!file || ::fsync(file.get()) != 0)
            return unexpected(output_error(part_path(), "could not be synced to disk",
                                           std::strerror(errno), "check the disk"));
        REELPOOL_TRY_STATUS(rename_file(part_path(), path_, overwrite_));
    } else {
        REELPOOL_TRY_STATUS(commit_pictures());
    }
    REELPOOL_TRY_STATUS(sync_directory(directory_));
    return put_segments_away(segments);
}

/// The output is where it belongs.
Status OutputPlace::put_segments_away(FinishedSegments segments) {
    is_armed_ = false;
    if (segments == FinishedSegments::remove) {
        // What cannot be removed now is taken over by the next export to this name.
        static_cast<void>(remove_part(part_));
        return sync_directory(directory_);
    }
    const std::string kept = path_ + ".segments";
    if (exists(kept)) {
        REELPOOL_TRY_STATUS(check_is_ours(kept));
        REELPOOL_TRY_STATUS(remove_part(kept));
    }
    REELPOOL_TRY_STATUS(rename_file(part_, kept, Overwrite::refuse));
    lock_.reset();
    return sync_directory(directory_);
}

Status OutputPlace::commit_pictures() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(part_path(), error)) {
        const UniqueFd file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
        if (!file || ::fsync(file.get()) != 0)
            return unexpected(output_error(entry.path(), "could not be synced to disk",
                                           std::strerror(errno), "check the disk"));
    }
    std::vector<fs::path> pictures;
    for (const auto& entry : fs::directory_iterator(part_path(), error))
        pictures.push_back(entry.path());
    if (error)
        return unexpected(output_error(part_path(), "cannot be listed", error.message(), ""));
    for (const fs::path& picture : pictures) {
        const std::string to = kind_ == OutputKind::picture
                                   ? path_
                                   : (fs::path(directory_) / picture.filename()).string();
        REELPOOL_TRY_STATUS(rename_file(picture, to, overwrite_));
    }
    return ok();
}

}  // namespace reelpool::run
