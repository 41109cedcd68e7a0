#include "orchestrator/plan/near_window.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace reelpool::plan {
namespace {

/// Of caches that hold more frames the price decides well enough.
constexpr std::uint64_t most_cached_frames = 40;
/// A window reads at least so many times what the cache holds: what is beyond it matters little
/// then, and so does where it begins.
constexpr std::uint64_t least_turnover = 3;
/// Where the cache holds so few frames a shorter one will do, if nothing comes after it.
constexpr std::uint64_t few_cached_frames = 12;
/// A frame that is read again after more output frames is far, and fewer than one in so many may
/// be.
constexpr std::uint32_t longest_gap = 24;
constexpr std::size_t most_far_share = 8;
constexpr std::uint64_t unit_bytes = 1024;
constexpr std::uint64_t pixels_per_cost = std::uint64_t{1920} * 1080 / 64;

std::uint32_t units(std::uint64_t bytes) {
    return static_cast<std::uint32_t>((bytes + unit_bytes - 1) / unit_bytes);
}

}  // namespace

std::optional<NearWindow> NearWindow::look(const MediaCatalog& media, const Future& future,
                                           const FrameCache& cache,
                                           std::span<const std::vector<FrameKey>> leased,
                                           std::uint32_t lag_frames) {
    NearWindow window;
    window.begin_ = future.begin();
    std::uint32_t outputs = 0;
    std::size_t uses = 0;
    while (outputs < most_outputs && future.begin() + outputs < future.end()) {
        uses += future.wants(future.begin() + outputs).size();
        if (uses > most_items) break;
        ++outputs;
    }
    window.list_items(media, future, outputs);
    if (window.items_.empty()) return std::nullopt;
    const std::uint64_t holds = window.frames_held(cache.budget_bytes());
    const bool sees_the_end = future.begin() + outputs == future.end();
    const bool sees_all = sees_the_end && holds <= few_cached_frames;
    if (holds > most_cached_frames || window.is_short_sighted(future) ||
        (!sees_all && window.items_.size() < least_turnover * holds))
        return std::nullopt;
    window.list_frames(media);
    window.find_held(leased, lag_frames);
    window.find_room(media, cache, leased, lag_frames);
    return window;
}

void NearWindow::list_items(const MediaCatalog& media, const Future& future,
                            std::uint32_t outputs) {
    for (std::uint32_t n = 0; n < outputs; ++n)
        for (const FrameKey& key : future.wants(begin_ + n))
            items_.push_back({.key = key, .uses = one(n)});
    std::stable_sort(items_.begin(), items_.end(),
                     [](const Item& a, const Item& b) { return a.key < b.key; });
    std::size_t count = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
        if (count > 0 && items_[count - 1].key == items_[i].key)
            items_[count - 1].uses |= items_[i].uses;
        else
            items_[count++] = items_[i];
    }
    items_.resize(count);
    wants_.resize(outputs);
    for (std::size_t i = 0; i < count; ++i) {
        items_[i].size = units(media.slot_bytes(items_[i].key.media, items_[i].key.level));
        for (std::uint32_t n = 0; n < outputs; ++n)
            if ((items_[i].uses & one(n)) != 0) wants_[n].push_back(static_cast<std::uint16_t>(i));
    }
}

void NearWindow::list_frames(const MediaCatalog& media) {
    for (std::size_t i = 0; i < items_.size(); ++i) {
        Item& item = items_[i];
        const MediaSource& source = media.at(item.key.media);
        if (media_.empty() || media_.back().id != item.key.media) {
            const std::uint64_t pixels = std::uint64_t{source.info.width} * source.info.height;
            const auto cost = static_cast<std::uint32_t>(pixels / pixels_per_cost);
            media_.push_back({item.key.media, std::max(1U, cost), frames_.size(), frames_.size()});
        }
        item.medium = static_cast<std::uint32_t>(media_.size() - 1);
        const std::uint32_t frame = item.key.frame.value;
        if (media_.back().first == frames_.size() || frames_.back().frame != frame)
            frames_.push_back({.medium = item.medium,
                               .frame = frame,
                               .keyframe = source.table.keyframe_at(item.key.frame).value,
                               .first = i});
        frames_.back().end = i + 1;
        frames_.back().uses |= item.uses;
        media_.back().end = frames_.size();
    }
}

