#include "orchestrator/run/media_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

namespace reelpool::run {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;
constexpr std::int64_t max_pictures = 2'000'000;

Error media_error(const std::string& subject, std::string what, std::string cause,
                  std::string hint) {
    return {.code = ErrorCode::media,
            .component = Component::project,
            .subject = subject,
            .what = std::move(what),
            .cause = std::move(cause),
            .hint = std::move(hint)};
}

/// How many single-letter changes turn one name into the other.
std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
        }
    }
    return row[b.size()];
}

/// A file in the same directory whose name is close to the missing one.
std::string near_name(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3);
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::opendir(directory.c_str()), ::closedir);
    if (!listing) return {};
    while (const dirent* entry = ::readdir(listing.get())) {
        const std::string candidate = entry->d_name;
        if (candidate == "." || candidate == ".." || candidate.size() > 255) continue;
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance || (distance == best_distance && candidate < best)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

Error open_error(const std::string& path, const std::string& subject, int error) {
    std::string hint;
    if (error == ENOENT) {
        const std::string near = near_name(path);
        hint = near.empty() ? "paths are relative to the project file's directory"
                            : "did you mean \"" + near + "\"?";
    } else if (error == EACCES) {
        hint = "make the file readable for this user";
    } else if (error == EMFILE || error == ENFILE) {
        hint = "allow more open files (ulimit -n)";
    }
    Error failure =
        media_error(subject, error == ENOENT ? "the file does not exist" : "cannot be opened",
                    std::strerror(error), std::move(hint));
    if (error == EMFILE || error == ENFILE) failure.code = ErrorCode::limit;
    return failure;
}

std::optional<bool> equal_at(int a, int b, std::uint64_t offset, std::size_t bytes) {
    std::vector<char> left(bytes);
    std::vector<char> right(bytes);
    const ssize_t got_left = ::pread(a, left.data(), bytes, static_cast<off_t>(offset));
    const ssize_t got_right = ::pread(b, right.data(), bytes, static_cast<off_t>(offset));
    if (got_left < 0 || got_right < 0) return std::nullopt;
    return got_left == got_right &&
           std::memcmp(left.data(), right.data(), static_cast<std::size_t>(got_left)) == 0;
}

bool is_same_content(int a, const struct stat& of_a, int b, const struct stat& of_b) {
    if (of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino) return true;
    if (of_a.st_size != of_b.st_size) return false;
    const auto size = static_cast<std::uint64_t>(of_a.st_size);
    constexpr std::uint64_t samples = 8;
    for (std::uint64_t i = 0; i < samples; ++i) {
        const std::uint64_t offset =
            size > block_bytes ? (size - block_bytes) * i / (samples - 1) : 0;
        if (!equal_at(a, b, offset, block_bytes).value_or(false)) return false;
    }
    for (std::uint64_t offset = 0; offset < size; offset += block_bytes * 16)
        if (!equal_at(a, b, offset, block_bytes * 16).value_or(false)) return false;
    return true;
}

Result<bool> exists(const std::string& path, const std::string& subject, const MediaRoot* root) {
    if (root != nullptr) return root->has(path, subject);
    return ::access(path.c_str(), F_OK) == 0;
}

/// The place itself, without opening what is there.
Result<UniqueFd> locate(const std::string& path, const std::string& subject,
                        const MediaRoot* root) {
    constexpr int flags = O_PATH | O_CLOEXEC;
    if (root != nullptr) return root->open_beneath(path, flags, subject);
    UniqueFd place(::open(path.c_str(), flags));
    if (!place) return unexpected(open_error(path, subject, errno));
    return place;
}

Result<std::vector<std::string>> sequence_pictures(const MediaRequest& request,
                                                   const std::string& subject) {
    std::vector<std::string> pictures;
    for (std::int64_t i = 0; i < max_pictures; ++i) {
        REELPOOL_TRY(path, numbered_path(request.path, request.first + i));
        REELPOOL_TRY(is_there, exists(path, subject, request.root.get()));
        if (!is_there) break;
        pictures.push_back(std::move(path));
    }
    if (pictures.empty()) {
        REELPOOL_TRY(path, numbered_path(request.path, request.first));
        return unexpected(media_error(subject, "the sequence's first picture does not exist", path,
                                      "set \"first\" to the number of the first picture"));
    }
    return pictures;
}

}  // namespace

