#include "orchestrator/cli/error_block.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "orchestrator/cli/shown_text.hpp"

namespace reelpool::cli {

std::string error_block(const Error& error) {
    std::string block = "reelpool: error: " + printable(error.what) + "\n";
    // Continuation lines keep to the column.
    const auto line = [&](const char* name, std::string_view text) {
        const char* before = name;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            block += "  ";
            block += before;
            block += printable(text.substr(0, end)) + "\n";
            before = "            ";
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    };
    line("component:  ", component_name(error.component));
    // File names are other people's words: one line, whatever is in them.
    line("where:      ", printable(error.subject));
    line("cause:      ", error.cause);
    line("suggestion: ", error.hint);
    return block;
}

void print_warning(const std::string& message) {
    std::fprintf(stderr, "reelpool: warning: %s\n", printable(message).c_str());
}

Error exhausted(const std::system_error& error) {
    Error told = errno_error(Component::planner, "the system has no room for another one",
                             error.code().value());
    told.subject = "descriptors, threads";
    told.hint = "allow more (ulimit -n, ulimit -u), or close other programs";
    return told;
}

int report_error(const Error& error) {
    const std::string block = error_block(error);
    std::fwrite(block.data(), 1, block.size(), stderr);
    return static_cast<int>(error.code);
}

}  // namespace reelpool::cli
