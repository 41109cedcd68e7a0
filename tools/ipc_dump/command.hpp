#pragma once

#include <string>
#include <vector>

namespace reelpool::ipc_dump {

/// What ipc-dump prints and how it ends.
struct Answer {
    int exit_code = 0;  ///< 0 done; 2 usage, several runs among them; 4 no run that can be shown
    std::string output;
    std::string errors;
};

/// The whole tool. `arguments` are those after the program's name.
[[nodiscard]] Answer run(const std::vector<std::string>& arguments);

}  // namespace reelpool::ipc_dump
