#pragma once

#include <cstdint>
#include <map>

#include "ipc/frame/draw_list.hpp"

namespace reelpool::run {

/// Output frames that took long to composite, by the comp that most was drawn for.
class SlowFrames {
  public:
    static constexpr std::uint64_t slow_us = 100'000;

    struct OfComp {
        std::uint32_t frames = 0;
        std::uint64_t worst_us = 0;
        OutputIndex worst;
    };

    void note(const DrawList& list, std::uint32_t width_px, std::uint32_t height_px,
              std::uint64_t composite_us);

    void add(const SlowFrames& other);

    /// By index of the project's comps.
    [[nodiscard]] const std::map<std::uint32_t, OfComp>& by_comp() const { return by_comp_; }

  private:
    std::map<std::uint32_t, OfComp> by_comp_;
};

}  // namespace reelpool::run
