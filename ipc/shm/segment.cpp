#include "ipc/shm/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <cerrno>
#include <utility>

#include "ipc/base/file_status.hpp"

namespace reelpool {
namespace {

namespace bip = boost::interprocess;

/// What mapped_region asks of a memory object: a handle and a mode. The descriptor stays ours.
class BorrowedMemfd {
  public:
    BorrowedMemfd(int fd, bip::mode_t mode) : fd_(fd), mode_(mode) {}
    [[nodiscard]] bip::mapping_handle_t get_mapping_handle() const { return {fd_, false}; }
    [[nodiscard]] bip::mode_t get_mode() const { return mode_; }

  private:
    int fd_;
    bip::mode_t mode_;
};

constexpr unsigned required_seals = F_SEAL_SHRINK | F_SEAL_GROW;

}  // namespace

Result<UniqueFd> create_segment(const std::string& label, std::uint64_t bytes) {
    REELPOOL_CHECK(bytes > 0 && bytes % 4096 == 0);
    UniqueFd fd(::memfd_create(label.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return unexpected(errno_error(Component::frame_cache, "memfd_create failed", errno));
    int error = 0;
    do {
        error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
    } while (error == EINTR);
    if (error != 0)
        return unexpected(errno_error(
            Component::frame_cache,
            "could not allocate " + std::to_string(bytes >> 20) + " MiB of shared memory", error));
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return unexpected(errno_error(Component::frame_cache, "sealing a memfd failed", errno));
    return fd;
}

Result<UniqueFd> reopen_read_only(const UniqueFd& segment) {
    const std::string path = "/proc/self/fd/" + std::to_string(segment.get());
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return unexpected(
            errno_error(Component::frame_cache, "reopening a memfd read-only failed", errno));
    return fd;
}

void Mapping::Unmap::operator()(bip::mapped_region* region) const {
    constexpr int reservation = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
    if (keeps_reservation && ::mmap(region->get_address(), region->get_size(), PROT_READ,
                                    reservation, -1, 0) != MAP_FAILED) {
        // Its destructor would unmap the reservation, and it has nothing else to do.
        ::operator delete(region);
        return;
    }
    delete region;
}

Mapping::Mapping() = default;
Mapping::Mapping(Mapping&&) noexcept = default;
Mapping& Mapping::operator=(Mapping&&) noexcept = default;
Mapping::~Mapping() = default;

Result<Mapping> Mapping::map(const UniqueFd& segment, std::uint64_t bytes, Access access,
                             void* fixed_address) {
    const int seals = ::fcntl(segment.get(), F_GET_SEALS);
    struct stat status {};
    const bool sealed =
        seals >= 0 && (static_cast<unsigned>(seals) & required_seals) == required_seals;
    if (!sealed || file_status(segment.get(), status) != 0 ||
        static_cast<std::uint64_t>(status.st_size) != bytes)
        return unexpected({.code = ErrorCode::internal,
                           .component = Component::frame_cache,
                           .subject = {},
                           .what = "a segment is not a sealed memfd of the announced size",
                           .cause = {},
                           .hint = {}});
    const bip::mode_t mode = access == Access::read_only ? bip::read_only : bip::read_write;
    try {
        Mapping mapping;
        // With a fixed address, options replace Boost's default, which never replaces a mapping.
        const bip::map_options_t options =
            fixed_address != nullptr
                ? static_cast<bip::map_options_t>(MAP_SHARED | MAP_FIXED | MAP_POPULATE)
                : bip::default_map_options;
        mapping.region_ = {new bip::mapped_region(BorrowedMemfd(segment.get(), mode), mode, 0,
                                                  bytes, fixed_address, options),
                           Unmap{.keeps_reservation = fixed_address != nullptr}};
        return mapping;
    } catch (const bip::interprocess_exception& error) {
        return unexpected({.code = ErrorCode::retryable,
                           .component = Component::frame_cache,
                           .subject = {},
                           .what = "mapping a segment failed",
                           .cause = error.what(),
                           .hint = {}});
    }
}

std::byte* Mapping::data() const {
    return region_ ? static_cast<std::byte*>(region_->get_address()) : nullptr;
}

std::size_t Mapping::size() const {
    return region_ ? region_->get_size() : 0;
}

}  // namespace reelpool
