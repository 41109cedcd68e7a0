#include "orchestrator/cli/parse_values.hpp"

#include <doctest/doctest.h>

using namespace reelpool;
using namespace reelpool::cli;

TEST_CASE("sizes of memory") {
    CHECK(*parse_bytes("--x", "500MB") == std::uint64_t{500} << 20);
    CHECK(*parse_bytes("--x", "2gb") == std::uint64_t{2} << 30);
    CHECK(*parse_bytes("--x", "4096") == 4096);
    for (const char* bad : {"", "MB", "0", "-1MB", "1.5GB", "5TB", "99999999999GB"}) {
        CAPTURE(bad);
        CHECK(parse_bytes("--x", bad).error().code == ErrorCode::usage);
    }
}

TEST_CASE("a directory for the disk cache, and its size") {
    const auto parsed = [](const char* text) { return *parse_disk_cache("--x", text); };
    CHECK(parsed("/scratch") == std::pair(std::string("/scratch"), std::uint64_t{4} << 30));
    CHECK(parsed("/scratch:8gb") == std::pair(std::string("/scratch"), std::uint64_t{8} << 30));
    CHECK(parsed("a:b:64MB") == std::pair(std::string("a:b"), std::uint64_t{64} << 20));
    CHECK(parsed("a:b") == std::pair(std::string("a:b"), std::uint64_t{4} << 30));
    for (const char* bad : {"", ":4GB", "/scratch:0", "/scratch:4XB", "/scratch:1.5GB"}) {
        CAPTURE(bad);
        CHECK(parse_disk_cache("--x", bad).error().code == ErrorCode::usage);
    }
}

TEST_CASE("rates, times, sizes and ranges") {
    CHECK(*parse_fraction("--fps", "30000/1001") == Rational(30000, 1001));
    CHECK(*parse_fraction("--fps", "29.97") == Rational(2997, 100));
    CHECK(*parse_fraction("--time", "0.1s") == Rational(1, 10));
    CHECK_FALSE(parse_fraction("--fps", "1/0"));
    CHECK_FALSE(parse_fraction("--fps", "-3"));
    CHECK(parse_size("--size", "1280x720")->second == 720);
    CHECK_FALSE(parse_size("--size", "1280"));
    CHECK_FALSE(parse_size("--size", "0x10"));
    CHECK(parse_range("--range", "2s..8.5s")->second == Rational(17, 2));
    CHECK_FALSE(parse_range("--range", "3..3"));
    CHECK(*parse_bitrate("--bitrate", "4500k") == 4'500'000);
}
