#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ipc/base/result.hpp"
#include "tools/seek_stress/stress.hpp"

namespace reelpool::seek_stress {

/// What the command line says.
struct CommandLine {
    StressOptions options;
    std::vector<std::string> files;
    bool wants_help = false;
};

/// Errors: usage. `arguments` are those after the program's name.
[[nodiscard]] Result<CommandLine> parse(const std::vector<std::string>& arguments);

/// The lines that tell what was found about one file.
[[nodiscard]] std::string describe(const std::string& path, const StressOptions& options,
                                   const StressReport& report);

/// Where the tool writes its lines, each as soon as it is known.
struct Outputs {
    std::function<void(const std::string&)> text;
    std::function<void(const std::string&)> errors;
};

/// The whole tool. Its exit code: 0 clean; 2 usage; 4 a file cannot be used; 5 mismatches.
[[nodiscard]] int run(const std::vector<std::string>& arguments, const Outputs& outputs);

}  // namespace reelpool::seek_stress
