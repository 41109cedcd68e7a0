#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace reelpool::test {

/// Numbers that look random and are the same in every run.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    [[nodiscard]] std::uint64_t bits() { return engine_(); }
    /// 0 .. limit - 1
    [[nodiscard]] std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
    /// low .. high
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
    }
    [[nodiscard]] bool one_in(std::uint64_t n) { return below(n) == 0; }
    template <class Unsigned>
    [[nodiscard]] Unsigned any() {
        return static_cast<Unsigned>(engine_());
    }

  private:
    std::mt19937_64 engine_;
};

}  // namespace reelpool::test
