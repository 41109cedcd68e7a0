#include <string>

#include "orchestrator/run/export_journal.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// The manifest of an interrupted export: what is accepted, of a torn one what was saved, says the
// same when it is written again.

using namespace reelpool;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto manifest = run::parse_manifest({reinterpret_cast<const char*>(data), size});
    if (!manifest) {
        fuzz::require(!manifest.error().what.empty());
        return 0;
    }
    const auto again = run::parse_manifest(run::manifest_text(manifest->facts, manifest->segments));
    fuzz::require(again.has_value() && !again->is_torn && again->facts == manifest->facts &&
                  again->segments == manifest->segments);
    return 0;
}
