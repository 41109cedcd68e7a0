// Projects thrown by dice, against the reference: what nobody thought of testing.
#include "random_project.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "export_fixture.hpp"
#include "random_media.hpp"
#include "tests/sanitized.hpp"

namespace reelpool::export_test {

TEST_CASE("random projects look as the reference says") {
    const TempFolder folder;
    make_random_media(folder.path());
    unsigned seeds = test::is_sanitized() ? 4 : 12;
    if (std::getenv("REELPOOL_LONG") != nullptr) seeds = 150;
    const char* only = std::getenv("REELPOOL_SEED");  // to look at one again
    const unsigned first = only == nullptr ? 1 : static_cast<unsigned>(std::atoi(only));
    if (only != nullptr) seeds = 1;
    for (unsigned seed = first; seed < first + seeds; ++seed) {
        CAPTURE(seed);
        check_against_reference(folder, {.project = random_project(seed)},
                                {0, 3, 8, random_project_frames - 1});
    }
}

}  // namespace reelpool::export_test
