#include "orchestrator/plan/spill_choice.hpp"

#include <algorithm>
#include <iterator>

#include "orchestrator/plan/cursor_set.hpp"

namespace reelpool::plan {
namespace {

/// In frames decoded, for a frame of 1080p in 8-bit 4:2:0 (docs/performance.md).
constexpr double write_cost = 0.5;
constexpr double read_cost = 0.5;
/// "Clearly more": disks are slower than the one that was measured.
constexpr double margin = 1.25;
constexpr double reference_pixels = 1920.0 * 1080.0;
constexpr double reference_bytes = reference_pixels * 1.5;
/// A row may leave out so many frames (fast motion), or show one so often (slow motion).
constexpr std::uint32_t stride_frames = 8;
constexpr std::uint32_t slack_frames = 3;
/// Uses so close together are one: memory keeps the frame between them.
constexpr std::uint32_t one_use_frames = 8;
/// More uses make no difference any more.
constexpr std::uint32_t most_uses = 64;
constexpr std::uint32_t cleaning_interval_frames = 256;

}  // namespace

bool SpillChoice::is_worth_it(const FrameKey& key) {
    forget_the_past();
    const std::uint32_t output = future_.next_use(key);
    if (output == never || !store_.is_open()) return false;
    const Use use{key, output};
    Verdict verdict{.output = output};
    const std::optional<Use> previous = before(use);
    const auto decided = previous ? verdicts_.find(previous->key) : verdicts_.end();
    const bool is_decided =
        decided != verdicts_.end() && decided->second.output == previous->output;
    if (is_decided && decided->second.is_spilled) {
        verdict.decodes = decided->second.decodes;
        verdict.is_spilled = saves_time(key, verdict.decodes);
    } else {
        const bool decoder_comes_by = previous && (is_decided || !is_at_hand(previous->key));
        if (decoder_comes_by && !saves_time(key, 1)) {
            verdicts_[key] = verdict;
            return false;
        }
        const std::uint32_t rest = rest_of_row(use);
        const std::uint32_t keyframe = media_.at(key.media).table.keyframe_at(key.frame).value;
        const std::uint32_t way =
            decoder_comes_by ? 0 : key.frame.value - keyframe + seek_cost_frames;
        verdict.decodes = 1 + static_cast<double>(way) / rest;
        const std::uint64_t bytes = media_.slot_bytes(key.media, key.level);
        verdict.is_spilled =
            saves_time(key, verdict.decodes) && bytes * rest <= store_.free_bytes();
    }
    verdicts_[key] = verdict;
    return verdict.is_spilled;
}

bool SpillChoice::saves_time(const FrameKey& key, double decodes) const {
    const MediaInfo& info = media_.at(key.media).info;
    const double pixels = static_cast<double>(info.width) * info.height / reference_pixels;
    const double bytes = media_.slot_bytes(key.media, key.level) / reference_bytes;
    const double times = times_used(key);
    return times * decodes * pixels >= margin * (write_cost + times * read_cost) * bytes;
}

std::uint32_t SpillChoice::times_used(const FrameKey& key) const {
    std::uint32_t times = 0;
    std::uint32_t last = 0;
    std::uint32_t seen = 0;
    future_.visit_uses(key.media, key.frame, [&](std::uint32_t n, Level level) {
        if (level != key.level) return ++seen < most_uses;
        if (times == 0 || n > last + one_use_frames) ++times;
        last = n;
        return ++seen < most_uses;
    });
    return times;
}

/// The use of the frame that is shown before this one where frames are shown forwards.
std::optional<SpillChoice::Use> SpillChoice::before(const Use& use) const {
    for (std::uint32_t stride = 1; stride <= std::min(stride_frames, use.key.frame.value);
         ++stride) {
        const FrameKey key{use.key.media, FrameIndex{use.key.frame.value - stride}, use.key.level};
        const std::uint32_t back = std::min(use.output, slack_frames);
        for (std::uint32_t ago = 1; ago <= back; ++ago)
            if (is_used_at(key, use.output - ago)) return Use{key, use.output - ago};
    }
    return std::nullopt;
}

std::optional<SpillChoice::Use> SpillChoice::after(const Use& use) const {
    const std::uint32_t frames = media_.at(use.key.media).table.frame_count();
    for (std::uint32_t stride = 1; stride <= stride_frames; ++stride) {
        if (use.key.frame.value + stride >= frames) break;
        const FrameKey key{use.key.media, FrameIndex{use.key.frame.value + stride}, use.key.level};
        for (std::uint32_t later = 1; later <= slack_frames; ++later)
            if (is_used_at(key, use.output + later)) return Use{key, use.output + later};
    }
    return std::nullopt;
}

bool SpillChoice::is_used_at(const FrameKey& key, std::uint32_t output) const {
    const std::uint32_t next = future_.next_use(key);
    if (next >= output) return next == output;
    bool is_used = false;
    future_.visit_uses(key.media, key.frame, [&](std::uint32_t n, Level level) {
        is_used = level == key.level && n == output;
        return !is_used && n < output;
    });
    return is_used;
}

/// The frames of the row from here on, in the same group of pictures: a decoder that need not come
/// by for them saves them all.
std::uint32_t SpillChoice::rest_of_row(const Use& use) const {
    const FrameTable& table = media_.at(use.key.media).table;
    const std::uint32_t end = table.next_keyframe(use.key.frame).value;
    std::uint32_t count = 1;
    for (auto next = after(use); next && next->key.frame.value < end; next = after(*next)) ++count;
    return count;
}

bool SpillChoice::is_at_hand(const FrameKey& key) const {
    return cache_.find(key).has_value() || store_.holds(key);
}

void SpillChoice::forget_the_past() {
    if (future_.begin() < past_until_ + cleaning_interval_frames) return;
    past_until_ = future_.begin();
    std::erase_if(verdicts_, [&](const auto& entry) { return entry.second.output < past_until_; });
}

}  // namespace reelpool::plan
