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

/// A part that nobody holds a lock on was left behind by an export that was killed.
Status remove_stale_part(const std::string& part) {
    const UniqueFd fd(::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        if (errno == ENOENT) return ok();
        return unexpected(output_error(part, "cannot be used as output", std::strerror(errno),
                                       "remove it or choose another name with -o"));
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
        return unexpected(output_error(part, "is being written by another export", "",
                                       "wait for it, or choose another name with -o"));
    std::error_code error;
    fs::remove_all(part, error);
    if (error)
        return unexpected(output_error(part, "was left by an earlier export and cannot be removed",
                                       error.message(), "remove it"));
    return ok();
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
      part_path_(std::move(other.part_path_)),
      pattern_(std::move(other.pattern_)),
      kind_(other.kind_),
      is_armed_(std::exchange(other.is_armed_, false)),
      overwrite_(other.overwrite_),
      lock_(std::move(other.lock_)) {}

OutputPlace::~OutputPlace() {
    if (!is_armed_) return;
    std::error_code ignored;
    fs::remove_all(part_path_, ignored);
}

Result<OutputPlace> OutputPlace::claim(const std::string& path, OutputKind kind,
                                       Overwrite overwrite, const std::vector<MediaFile>& inputs) {
    OutputPlace place;
    place.path_ = path;
    place.kind_ = kind;
    place.overwrite_ = overwrite;
    place.part_path_ = path + ".part";
    const std::size_t slash = path.rfind('/');
    place.directory_ = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    place.pattern_ = slash == std::string::npos ? path : path.substr(slash + 1);
    if (place.pattern_.empty())
        return unexpected(output_error(path, "is a directory", "", "name a file with -o"));
    if (kind == OutputKind::picture) place.pattern_ = "%d.png";
    if (::access(place.directory_.c_str(), W_OK | X_OK) != 0)
        return unexpected(output_error(place.directory_, "files cannot be created here",
                                       std::strerror(errno),
                                       "create the directory or choose another with -o"));
    if (kind == OutputKind::sequence) {
        REELPOOL_TRY(first, numbered_path(path, 0));
        REELPOOL_TRY_STATUS(check_final_name(first, overwrite, inputs));
    } else {
        REELPOOL_TRY_STATUS(check_final_name(path, overwrite, inputs));
    }
    REELPOOL_TRY_STATUS(remove_stale_part(place.part_path_));
    place.is_armed_ = true;
    return place;
}

Status OutputPlace::lock_part() {
    lock_.reset(::open(part_path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!lock_ || ::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
        is_armed_ = false;
        return unexpected(output_error(part_path_, "is being written by another export",
                                       std::strerror(errno),
                                       "wait for it, or choose another name with -o"));
    }
    return ok();
}

Status OutputPlace::commit() {
    if (kind_ != OutputKind::file) return commit_pictures();
    const UniqueFd file(::open(part_path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file || ::fsync(file.get()) != 0)
        return unexpected(output_error(part_path_, "could not be synced to disk",
                                       std::strerror(errno), "check the disk"));
    REELPOOL_TRY_STATUS(rename_file(part_path_, path_, overwrite_));
    is_armed_ = false;
    return sync_directory(directory_);
}

Status OutputPlace::commit_pictures() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(part_path_, error)) {
        const UniqueFd file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
        if (!file || ::fsync(file.get()) != 0)
            return unexpected(output_error(entry.path(), "could not be synced to disk",
                                           std::strerror(errno), "check the disk"));
    }
    std::vector<fs::path> pictures;
    for (const auto& entry : fs::directory_iterator(part_path_, error))
        pictures.push_back(entry.path());
    if (error) return unexpected(output_error(part_path_, "cannot be listed", error.message(), ""));
    for (const fs::path& picture : pictures) {
        const std::string to = kind_ == OutputKind::picture
                                   ? path_
                                   : (fs::path(directory_) / picture.filename()).string();
        REELPOOL_TRY_STATUS(rename_file(picture, to, overwrite_));
    }
    return sync_directory(directory_);
}

}  // namespace reelpool::run