Result<std::string> numbered_path(const std::string& pattern, std::int64_t number) {
    const auto bad = [&] {
        return unexpected(media_error(pattern, "the pattern needs exactly one %d or %0Nd", "",
                                      "write it like frames/shot_%04d.png; %% is a percent sign"));
    };
    std::string out;
    bool found = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%') {
            out.push_back(pattern[i]);
            continue;
        }
        if (i + 1 < pattern.size() && pattern[i + 1] == '%') {
            out.push_back('%');
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        while (end < pattern.size() && pattern[end] >= '0' && pattern[end] <= '9') ++end;
        if (found || end >= pattern.size() || pattern[end] != 'd' || end - i > 4) return bad();
        found = true;
        const std::string width_text = pattern.substr(i + 1, end - i - 1);
        const std::size_t width = width_text.empty() ? 0 : std::stoul(width_text);
        std::string digits = std::to_string(number);
        if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
        out += digits;
        i = end;
    }
    if (!found) return bad();
    return out;
}

Result<UniqueFd> open_regular(const std::string& path, const std::string& subject,
                              const MediaRoot* root) {
    if (path.find('\0') != std::string::npos)
        return unexpected(media_error(subject, "the path contains a zero character", "", ""));
    REELPOOL_TRY(place, locate(path, subject, root));
    struct stat status {};
    if (::fstat(place.get(), &status) != 0) return unexpected(open_error(path, subject, errno));
    if (S_ISDIR(status.st_mode))
        return unexpected(media_error(subject, "is a directory, not a file", "",
                                      "name a file, or an image sequence like dir/name_%04d.png"));
    if (!S_ISREG(status.st_mode))
        return unexpected(
            media_error(subject, "is not a regular file", "", "copy the data into a file first"));
    if (status.st_size == 0)
        return unexpected(media_error(subject, "the file is empty", "", "copy or render it again"));
    // The very file that was looked at, whatever lies under its name by now.
    const std::string known = "/proc/self/fd/" + std::to_string(place.get());
    UniqueFd file(::open(known.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file) return unexpected(open_error(path, subject, errno));
    return file;
}

Result<MediaFiles> open_media(const std::vector<MediaRequest>& requests) {
    MediaFiles result;
    std::vector<struct stat> identities;
    for (const MediaRequest& request : requests) {
        const std::string subject = request.name + " (" + request.path + ")";
        MediaFile opened;
        opened.path = request.path;
        opened.is_sequence = request.is_sequence;
        opened.open = {.is_sequence = request.is_sequence,
                       .alpha = request.alpha,
                       .matrix_override = request.matrix_override,
                       .range_override = request.range_override,
                       .unit = request.unit};
        opened.root = request.root;
        if (request.is_sequence) {
            REELPOOL_TRY(pictures, sequence_pictures(request, subject));
            opened.pictures = std::move(pictures);
        }
        REELPOOL_TRY(file,
                     open_regular(request.is_sequence ? opened.pictures.front() : request.path,
                                  subject, request.root.get()));
        opened.file = std::move(file);
        struct stat status {};
        const auto identity = identity_of(opened.file);
        if (!identity || ::fstat(opened.file.get(), &status) != 0)
            return unexpected(open_error(request.path, subject, errno));
        opened.identity = *identity;

        std::optional<MediaId> known;
        for (std::size_t i = 0; i < result.files.size() && !known; ++i) {
            const MediaFile& other = result.files[i];
            if (other.open != opened.open || other.pictures != opened.pictures) continue;
            if (is_same_content(other.file.get(), identities[i], opened.file.get(), status))
                known = other.id;
        }
        if (!known) {
            known = MediaId{static_cast<std::uint32_t>(result.files.size())};
            opened.id = *known;
            result.files.push_back(std::move(opened));
            identities.push_back(status);
        }
        result.by_request.push_back(*known);
    }
    return result;
}

}  // namespace reelpool::run
