#include "orchestrator/run/scratch_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace reelpool::run {
namespace {

Unexpected refusal(const std::string& directory, int errno_value) {
    return unexpected({.code = ErrorCode::output,
                       .component = Component::frame_cache,
                       .subject = directory,
                       .what = "the disk cache cannot be made there",
                       .cause = std::strerror(errno_value),
                       .hint = "name a directory that exists and can be written to with "
                               "--disk-cache, or leave it out"});
}

/// For file systems that make no files without a name. One that is killed between these two lines
/// leaves an empty file.
Result<UniqueFd> open_and_unlink(const std::string& directory) {
    std::string path = directory + "/reelpool-disk-cache-XXXXXX";
    UniqueFd file(::mkostemp(path.data(), O_CLOEXEC));
    if (!file || ::unlink(path.c_str()) != 0) return refusal(directory, errno);
    return file;
}

}  // namespace

Result<UniqueFd> open_scratch_file(const std::string& directory) {
    UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600));
    if (file) return file;
    const bool may_have_a_name = errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL;
    if (may_have_a_name) return open_and_unlink(directory);
    return refusal(directory, errno);
}

}  // namespace reelpool::run
