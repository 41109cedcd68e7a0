#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "orchestrator/plan/cursor_set.hpp"
#include "orchestrator/plan/near_window.hpp"

namespace reelpool::plan {

/// What a search found out about the next output frames; all of them count as in the export.
struct WindowPlan {
    /// A cursor is to work for an output frame. In order.
    struct Move {
        std::uint32_t output = 0;
        MediaId media;
        Route::Kind kind = Route::Kind::decode_on;
        std::uint32_t stands_at = 0;  ///< its position before; not for `open`
        FrameIndex start;             ///< as in Route
        FrameIndex frame;             ///< where it goes
        std::uint64_t cost = 0;       ///< as in NearWindow::Medium
    };
    /// A frame is kept from the output frame for which it was decoded or read, for another.
    struct Claim {
        FrameKey key;
        std::uint32_t since = 0;
        std::uint32_t use = 0;
    };
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::vector<Move> moves;
    std::vector<Claim> claims;  ///< by key, then by use
};

/// Searches the ways to serve a window for the cheapest: which cursor goes where, and which frames
/// are kept for their next use.
///
/// It goes through the output frames and knows, after each, the most promising states (a beam). A
/// frame that came by is not kept or dropped there and then: it stays *at hand*, with the output
/// frame since when, and when it is wanted there may have been room for it all the time (it is
/// claimed, and takes that room) or not. So nothing branches on what nobody asks for.
class WindowSearch {
  public:
    static constexpr std::uint64_t no_cost = ~std::uint64_t{0};

    struct Limits {
        std::uint32_t cursors_per_worker = 0;
        std::uint32_t cursors = 0;   ///< for the media of the window together
        std::size_t most_tries = 0;  ///< ways that are looked at, about
        std::uint64_t cheaper_than = no_cost;
    };
    struct Start {
        std::vector<std::vector<std::uint32_t>> positions;  ///< of the cursors, by window medium
        std::vector<bool> is_cached;                        ///< by item
    };
    WindowSearch(const NearWindow& window, const Limits& limits)
        : window_(window), limits_(limits) {}

    /// Nothing if none is as cheap as it should be.
    [[nodiscard]] std::optional<WindowPlan> run(const Start& start);

    static constexpr std::size_t most_cursors = 24;

  private:
    using Index = std::uint32_t;
    static constexpr Index no_index = 0xffffffff;
    static constexpr std::uint8_t not_at_hand = 0xff;

    struct Cursor {
        std::uint32_t position = 0;
        std::uint32_t medium = 0;
    };
    struct State {
        std::uint64_t cost = 0;
        std::uint64_t least = 0;  ///< with what the rest of the window needs at the least
        std::uint64_t score = 0;  ///< with what it needs more likely
        Index last_action = no_index;
        std::uint32_t cursor_count = 0;
        std::array<Cursor, most_cursors> cursors{};
        std::array<std::uint32_t, NearWindow::most_outputs> claimed{};  ///< KiB
        /// By item: from the end of which output frame on it could be kept.
        std::array<std::uint8_t, NearWindow::most_items> since{};
    };
    /// One thing done on the way to a state, and what was done before.
    struct Action {
        Index before = no_index;
        bool is_claim = false;
        std::uint32_t output = 0;
        std::uint32_t item = 0;       ///< that is wanted
        std::uint32_t since = 0;      ///< claim
        Route::Kind kind{};           ///< move
        std::uint32_t stands_at = 0;  ///< move
        std::uint32_t start = 0;      ///< move
        std::uint64_t cost = 0;       ///< move
    };
    using Items = std::vector<std::uint16_t>;

    [[nodiscard]] State first_state(const Start& start) const;
    [[nodiscard]] std::optional<State> search(const State& first, std::size_t width);
    void serve(const State& before);
    void claim_some(const State& state, const Items& pending);
    void decode(const State& state, const Items& missing);
    void decode_to(const State& state, const Items& missing, std::uint16_t target);
    void move(State state, const Items& missing, std::uint16_t target, std::size_t cursor,
              Action how);
    void finish(State state);
    [[nodiscard]] static std::optional<std::size_t> nearest_below(const State& state,
                                                                  std::uint32_t medium,
                                                                  std::uint32_t end);
    [[nodiscard]] std::vector<std::size_t> movable(const State& state, std::uint32_t medium) const;
    [[nodiscard]] NearWindow::Outputs work_of(const State& state, std::size_t cursor) const;
    void take_what_is_free(State& state, Items& pending);
    [[nodiscard]] NearWindow::Outputs room_taken(const State& state, std::uint16_t item) const;
    [[nodiscard]] bool fits(const State& state, std::size_t item, NearWindow::Outputs taken) const;
    void claim(State& state, std::uint16_t item);
    void note_passed(State& state, std::uint32_t medium, std::uint32_t first, std::uint32_t last);
    void note(State& state, Action action);
    void forget_useless(State& state) const;
    void estimate(State& state) const;
    [[nodiscard]] static bool is_in_a_cursor(const State& state, const NearWindow::Frame& frame);
    [[nodiscard]] static std::uint32_t lead_in(const State& state, const NearWindow::Frame& needed,
                                               const NearWindow::Frame* before);
    [[nodiscard]] std::uint64_t hash(const State& state) const;
    void select(std::size_t width);
    [[nodiscard]] WindowPlan plan_of(const State& state) const;
    /// What this output frame may take is used up: what was begun is ended in the next best way.
    [[nodiscard]] bool is_spent() const { return tries_ > limits_.most_tries / window_.size(); }

    const NearWindow& window_;
    Limits limits_;
    std::uint32_t output_ = 0;
    NearWindow::Outputs later_ = 0;  ///< the output frames after that
    std::uint64_t cheapest_ = 0;     ///< of the plans that were found
    bool has_seen_all_ = false;      ///< the beam was never too narrow
    std::vector<State> states_;
    std::vector<State> tried_;
    std::size_t tries_ = 0;  ///< for this output frame
    std::vector<Action> actions_;
    std::unordered_map<std::uint64_t, std::size_t> known_;         ///< of tried_, by hash
    std::unordered_map<std::uint64_t, std::uint64_t> on_the_way_;  ///< cost, by hash
};

}  // namespace reelpool::plan
