#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "orchestrator/run/exporter.hpp"

namespace reelpool::cli {

/// Segments of the output.
struct SegmentCounts {
    std::uint32_t total = 0;
    std::uint32_t reused = 0;    ///< of an earlier export
    std::uint32_t rendered = 0;  ///< and brought to the disk
    std::uint32_t kept = 0;      ///< that a later export can reuse
};

struct Warning {
    std::string code;
    std::string message;
};

/// What the report needs to know besides the measurements.
struct ReportContext {
    std::string engine;
    std::string engine_reason;
    double seconds = 0;              ///< length of the output
    std::uint64_t cache_bytes = 0;   ///< --cache-size
    std::uint64_t frames_bytes = 0;  ///< what decoded frames may take of it
    SegmentCounts segments{};
    std::optional<SoundSettings> sound{};  ///< of the output
    std::uint32_t compositor_restarts = 0;
    std::vector<std::string> paths{};  ///< by MediaId
    std::vector<std::string> comps{};  ///< names, as the project numbers them
    std::vector<Warning> warnings{};
    std::optional<Error> error{};
    std::optional<SandboxLevel> sandbox{};  ///< of the workers
};

[[nodiscard]] nlohmann::ordered_json error_json(const Error& error);

/// The export's result as one JSON object; docs/report.md describes every field.
/// `result`: nothing when the export failed before it began.
[[nodiscard]] std::string report_json(const ReportContext& context,
                                      const std::optional<run::ExportResult>& result);

/// CPU time of copies, mapping and messages over that of all processes; 0 if nothing was measured.
[[nodiscard]] double transfer_overhead(const run::ExportResult& result);

/// 1 - re-decodes / repeat wants; 1 if there are none.
[[nodiscard]] double hit_rate(const run::ExportResult& result);

[[nodiscard]] Status write_report(const std::string& path, const std::string& json);

}  // namespace reelpool::cli
