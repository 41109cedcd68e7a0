#include "orchestrator/cli/error_block.hpp"

#include <cstdio>

namespace reelpool::cli {

std::string error_block(const Error& error) {
    std::string block = "reelpool: error: " + error.what + "\n";
    const auto line = [&](const char* name, const std::string& text) {
        if (text.empty()) return;
        block += "  ";
        block += name;
        // Continuation lines keep to the column.
        for (const char c : text) {
            block += c;
            if (c == '\n') block += "              ";
        }
        block += '\n';
    };
    line("component:  ", component_name(error.component));
    line("where:      ", error.subject);
    line("cause:      ", error.cause);
    line("suggestion: ", error.hint);
    return block;
}

int report_error(const Error& error) {
    const std::string block = error_block(error);
    std::fwrite(block.data(), 1, block.size(), stderr);
    return static_cast<int>(error.code);
}

}  // namespace reelpool::cli
