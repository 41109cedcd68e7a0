#include "compositor/encode/png_sequence.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "compositor/encode/file_io.hpp"
#include "compositor/encode/verify.hpp"

namespace reelpool::compositor {
namespace {

/// `pattern` has exactly one "%d" or "%0Nd" (validate has seen to it).
std::string numbered_name(const std::string& pattern, std::uint32_t number) {
    const std::size_t percent = pattern.find('%');
    const std::size_t end = pattern.find('d', percent);
    std::string digits = std::to_string(number);
    const auto width =
        static_cast<std::size_t>(std::atoi(pattern.substr(percent + 1, end - percent).c_str()));
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    return pattern.substr(0, percent) + digits + pattern.substr(end + 1);
}

class PngSequence final : public PacketSink {
  public:
    PngSequence(const OutputSettings& settings, UniqueFd directory)
        : settings_(settings), directory_(std::move(directory)) {}
    ~PngSequence() override;

    Status begin() override { return ok(); }
    Status write(AVPacket& packet) override;
    Result<std::uint64_t> finish(std::uint32_t frames) override;
    std::uint64_t bytes_written() const override { return bytes_written_; }

  private:
    std::string name_of(std::uint32_t number) const {
        return numbered_name(settings_.png_pattern, number);
    }
    std::string path_of(std::uint32_t number) const {
        return settings_.part_path + "/" + name_of(number);
    }
    Status verify(std::uint32_t number) const;

    OutputSettings settings_;
    UniqueFd directory_;
    std::uint32_t files_ = 0;  ///< created, also if their writing failed
    std::atomic<std::uint64_t> bytes_written_{0};
    bool kept_ = false;
};

PngSequence::~PngSequence() {
    if (kept_) return;
    for (std::uint32_t number = 0; number < files_; ++number)
        ::unlinkat(directory_.get(), name_of(number).c_str(), 0);
    ::rmdir(settings_.part_path.c_str());
}

Status PngSequence::write(AVPacket& packet) {
    const std::uint32_t number = files_;
    if (packet.pts != std::int64_t{number})
        return unexpected(internal_error(Component::output, "pictures come out of order"));
    UniqueFd file(::openat(directory_.get(), name_of(number).c_str(),
                           O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!file) return unexpected(file_error(path_of(number), "cannot create a picture", errno));
    ++files_;
    int reason = write_fully(file.get(), packet.data, static_cast<std::size_t>(packet.size));
    // Some file systems report a full disk only here.
    if (::close(file.release()) != 0 && reason == 0) reason = errno;
    if (reason != 0)
        return unexpected(file_error(path_of(number), "cannot write a picture", reason));
    bytes_written_ += static_cast<std::uint64_t>(packet.size);
    return ok();
}

Status PngSequence::verify(std::uint32_t number) const {
    const UniqueFd file(::openat(directory_.get(), name_of(number).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return unexpected(file_error(path_of(number), "cannot read a picture back", errno));
    return verify_picture(file.get(), path_of(number), settings_.codec, settings_.format);
}

Result<std::uint64_t> PngSequence::finish(std::uint32_t frames) {
    // One call for all files: an fsync of each would wait for the disk thousands of times.
    if (::syncfs(directory_.get()) != 0 || ::fsync(directory_.get()) != 0)
        return unexpected(
            file_error(settings_.part_path, "cannot bring the output to the disk", errno));
    REELPOOL_CHECK(files_ == frames && frames > 0);
    REELPOOL_TRY_STATUS(verify(0));
    REELPOOL_TRY_STATUS(verify(frames - 1));
    kept_ = true;
    return bytes_written_.load();
}

}  // namespace

Result<std::unique_ptr<PacketSink>> open_png_sequence(const OutputSettings& settings) {
    const std::string& path = settings.part_path;
    if (::mkdir(path.c_str(), 0777) != 0) {
        const int reason = errno;
        return unexpected(file_error(path,
                                     reason == EEXIST
                                         ? "the folder of the unfinished output exists already"
                                         : "cannot create the output's folder",
                                     reason));
    }
    UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
        const int reason = errno;
        ::rmdir(path.c_str());
        return unexpected(file_error(path, "cannot open the output's folder", reason));
    }
    return std::unique_ptr<PacketSink>(
        std::make_unique<PngSequence>(settings, std::move(directory)));
}

}  // namespace reelpool::compositor
