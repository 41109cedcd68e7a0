#include "ipc/shm/segment.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

#include "tests/ipc/dies.hpp"

namespace reelpool {
namespace {

constexpr std::uint64_t bytes = std::uint64_t{16} * 4096;

UniqueFd new_segment() {
    auto fd = create_segment("reelpool-test", bytes);
    REQUIRE(fd);
    return *std::move(fd);
}

/// An address range of `size` bytes in which nothing can be read or written.
class Reservation {
  public:
    explicit Reservation(std::size_t size)
        : size_(size),
          base_(static_cast<std::byte*>(::mmap(
              nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {
        REQUIRE(base_ != MAP_FAILED);
    }
    ~Reservation() { ::munmap(base_, size_); }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;
    [[nodiscard]] std::byte* at(std::size_t offset) const { return base_ + offset; }

  private:
    std::size_t size_;
    std::byte* base_;
};

/// Whether a page is mapped at all, accessible or not.
bool is_taken(std::byte* page) {
    void* const got =
        ::mmap(page, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == MAP_FAILED) return errno == EEXIST;
    ::munmap(got, 4096);
    return false;
}

/// Whether the kernel can read this page on our behalf.
bool is_readable(const std::byte* page) {
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    return ::write(writer.get(), page, 1) == 1;
}

TEST_CASE("a segment is allocated, sealed and has no name in a file system") {
    const UniqueFd fd = new_segment();
    struct stat status {};
    REQUIRE(::fstat(fd.get(), &status) == 0);
    CHECK(static_cast<std::uint64_t>(status.st_size) == bytes);
    CHECK(static_cast<std::uint64_t>(status.st_blocks) * 512 >= bytes);
    CHECK(status.st_nlink == 0);
    const int seals = ::fcntl(fd.get(), F_GET_SEALS);
    CHECK((seals & F_SEAL_SHRINK) != 0);
    CHECK((seals & F_SEAL_GROW) != 0);
    CHECK((seals & F_SEAL_SEAL) != 0);
    CHECK((::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(::ftruncate(fd.get(), 4096) != 0);
    CHECK(::ftruncate(fd.get(), static_cast<off_t>(2 * bytes)) != 0);
    CHECK(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE) != 0);
    std::array<char, PATH_MAX> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
    REQUIRE(::readlink(link.c_str(), target.data(), target.size() - 1) > 0);
    CHECK(std::string(target.data()) == "/memfd:reelpool-test (deleted)");
}

TEST_CASE("two mappings show the same bytes") {
    const UniqueFd fd = new_segment();
    const auto writer = Mapping::map(fd, bytes, Access::read_write);
    REQUIRE(writer);
    const auto ro = reopen_read_only(fd);
    REQUIRE(ro);
    const auto reader = Mapping::map(*ro, bytes, Access::read_only);
    REQUIRE(reader);
    CHECK(reader->size() == bytes);
    CHECK(writer->data() != reader->data());
    std::memset(writer->data(), 0x5a, bytes);
    CHECK(reader->data()[0] == std::byte{0x5a});
    CHECK(reader->data()[bytes - 1] == std::byte{0x5a});
}

TEST_CASE("the mapping stays when the descriptor is closed, and moves with its owner") {
    Mapping kept;
    CHECK(kept.data() == nullptr);
    CHECK(kept.size() == 0);
    {
        const UniqueFd fd = new_segment();
        auto mapping = Mapping::map(fd, bytes, Access::read_write);
        REQUIRE(mapping);
        kept = *std::move(mapping);
    }
    std::memset(kept.data(), 1, bytes);
    const std::byte* const address = kept.data();
    const Mapping moved(std::move(kept));
    CHECK(moved.data() == address);
    CHECK(moved.data()[5] == std::byte{1});
}

TEST_CASE("a size other than the announced one is refused") {
    const UniqueFd fd = new_segment();
    for (const std::uint64_t wrong : {std::uint64_t{0}, bytes - 4096, bytes + 4096, bytes - 1,
                                      std::uint64_t{1} << 40, ~std::uint64_t{0}})
        CHECK_FALSE(Mapping::map(fd, wrong, Access::read_only).has_value());
}

TEST_CASE("what a peer could still resize is refused") {
    const auto refused = [](int raw, unsigned seals) {
        const UniqueFd fd(raw);
        REQUIRE(fd);
        REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(bytes)) == 0);
        if (seals != 0) REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, seals) == 0);
        return !Mapping::map(fd, bytes, Access::read_only).has_value();
    };
    const auto memfd = [](unsigned flags) { return ::memfd_create("unsealed", flags); };
    CHECK(refused(memfd(MFD_CLOEXEC), 0));
    CHECK(refused(memfd(MFD_CLOEXEC | MFD_ALLOW_SEALING), 0));
    CHECK(refused(memfd(MFD_CLOEXEC | MFD_ALLOW_SEALING), F_SEAL_SHRINK));
    CHECK(refused(memfd(MFD_CLOEXEC | MFD_ALLOW_SEALING), F_SEAL_GROW));
    CHECK_FALSE(refused(memfd(MFD_CLOEXEC | MFD_ALLOW_SEALING), F_SEAL_SHRINK | F_SEAL_GROW));
    CHECK(refused(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), 0));
    const UniqueFd device(::open("/dev/zero", O_RDWR | O_CLOEXEC));
    CHECK_FALSE(Mapping::map(device, bytes, Access::read_only).has_value());
    CHECK_FALSE(Mapping::map(UniqueFd(), bytes, Access::read_only).has_value());
}

TEST_CASE("a read-only descriptor cannot be mapped writable") {
    const UniqueFd fd = new_segment();
    const auto ro = reopen_read_only(fd);
    REQUIRE(ro);
    CHECK((::fcntl(ro->get(), F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHECK((::fcntl(ro->get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_FALSE(Mapping::map(*ro, bytes, Access::read_write).has_value());
    CHECK(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ro->get(), 0) == MAP_FAILED);
    const auto mapping = Mapping::map(*ro, bytes, Access::read_only);
    REQUIRE(mapping);
    CHECK(::mprotect(mapping->data(), 4096, PROT_READ | PROT_WRITE) != 0);
    CHECK_FALSE(reopen_read_only(UniqueFd()).has_value());
}

TEST_CASE("a segment is mapped at a fixed address inside a reservation") {
    const Reservation range(bytes + 2 * 4096);
    const UniqueFd fd = new_segment();
    {
        const auto source = Mapping::map(fd, bytes, Access::read_write);
        REQUIRE(source);
        std::memset(source->data(), 0x77, bytes);
    }
    CHECK_FALSE(is_readable(range.at(4096)));
    {
        const auto mapping = Mapping::map(fd, bytes, Access::read_only, range.at(4096));
        REQUIRE(mapping);
        CHECK(mapping->data() == range.at(4096));
        CHECK(mapping->size() == bytes);
        CHECK(mapping->data()[bytes - 1] == std::byte{0x77});
        CHECK_FALSE(is_readable(range.at(0)));
        CHECK_FALSE(is_readable(range.at(4096 + bytes)));
    }
    // Nobody else may get the addresses when the segment goes: readable zeros take its place.
    for (std::size_t page = 0; page < bytes / 4096 + 2; ++page)
        CHECK(is_taken(range.at(page * 4096)));
    for (std::size_t page = 1; page <= bytes / 4096; ++page)
        CHECK(*range.at(page * 4096) == std::byte{0});
    CHECK_FALSE(is_readable(range.at(0)));
    CHECK_FALSE(is_readable(range.at(4096 + bytes)));
    const auto again = Mapping::map(fd, bytes, Access::read_only, range.at(0));
    REQUIRE(again);
    CHECK(again->data()[0] == std::byte{0x77});
}

TEST_CASE("a mapping anywhere is given back when it is destroyed") {
    const UniqueFd fd = new_segment();
    std::byte* address = nullptr;
    {
        const auto mapping = Mapping::map(fd, bytes, Access::read_only);
        REQUIRE(mapping);
        address = mapping->data();
        CHECK(is_taken(address));
    }
    CHECK_FALSE(is_readable(address));
}

TEST_CASE("an address that is not page-aligned is refused") {
    const Reservation range(bytes + 4096);
    const UniqueFd fd = new_segment();
    CHECK_FALSE(Mapping::map(fd, bytes, Access::read_only, range.at(100)).has_value());
    CHECK(is_taken(range.at(0)));
}

TEST_CASE("sizes that are no whole number of pages are a bug of ours") {
    CHECK(test::aborts([] { static_cast<void>(create_segment("x", 0)); }));
    CHECK(test::aborts([] { static_cast<void>(create_segment("x", 4095)); }));
}

TEST_CASE("without a free descriptor there is an error, not an abort") {
    const UniqueFd segment = new_segment();
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit none = before;
    none.rlim_cur = 0;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto fd = create_segment("reelpool-test", bytes);
    const auto ro = reopen_read_only(segment);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE_FALSE(fd.has_value());
    CHECK_FALSE(fd.error().cause.empty());
    CHECK_FALSE(ro.has_value());
}

}  // namespace
}  // namespace reelpool
