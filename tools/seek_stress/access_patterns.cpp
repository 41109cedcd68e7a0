#include "tools/seek_stress/access_patterns.hpp"

#include <algorithm>

namespace reelpool::seek_stress {

const char* pattern_name(Pattern pattern) {
    switch (pattern) {
        case Pattern::random:
            return "random";
        case Pattern::backwards:
            return "backwards";
        case Pattern::strided:
            return "strided";
        case Pattern::forwards:
            return "forwards";
        case Pattern::interleaved:
            return "interleaved";
    }
    REELPOOL_CHECK(false);
}

AccessPatterns::AccessPatterns(const FrameTable& table, std::uint32_t cursors, std::uint64_t seed)
    : table_(table), random_(seed), positions_(cursors, -1) {}

// A remainder, unlike std::uniform_int_distribution, is the same with every standard library.
std::uint32_t AccessPatterns::below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(random_() % limit);
}

Request AccessPatterns::jump(std::uint32_t cursor, std::uint32_t frame) {
    positions_[cursor] = frame;
    return {cursor, table_.keyframe_at({frame}).value, {frame}};
}

/// Decodes on where that is the shortest way, as the orchestrator does.
Request AccessPatterns::step(std::uint32_t cursor, std::uint32_t frame) {
    const std::int64_t position = positions_[cursor];
    if (position < 0 || position > frame || position < table_.keyframe_at({frame}).value)
        return jump(cursor, frame);
    positions_[cursor] = frame;
    return {cursor, wire::no_seek, {frame}};
}

std::vector<Request> AccessPatterns::strided(std::uint32_t frames) {
    const std::uint32_t cursor = any_cursor();
    const std::uint32_t stride = 2 + below(12);
    std::uint32_t frame = any_frame();
    std::vector<Request> requests{jump(cursor, frame)};
    while (requests.size() < frames && frame + stride < table_.frame_count())
        requests.push_back(step(cursor, frame += stride));
    return requests;
}

std::vector<Request> AccessPatterns::interleaved(std::uint32_t frames) {
    std::vector<Request> requests;
    const std::uint32_t first = any_cursor();
    const std::uint32_t second =
        (first + 1) % static_cast<std::uint32_t>(positions_.size());  // the same where there is one
    std::uint32_t at[] = {any_frame(), any_frame()};
    const std::uint32_t cursors[] = {first, second};
    for (std::size_t turn = 0; requests.size() < frames; turn ^= 1) {
        if (at[turn] >= table_.frame_count()) break;
        requests.push_back(step(cursors[turn], at[turn]++));
    }
    return requests;
}

std::vector<Request> AccessPatterns::make(Pattern pattern, std::uint32_t frames) {
    std::vector<Request> requests;
    switch (pattern) {
        case Pattern::random:
            for (std::uint32_t i = 0; i < frames; ++i)
                requests.push_back(jump(any_cursor(), any_frame()));
            break;
        case Pattern::backwards: {
            const std::uint32_t cursor = any_cursor();
            const std::uint32_t last = any_frame();
            for (std::uint32_t i = 0; i < std::min(frames, last + 1); ++i)
                requests.push_back(jump(cursor, last - i));
            break;
        }
        case Pattern::strided:
            return strided(frames);
        case Pattern::forwards: {
            const std::uint32_t cursor = any_cursor();
            Request run = jump(cursor, any_frame());
            while (run.frames.size() < frames && run.frames.back() + 1 < table_.frame_count())
                run.frames.push_back(run.frames.back() + 1);
            positions_[cursor] = run.frames.back();
            requests.push_back(std::move(run));
            break;
        }
        case Pattern::interleaved:
            return interleaved(frames);
    }
    return requests;
}

std::vector<Request> AccessPatterns::make(std::uint32_t frames) {
    return make(all_patterns[below(all_patterns.size())], frames);
}

}  // namespace reelpool::seek_stress
