#include "ipc/base/result.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string>

#include "ipc/base/ids.hpp"
#include "ipc/base/unique_fd.hpp"
#include "tests/ipc/dies.hpp"

namespace reelpool {
namespace {

Error sample_error() {
    return {.code = ErrorCode::media,
            .component = Component::worker,
            .subject = "clip a",
            .what = "cannot be opened",
            .cause = "No such file",
            .hint = "check the path"};
}

Result<int> half(int value) {
    if (value % 2 != 0) return unexpected(sample_error());
    return value / 2;
}

Result<int> quarter(int value) {
    REELPOOL_TRY(once, half(value));
    REELPOOL_TRY(twice, half(once));
    return twice;
}

Status must_be_even(int value, int& steps) {
    REELPOOL_TRY_STATUS(half(value));
    ++steps;
    return ok();
}

Result<std::unique_ptr<int>> boxed(int value) {
    REELPOOL_TRY(number, half(value));
    return std::make_unique<int>(number);
}

TEST_CASE("a result holds a value or an error") {
    const Result<int> good = half(8);
    REQUIRE(good.has_value());
    CHECK(static_cast<bool>(good));
    CHECK(good.value() == 4);
    CHECK(*good == 4);
    const Result<int> bad = half(7);
    REQUIRE_FALSE(bad.has_value());
    CHECK(bad.error() == sample_error());
    Result<std::string> text = std::string("abc");
    CHECK(text->size() == 3);
    text.value() += "d";
    CHECK(std::move(text).value() == "abcd");
    const Result<Error> error_as_value = sample_error();
    CHECK(error_as_value.has_value());
}

TEST_CASE("TRY passes errors on and values through, also of move-only types") {
    CHECK(quarter(8).value() == 2);
    CHECK(quarter(6).error() == sample_error());
    CHECK(quarter(5).error() == sample_error());
    int steps = 0;
    CHECK(must_be_even(2, steps).has_value());
    CHECK_FALSE(must_be_even(3, steps).has_value());
    CHECK(steps == 1);
    auto box = boxed(10);
    REQUIRE(box);
    CHECK(**box == 5);
    const std::unique_ptr<int> taken = *std::move(box);
    CHECK(*taken == 5);
    CHECK_FALSE(boxed(11).has_value());
}

TEST_CASE("an error is one line of text") {
    CHECK(to_string(sample_error()) ==
          "Worker: clip a: cannot be opened (No such file); check the path");
    CHECK(to_string({.code = ErrorCode::internal,
                     .component = Component::planner,
                     .subject = {},
                     .what = "went wrong",
                     .cause = {},
                     .hint = {}}) == "Planner: went wrong");
    const Error failed = errno_error(Component::output, "open failed", ENOSPC);
    CHECK(failed.cause == std::strerror(ENOSPC));
    CHECK(failed.component == Component::output);
    CHECK(failed.what == "open failed");
}

TEST_CASE("codes are the program's exit codes, components have names") {
    CHECK(static_cast<int>(ErrorCode::internal) == 1);
    CHECK(static_cast<int>(ErrorCode::usage) == 2);
    CHECK(static_cast<int>(ErrorCode::project) == 3);
    CHECK(static_cast<int>(ErrorCode::media) == 4);
    CHECK(static_cast<int>(ErrorCode::decode) == 5);
    CHECK(static_cast<int>(ErrorCode::render) == 6);
    CHECK(static_cast<int>(ErrorCode::output) == 7);
    CHECK(static_cast<int>(ErrorCode::limit) == 8);
    CHECK(static_cast<int>(ErrorCode::retryable) == 75);
    CHECK(static_cast<int>(ErrorCode::cancelled) == 130);
    std::set<std::string> names;
    for (int c = 0; c <= static_cast<int>(Component::output); ++c)
        names.insert(component_name(static_cast<Component>(c)));
    CHECK(names.size() == 9);
    CHECK(names.count("NestedRenderer") == 1);
}

TEST_CASE("a broken invariant ends the process") {
    CHECK(test::aborts([] { REELPOOL_CHECK(1 + 1 == 3); }));
    CHECK_FALSE(test::aborts([] { REELPOOL_CHECK(1 + 1 == 2); }));
}

TEST_CASE("ids of one kind are ordered, hashed and equal by value") {
    CHECK(MediaId{3} == MediaId{3});
    CHECK(MediaId{3} < MediaId{4});
    CHECK(std::hash<MediaId>{}(MediaId{7}) == std::hash<std::uint32_t>{}(7));
    static_assert(!std::is_convertible_v<MediaId, SegmentId>);
    static_assert(!std::is_convertible_v<std::uint32_t, MediaId>);
}

TEST_CASE("a descriptor is closed once, by its last owner") {
    const auto is_open = [](int fd) { return ::fcntl(fd, F_GETFD) >= 0; };
    UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    REQUIRE(first);
    const int number = first.get();
    UniqueFd second(std::move(first));
    CHECK_FALSE(first);  // NOLINT: a moved-from owner owns nothing
    CHECK(second.get() == number);
    UniqueFd& same = second;
    second = std::move(same);
    CHECK(is_open(number));
    {
        const UniqueFd third(std::move(second));
        CHECK(is_open(number));
    }
    CHECK_FALSE(is_open(number));
    UniqueFd fourth(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int released = fourth.release();
    fourth.reset();
    CHECK(is_open(released));
    ::close(released);
}

}  // namespace
}  // namespace reelpool
