#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/cli/plan_report.hpp"

/// What the terminal and the page say in the same words.
namespace reelpool::cli {

/// Above this amplification a file is worth a look.
constexpr double wasteful_amplification = 1.1;
[[nodiscard]] bool is_wasteful(const plan::MediaForecast& media);

/// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t number);
/// Of 2^20 bytes as everywhere on the command line, rounded up: "500MB"
[[nodiscard]] std::string megabytes_of(std::uint64_t bytes);
/// "1.02"
[[nodiscard]] std::string fixed(double number, int decimals);
/// "1 file", "2 files"
[[nodiscard]] std::string counted(std::uint64_t number, const char* one, const char* many);

/// When an output frame begins. Units: seconds.
[[nodiscard]] double seconds_at(const PlanReport& report, std::uint32_t output);
[[nodiscard]] double seconds_of_output(const PlanReport& report);

/// "0.00-4.20", seconds of the output from the span's begin to its end.
[[nodiscard]] std::vector<std::string> output_ranges(const PlanReport& report,
                                                     const plan::MediaForecast& media);
/// "17" or "17-90", source frames.
[[nodiscard]] std::vector<std::string> source_ranges(const plan::MediaForecast& media);

/// "a, b and 7 more"
[[nodiscard]] std::string listed(const std::vector<std::string>& items, std::size_t most);
/// The same with as many items as fit into the columns, at least one.
[[nodiscard]] std::string listed_within(const std::vector<std::string>& items, std::size_t columns);

/// The path of the file, printable.
[[nodiscard]] std::string path_of(const PlanReport& report, const plan::MediaForecast& media);

/// Indices into forecast.media, what wastes most first.
[[nodiscard]] std::vector<std::size_t> by_waste(const plan::Forecast& forecast);

/// Whether decoding goes well, and if not, why and what would help; one sentence each.
[[nodiscard]] std::vector<std::string> advice_of(const PlanReport& report);

}  // namespace reelpool::cli
