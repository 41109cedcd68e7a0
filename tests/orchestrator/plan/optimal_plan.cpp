#include "optimal_plan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <unordered_map>

namespace reelpool::plan::test {
namespace {

constexpr std::uint32_t most_cursors = 3;
using FrameSet = std::uint32_t;

FrameSet one(std::uint32_t frame) {
    return FrameSet{1} << frame;
}
/// Frames [first, end).
FrameSet span(std::uint32_t first, std::uint32_t end) {
    return first >= end ? 0 : (one(end) - 1) & ~(one(first) - 1);
}
std::uint32_t size_of(FrameSet set) {
    return static_cast<std::uint32_t>(std::popcount(set));
}

/// After an output frame: what is cached, and where the cursors stand.
struct State {
    FrameSet cached = 0;
    /// The frames that come out next; 0: no such cursor. Descending.
    std::array<std::uint8_t, most_cursors> positions{};
    [[nodiscard]] std::uint64_t packed() const {
        std::uint64_t bits = cached;
        for (std::size_t i = 0; i < most_cursors; ++i)
            bits |= std::uint64_t{positions[i]} << (32 + 8 * i);
        return bits;
    }
    [[nodiscard]] static State unpacked(std::uint64_t bits) {
        State state{static_cast<FrameSet>(bits), {}};
        for (std::size_t i = 0; i < most_cursors; ++i)
            state.positions[i] = static_cast<std::uint8_t>(bits >> (32 + 8 * i));
        return state;
    }
};

/// Goes through the output frames and knows, after each, every state that can still lead to the
/// cheapest plan, with the least that it takes to get there.
class Search {
  public:
    Search(const SmallCase& small, std::uint32_t seek_weight, std::uint32_t at_most)
        : small_(small),
          seek_weight_(seek_weight),
          at_most_(at_most),
          wanted_later_(small.wants.size()) {
        FrameSet later = 0;
        for (std::size_t n = small.wants.size(); n-- > 0;) {
            wanted_later_[n] = later;
            for (const std::uint32_t frame : small.wants[n]) later |= one(frame);
        }
    }

    std::uint32_t least() {
        Costs before{{State{}.packed(), 0}};
        for (std::size_t n = 0; n < small_.wants.size(); ++n) {
            after_.clear();
            output_ = n;
            FrameSet wants = 0;
            for (const std::uint32_t frame : small_.wants[n]) wants |= one(frame);
            for (const auto& [bits, cost] : before) {
                const State state = State::unpacked(bits);
                const FrameSet at_hand = wants & state.cached;
                // Some may be dropped all the same, for those that come by with them.
                for (FrameSet dropped = at_hand;; dropped = (dropped - 1) & at_hand) {
                    decode(state, wants, (wants & ~at_hand) | dropped, cost);
                    if (dropped == 0) break;
                }
            }
            std::swap(before, after_);
        }
        std::uint32_t best = at_most_;
        for (const auto& [bits, cost] : before) best = std::min(best, cost);
        return best;
    }

  private:
    using Costs = std::unordered_map<std::uint64_t, std::uint32_t>;

    /// Decodes `missing` in every order and by every way; all that is passed is in state.cached.
    void decode(const State& state, FrameSet wants, FrameSet missing, std::uint32_t cost) {
        if (missing == 0) {
            keep(state, wants, cost);
            return;
        }
        for (FrameSet rest = missing; rest != 0; rest &= rest - 1) {
            const auto frame = static_cast<std::uint32_t>(std::countr_zero(rest));
            const std::uint32_t keyframe = frame - frame % small_.keyframe_interval;
            for (std::size_t i = 0; i < small_.cursors; ++i) {
                const std::uint32_t position = state.positions[i];
                if (position > 0 && position <= frame + 1)
                    move(state, wants, missing, cost, {i, position, frame});
                // Of those that do not exist one is like the other.
                if (i > 0 && position == 0 && state.positions[i - 1] == 0) continue;
                move(state, wants, missing, cost + seek_weight_, {i, keyframe, frame});
            }
        }
    }

    struct Move {
        std::size_t cursor;
        std::uint32_t from;
        std::uint32_t to;  ///< inclusive
    };
    void move(State state, FrameSet wants, FrameSet missing, std::uint32_t cost, const Move& move) {
        cost += move.to + 1 - move.from;
        if (cost >= at_most_) return;
        const FrameSet passed = span(move.from, move.to + 1) | one(move.to);
        state.cached |= passed;
        state.positions[move.cursor] = static_cast<std::uint8_t>(move.to + 1);
        decode(state, wants, missing & ~passed, cost);
    }

    /// Keeps as much as there is room for, in every way there is.
    void keep(State state, FrameSet wants, std::uint32_t cost) {
        const FrameSet later = wanted_later_[output_];
        for (std::uint8_t& position : state.positions)
            if (position > 0 && span(0, position - 1U) == (span(0, position - 1U) | later))
                position = 0;  // it has nothing more to do
        std::sort(state.positions.rbegin(), state.positions.rend());
        const FrameSet offered = state.cached & later & ~wants;
        const std::uint32_t room = small_.slots - size_of(wants);
        choose(state, wants & later, offered, std::min(room, size_of(offered)), cost);
    }

    void choose(State& state, FrameSet kept, FrameSet offered, std::uint32_t count,
                std::uint32_t cost) {
        if (count == 0) {
            state.cached = kept;
            note(state, cost);
            return;
        }
        const FrameSet next = offered & ~(offered - 1);
        choose(state, kept | next, offered & ~next, count - 1, cost);
        if (size_of(offered) > count) choose(state, kept, offered & ~next, count, cost);
    }

    void note(const State& state, std::uint32_t cost) {
        // What is wanted later and not at hand must be decoded.
        FrameSet at_hand = state.cached;
        for (const std::uint8_t position : state.positions)
            if (position > 0) at_hand |= one(position - 1U);
        if (cost + size_of(wanted_later_[output_] & ~at_hand) >= at_most_) return;
        const auto [entry, is_new] = after_.try_emplace(state.packed(), cost);
        if (!is_new) entry->second = std::min(entry->second, cost);
    }

    const SmallCase& small_;
    std::uint32_t seek_weight_;
    std::uint32_t at_most_;
    std::vector<FrameSet> wanted_later_;  ///< after each output frame
    std::size_t output_ = 0;
    Costs after_;
};

}  // namespace

std::uint32_t least_cost(const SmallCase& small, std::uint32_t seek_weight, std::uint32_t at_most) {
    return Search(small, seek_weight, at_most).least();
}

}  // namespace reelpool::plan::test
