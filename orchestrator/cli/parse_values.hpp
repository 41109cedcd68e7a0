#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "ipc/base/rational.hpp"
#include "ipc/base/result.hpp"

/// The values of command line options. Errors: code usage, naming the option.
namespace reelpool::cli {

/// "500MB", "2GB", "800KB" or "1500000" -> bytes; units are powers of 1024.
[[nodiscard]] Result<std::uint64_t> parse_bytes(const std::string& option, const std::string& text);

/// "/scratch:8GB" or "/scratch" -> directory and bytes, 4 GB unless named. What follows the last
/// colon is a size if it begins with a digit.
[[nodiscard]] Result<std::pair<std::string, std::uint64_t>> parse_disk_cache(
    const std::string& option, const std::string& text);

/// "8M", "4500k" or "4500000" -> bits per second; units are powers of 1000.
[[nodiscard]] Result<std::uint64_t> parse_bitrate(const std::string& option,
                                                  const std::string& text);

/// "1280x720" -> width and height.
[[nodiscard]] Result<std::pair<std::uint32_t, std::uint32_t>> parse_size(const std::string& option,
                                                                         const std::string& text);

/// "30", "29.97" or "30000/1001" -> an exact positive fraction; a trailing "s" is allowed.
[[nodiscard]] Result<Rational> parse_fraction(const std::string& option, const std::string& text);

/// "2s..8s" -> begin and end in seconds, end after begin.
[[nodiscard]] Result<std::pair<Time, Time>> parse_range(const std::string& option,
                                                        const std::string& text);

}  // namespace reelpool::cli
