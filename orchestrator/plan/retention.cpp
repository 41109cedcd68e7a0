#include "orchestrator/plan/retention.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "orchestrator/plan/cursor_set.hpp"

namespace reelpool::plan {
namespace {

/// A run may leave out so many frames (fast motion), and its output frames so many more.
constexpr std::uint32_t stride_frames = 8;
constexpr std::uint32_t slack_frames = 3;
/// Among runs that cost the same, the further on in the file is dearer by this trace a rank, so
/// that some of them are kept where there is no room for all.
constexpr double rank_weight = 1e-3;
constexpr double reference_pixels = 1920.0 * 1080.0;
constexpr double lowest_price = 1e-5;
constexpr double highest_price = 1e5;
constexpr int price_steps = 24;
/// Crowded timelines are foreseen less far, so that choosing takes no longer than decoding a frame.
constexpr std::size_t max_uses = 50'000;
/// Whether a run is kept depends on the others; the second look knows what the first decided.
constexpr int looks = 2;

/// One use of a frame.
struct Use {
    FrameKey key;
    std::uint32_t output = 0;
    std::uint32_t run = 0;
    double share = 0;        ///< of the cache
    double weight = 1;       ///< what its share is multiplied with, near 1
    double decode_cost = 0;  ///< when it is not kept
    bool is_cached = false;
    std::uint32_t kept_since = never;  ///< from which output frame it can be kept, if it is
};

/// The uses of one frame, in order: [first, end) of the uses.
struct UsedFrame {
    MediaId media;
    std::uint32_t frame = 0;
    std::uint32_t gop = 0;  ///< its keyframe
    std::size_t first = 0;
    std::size_t end = 0;
};

/// Consecutive frames shown at consecutive output frames.
struct Run {
    std::vector<std::size_t> uses;      ///< in order
    std::vector<std::size_t> in_frame;  ///< of each use, its frame's index
    std::uint32_t lead_in_from = 0;     ///< the first frame that decoding it begins with
    bool is_kept = true;
};

/// Decoding that comes by: frames [from, to) can be had at `output`.
struct Pass {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    std::uint32_t output = 0;
};

/// The share of the cache that is held at every output frame from a first one on.
class MemoryCurve {
  public:
    MemoryCurve(std::uint32_t begin, std::uint32_t frames) : begin_(begin), steps_(frames + 1) {}
    void clear() { std::fill(steps_.begin(), steps_.end(), 0.0); }
    /// Held from output frame `from` to `until`, both included.
    void add(std::uint32_t from, std::uint32_t until, double share) {
        const std::size_t last = steps_.size() - 1;
        steps_[std::min<std::size_t>(last, from < begin_ ? 0 : from - begin_)] += share;
        steps_[std::min<std::size_t>(last, until < begin_ ? 0 : until - begin_ + 1)] -= share;
    }
    [[nodiscard]] double peak() const {
        double now = 0;
        double most = 0;
        for (const double step : steps_) most = std::max(most, now += step);
        return most;
    }

  private:
    std::uint32_t begin_;
    std::vector<double> steps_;
};

/// The near future of all media, and the choice of what to keep at a given price.
class Outlook {
  public:
    Outlook(const MediaCatalog& media, const Future& future, const FrameCache& cache,
            const Retention::Positions& positions, std::uint32_t lag_frames);

    /// Chooses the runs to keep; true if they fit the cache.
    bool choose(double price);
    [[nodiscard]] const std::vector<Use>& uses() const { return uses_; }
    [[nodiscard]] bool is_kept(const Use& use) const {
        return runs_[use.run].is_kept && use.kept_since != never;
    }

  private:
    void find_run(std::size_t use, std::size_t frame, const std::vector<std::uint32_t>& decoders);
    [[nodiscard]] std::size_t first_use_at(const UsedFrame& frame, std::uint32_t output) const;
    [[nodiscard]] std::uint32_t kept_since(std::size_t use, const UsedFrame& frame) const;
    void weigh(Run& run, double price);
    [[nodiscard]] double peak();

