#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "orchestrator/cli/report.hpp"
#include "orchestrator/run/exporter.hpp"

namespace reelpool::cli {

/// Warns of sound that files do not have, or that could not be decoded.
void add_sound_warnings(const run::SoundDecoding& decoding, const std::vector<std::string>& paths,
                        std::vector<Warning>& warnings);

/// The same for the report: what decoding the sound of file number `file` came to.
[[nodiscard]] nlohmann::ordered_json sound_losses_json(const run::ExportResult& result,
                                                       std::size_t file);

}  // namespace reelpool::cli
