#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ipc/base/ids.hpp"
#include "ipc/frame/frame_table.hpp"

namespace reelpool::plan {

/// Moving a cursor to a keyframe costs about as much as decoding this many frames: the codec's
/// threads and its reorder queue must be filled again.
inline constexpr std::uint32_t seek_cost_frames = 4;
/// Opening another cursor costs about as much as decoding this many frames.
inline constexpr std::uint32_t open_cost_frames = 6;

/// One codec context of a worker as planned.
struct Cursor {
    CursorId id;
    std::uint32_t position = 0;     ///< the frame that comes out next, after everything planned
    std::uint32_t last_served = 0;  ///< the output frame that it last worked for
};

/// How a frame is to be reached.
struct Route {
    enum class Kind : std::uint8_t { decode_on, seek, open };
    Kind kind = Kind::decode_on;
    std::uint32_t cursor = 0;  ///< index into cursors(); of the new one for `open`
    /// The first frame that will be decoded; the one after `frame` if the cursor stands there.
    FrameIndex start;
};

/// The cursors of one worker, and the choice between decoding on, moving one and opening one.
class CursorSet {
  public:
    explicit CursorSet(std::uint32_t max_cursors) : max_cursors_(max_cursors) {}

    /// When does the stretch that this cursor would decode next become needed? `plan::never` if it
    /// has nothing left to do. Asked of the caller, who knows the future.
    using NextNeed = std::uint32_t (*)(const void* context, const Cursor& cursor);

    struct Question {
        FrameIndex frame;
        NextNeed next_need = nullptr;
        const void* context = nullptr;
        bool may_open = true;  ///< memory allows another cursor
    };

    /// The cheapest way to `frame`.
    [[nodiscard]] Route route(const FrameTable& table, const Question& question) const;

    [[nodiscard]] std::vector<Cursor>& cursors() { return cursors_; }
    [[nodiscard]] const std::vector<Cursor>& cursors() const { return cursors_; }
    Cursor& open();
    void close(CursorId id);
    void clear() { cursors_.clear(); }
    [[nodiscard]] std::uint32_t peak() const { return peak_; }

  private:
    std::uint32_t max_cursors_;
    std::uint32_t next_id_ = 1;
    std::uint32_t peak_ = 0;
    std::vector<Cursor> cursors_;
};

}  // namespace reelpool::plan