void NearWindow::find_held(std::span<const std::vector<FrameKey>> leased,
                           std::uint32_t lag_frames) {
    const std::uint32_t lag = std::min(lag_frames, most_outputs);
    for (Item& item : items_) {
        for (std::uint32_t later = 1; later <= lag; ++later) item.leased |= item.uses << later;
        for (std::size_t ago = 1; ago <= std::min<std::size_t>(lag, leased.size()); ++ago) {
            const std::vector<FrameKey>& read = leased[leased.size() - ago];
            if (std::find(read.begin(), read.end(), item.key) == read.end()) continue;
            item.leased |= span_of(0, lag + 1 - static_cast<std::uint32_t>(ago));
        }
    }
}

void NearWindow::find_room(const MediaCatalog& media, const FrameCache& cache,
                           std::span<const std::vector<FrameKey>> leased,
                           std::uint32_t lag_frames) {
    std::uint64_t budget = cache.budget_bytes();
    std::set<std::pair<MediaId, std::uint32_t>> pools;
    for (const Item& item : items_) {
        const std::uint32_t bytes = media.slot_bytes(item.key.media, item.key.level);
        if (!pools.emplace(item.key.media, bytes).second) continue;
        // A segment that small slots share may be nearly empty.
        const std::uint64_t unused = cache.segment_bytes(bytes) - bytes;
        budget -= std::min(budget, unused);
    }
    for (std::uint32_t n = 0; n < wants_.size(); ++n) {
        std::uint64_t held = 0;
        for (const Item& item : items_)
            if (((item.uses | item.leased) & one(n)) != 0) held += item.size;
        std::set<FrameKey> read_before;
        for (std::size_t i = 0; i < leased.size(); ++i)
            if (leased.size() - i + n <= lag_frames)
                read_before.insert(leased[i].begin(), leased[i].end());
        for (const FrameKey& key : read_before) {
            const bool is_item = std::any_of(items_.begin(), items_.end(),
                                             [&](const Item& item) { return item.key == key; });
            if (!is_item) held += units(media.slot_bytes(key.media, key.level));
        }
        const std::uint64_t all = budget / unit_bytes;
        room_.push_back(static_cast<std::uint32_t>(all - std::min(all, held)));
    }
}

/// How many of what it reads the cache holds at once, on average.
std::uint64_t NearWindow::frames_held(std::uint64_t budget) const {
    std::uint64_t size = 0;
    for (const Item& item : items_) size += item.size;
    return budget / unit_bytes * items_.size() / size;
}

/// Much of what it reads is read again so much later that it takes a longer view to decide on it.
bool NearWindow::is_short_sighted(const Future& future) const {
    const auto end = begin_ + static_cast<std::uint32_t>(wants_.size());
    std::size_t far = 0;
    for (const Item& item : items_) {
        std::uint32_t last = never;
        future.visit_uses(item.key.media, item.key.frame, [&](std::uint32_t n, Level level) {
            if (level != item.key.level) return true;
            const bool is_far = last != never && n > last + longest_gap;
            if (is_far) ++far;
            last = n;
            return n < end && !is_far;
        });
    }
    return far * most_far_share > items_.size();
}

std::size_t NearWindow::first_at(const Medium& medium, std::uint32_t frame) const {
    const auto first = frames_.begin() + static_cast<std::ptrdiff_t>(medium.first);
    const auto end = frames_.begin() + static_cast<std::ptrdiff_t>(medium.end);
    const auto found = std::lower_bound(
        first, end, frame, [](const Frame& one, std::uint32_t asked) { return one.frame < asked; });
    return static_cast<std::size_t>(found - frames_.begin());
}

}  // namespace reelpool::plan
