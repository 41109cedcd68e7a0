// Runs the tests of the real program; without one they are skipped, and meson counts the skip.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

#include "export_fixture.hpp"

int main(int argc, char** argv) {
    if (reelpool::export_test::reelpool_program().empty()) {
        std::puts("SKIPPED: REELPOOL_BIN does not name a reelpool program");
        return 77;
    }
    return doctest::Context(argc, argv).run();
}