    const MediaCatalog& media_;
    std::uint32_t lag_frames_;
    std::uint32_t begin_;
    std::vector<Use> uses_;
    std::vector<UsedFrame> frames_;
    std::vector<Run> runs_;
    std::vector<std::size_t> order_;  ///< of the runs, by time
    std::map<std::pair<MediaId, std::uint32_t>, std::vector<Pass>> passes_;  ///< by GOP
    MemoryCurve curve_;
};

Outlook::Outlook(const MediaCatalog& media, const Future& future, const FrameCache& cache,
                 const Retention::Positions& positions, std::uint32_t lag_frames)
    : media_(media),
      lag_frames_(lag_frames),
      begin_(future.begin()),
      curve_(future.begin(), foreseen_frames + lag_frames + 1) {
    std::uint32_t end = begin_;
    for (std::size_t uses = 0; end < future.end() && end < begin_ + foreseen_frames; ++end) {
        uses += future.wants(end).size();
        if (uses > max_uses) break;
    }
    std::vector<std::uint32_t> decoders;
    future.visit_frames([&](MediaId id, FrameIndex frame) {
        if (frames_.empty() || frames_.back().media != id) decoders = positions(id);
        const std::uint32_t keyframe = media_.at(id).table.keyframe_at(frame).value;
        frames_.push_back({id, frame.value, keyframe, uses_.size(), uses_.size()});
        future.visit_uses(id, frame, [&](std::uint32_t n, Level level) {
            if (n >= end) return false;
            const FrameKey key{id, frame, level};
            const auto& wants = future.wants(n);
            const auto first = std::lower_bound(wants.begin(), wants.end(), FrameKey{id, {}, {}});
            const auto rank = std::lower_bound(first, wants.end(), key) - first;
            uses_.push_back({.key = key,
                             .output = n,
                             .share = cache.share_of(media_.slot_bytes(id, level)),
                             .weight = 1 + rank_weight * static_cast<double>(rank),
                             .is_cached = cache.find(key).has_value()});
            ++frames_.back().end;
            find_run(uses_.size() - 1, frames_.size() - 1, decoders);
            return true;
        });
        if (frames_.back().first == frames_.back().end) frames_.pop_back();
    });
    for (std::size_t i = 0; i < runs_.size(); ++i) order_.push_back(i);
    // Of those that begin together, the one furthest on in the file leads.
    std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
        const Use& first_a = uses_[runs_[a].uses.front()];
        const Use& first_b = uses_[runs_[b].uses.front()];
        return std::tuple(first_a.output, first_b.key.frame.value) <
               std::tuple(first_b.output, first_a.key.frame.value);
    });
}

/// Joins the use to the run that it goes on with, or begins one.
void Outlook::find_run(std::size_t use, std::size_t frame,
                       const std::vector<std::uint32_t>& decoders) {
    Use& joining = uses_[use];
    const UsedFrame& in = frames_[frame];
    const double pixels = static_cast<double>(media_.at(in.media).info.width) *
                          media_.at(in.media).info.height / reference_pixels;
    for (std::size_t back = frame + 1; back-- > 0;) {
        const UsedFrame& before = frames_[back];
        if (before.media != in.media || before.frame + stride_frames < in.frame) break;
        const std::uint32_t stride = in.frame - before.frame;
        std::size_t found = use;
        for (std::size_t i = first_use_at(before, joining.output); i-- > before.first;) {
            const Use& candidate = uses_[i];
            if (candidate.output + stride + slack_frames < joining.output) break;
            if (candidate.key.level != joining.key.level) continue;
            found = i;
            break;
        }
        if (found == use) continue;
        joining.run = uses_[found].run;
        joining.decode_cost = pixels * std::max(stride, 1U);
        runs_[joining.run].uses.push_back(use);
        runs_[joining.run].in_frame.push_back(frame);
        return;
    }
    // Decoding begins at the keyframe, or where a decoder stands close by.
    std::uint32_t from = in.gop;
    const auto next = std::upper_bound(decoders.begin(), decoders.end(), in.frame);
    if (next != decoders.begin()) from = std::max(from, *(next - 1));
    joining.run = static_cast<std::uint32_t>(runs_.size());
    joining.decode_cost =
        pixels * (in.frame - from + 1 + (in.frame == from ? 0 : seek_cost_frames));
    runs_.push_back({.uses = {use}, .in_frame = {frame}, .lead_in_from = from});
}

/// The first use of a frame by this output frame or a later one.
std::size_t Outlook::first_use_at(const UsedFrame& frame, std::uint32_t output) const {
    const auto first = uses_.begin() + static_cast<std::ptrdiff_t>(frame.first);
    const auto end = uses_.begin() + static_cast<std::ptrdiff_t>(frame.end);
    const auto found = std::lower_bound(
        first, end, output, [](const Use& use, std::uint32_t n) { return use.output < n; });
    return static_cast<std::size_t>(found - uses_.begin());
}

