#pragma once

#include <cstdlib>
#include <string_view>

namespace reelpool::test {

/// Whether the program under test is built with a sanitizer. These make everything several times
/// slower; they look for other faults than wrong pictures, and find them in fewer cases. The release
/// build runs them all. The environment says it (tests/meson.build), as a test that drives the
/// finished program need not be built as that is.
inline bool is_sanitized() {
    const char* value = std::getenv("REELPOOL_SANITIZED");
    return value != nullptr && std::string_view(value) == "1";
}

}  // namespace reelpool::test