/// The output frame for which what this use reads was last decoded or read before it; `never` if
/// nobody comes by before.
std::uint32_t Outlook::kept_since(std::size_t use, const UsedFrame& frame) const {
    const Use& asking = uses_[use];
    std::uint32_t since = asking.is_cached ? begin_ : never;
    const auto later = [&](std::uint32_t n) { since = since == never ? n : std::max(since, n); };
    for (std::size_t i = first_use_at(frame, asking.output); i-- > frame.first;) {
        const Use& before = uses_[i];
        if (before.key.level != asking.key.level && is_kept(before)) continue;
        later(before.output);
        break;
    }
    const auto passes = passes_.find({frame.media, frame.gop});
    if (passes == passes_.end()) return since;
    for (const Pass& pass : passes->second)
        if (pass.from <= frame.frame && frame.frame < pass.to && pass.output <= asking.output)
            later(pass.output);
    return since;
}

/// Keep it or decode it: what is cheaper at this price.
void Outlook::weigh(Run& run, double price) {
    double keep = 0;
    double decode = 0;
    for (std::size_t i = 0; i < run.uses.size(); ++i) {
        Use& use = uses_[run.uses[i]];
        use.kept_since = kept_since(run.uses[i], frames_[run.in_frame[i]]);
        if (use.kept_since == never) continue;
        keep += price * use.share * use.weight * (use.output - use.kept_since);
        decode += use.decode_cost;
    }
    run.is_kept = keep <= decode;
    const Use& first = uses_[run.uses.front()];
    if (!is_kept(first) && run.lead_in_from < first.key.frame.value)
        passes_[{first.key.media, frames_[run.in_frame.front()].gop}].push_back(
            {run.lead_in_from, first.key.frame.value, first.output});
}

bool Outlook::choose(double price) {
    for (Run& run : runs_) run.is_kept = true;
    for (int look = 0; look < looks; ++look) {
        passes_.clear();
        for (const std::size_t i : order_) weigh(runs_[i], price);
    }
    return peak() <= 1;
}

double Outlook::peak() {
    curve_.clear();
    struct Held {
        Level level;
        std::uint32_t until;  // all that is on the curve already
    };
    std::vector<Held> held;
    for (const UsedFrame& frame : frames_) {
        held.clear();
        for (std::size_t i = frame.first; i < frame.end; ++i) {
            const Use& use = uses_[i];
            std::uint32_t from = is_kept(use) ? use.kept_since : use.output;
            const std::uint32_t until = use.output + lag_frames_;
            const auto before = std::find_if(held.begin(), held.end(), [&](const Held& one) {
                return one.level == use.key.level;
            });
            if (before == held.end()) {
                held.push_back({use.key.level, until});
            } else {
                from = std::max(from, before->until + 1);
                before->until = until;
            }
            if (from <= until) curve_.add(from, until, use.share);
        }
    }
    return curve_.peak();
}

}  // namespace

void Retention::choose(const Positions& positions) {
    Outlook outlook(media_, future_, cache_, positions, lag_frames_);
    choices_.clear();
    price_ = 0;
    if (outlook.choose(0)) return;
    double low = std::log(lowest_price);
    double high = std::log(highest_price);
    for (int i = 0; i < price_steps; ++i) {
        const double middle = (low + high) / 2;
        (outlook.choose(std::exp(middle)) ? high : low) = middle;
    }
    price_ = std::exp(high);
    outlook.choose(price_);
    for (const Use& use : outlook.uses())
        choices_.push_back({use.key, use.output, outlook.is_kept(use) ? use.kept_since : never});
    std::sort(choices_.begin(), choices_.end(), [](const Choice& a, const Choice& b) {
        return std::tie(a.key, a.output) < std::tie(b.key, b.output);
    });
}

bool Retention::is_kept(const FrameKey& key, std::uint32_t output, std::uint32_t now) const {
    if (price_ == 0) return true;
    const auto choice = std::lower_bound(
        choices_.begin(), choices_.end(), std::tie(key, output),
        [](const Choice& a, const auto& b) { return std::tie(a.key, a.output) < b; });
    if (choice == choices_.end() || choice->key != key || choice->output != output) return false;
    // Another decoder comes by later and soon enough: keep it from then on.
    return choice->kept_since != never && choice->kept_since <= now + stride_frames;
}

}  // namespace reelpool::plan
