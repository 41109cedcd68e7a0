#include "orchestrator/plan/outlook.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "orchestrator/plan/cursor_set.hpp"

namespace reelpool::plan {
namespace {

/// The output frames of a run may leave out so many more than its frames.
constexpr std::uint32_t slack_frames = 3;
/// Among runs that cost the same, the further on in the file is dearer by this trace a rank, so
/// that some of them are kept where there is no room for all.
constexpr double rank_weight = 1e-3;
constexpr double reference_pixels = 1920.0 * 1080.0;
/// Crowded timelines are foreseen less far, so that choosing takes no longer than decoding a frame.
constexpr std::size_t max_uses = 50'000;
/// Whether a run is kept depends on the others; the second look knows what the first decided.
constexpr int looks = 2;
/// A decoder that stops short of a keyframe must seek to it: only for so many frames.
constexpr std::uint32_t least_skip_frames = 2 * seek_cost_frames;

}  // namespace

Outlook::Outlook(const MediaCatalog& media, const Future& future, const FrameCache& cache,
                 const Positions& positions, std::uint32_t lag_frames)
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
    std::set<std::pair<MediaId, std::uint32_t>> pools;
    future.visit_frames([&](MediaId id, FrameIndex frame) {
        if (frames_.empty() || frames_.back().media != id) decoders = positions(id);
        const std::uint32_t keyframe = media_.at(id).table.keyframe_at(frame).value;
        frames_.push_back({id, frame.value, keyframe, uses_.size(), uses_.size()});
        future.visit_uses(id, frame, [&](std::uint32_t n, Level level) {
            if (n >= end) return false;
            const FrameKey key{id, frame, level};
            const std::uint32_t bytes = media_.slot_bytes(id, level);
            if (pools.emplace(id, bytes).second)
                fill_level_ -= cache.share_of(cache.segment_bytes(bytes) - bytes);
            const auto& wants = future.wants(n);
            const auto first = std::lower_bound(wants.begin(), wants.end(), FrameKey{id, {}, {}});
            const auto rank = std::lower_bound(first, wants.end(), key) - first;
            uses_.push_back({.key = key,
                             .output = n,
                             .share = cache.share_of(bytes),
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
    find_pieces(end, end < future.end());
}

/// `is_cut`: runs that reach output frame `end` go on there.
void Outlook::find_pieces(std::uint32_t end, bool is_cut) {
    for (std::size_t r = 0; r < runs_.size(); ++r) {
        const Run& run = runs_[r];
        // Frames shown one by one have their price; a decoder's way to them is most of it.
        if (run.uses.size() < least_skip_frames) continue;
        const auto gop = [&](std::size_t i) { return frames_[run.in_frame[i]].gop; };
        for (std::size_t first = 0, i = 1; i <= run.uses.size(); ++i) {
            const bool ends_run = i == run.uses.size();
            if (!ends_run && gop(i) == gop(first)) continue;
            const std::uint32_t last = uses_[run.uses[i - 1]].output;
            if (!ends_run || !is_cut || last + slack_frames < end)
                pieces_.push_back({r, first, i, last, ends_run});
            first = i;
        }
    }
    std::stable_sort(pieces_.begin(), pieces_.end(), [](const Piece& a, const Piece& b) {
        return std::tuple(a.last_output, b.end - b.first) <
               std::tuple(b.last_output, a.end - a.first);
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
    runs_.push_back({.uses = {use}, .in_frame = {frame}, .lead_in_from = from, .pixels = pixels});
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
void Outlook::weigh(const Run& run, double price) {
    look_at(run);
    double keep = 0;
    double decode = 0;
    for (const std::size_t i : run.uses) {
        const Use& use = uses_[i];
        if (use.kept_since == never) continue;
        keep += price * use.share * use.weight * (use.output - use.kept_since);
        decode += use.decode_cost;
    }
    for (const std::size_t i : run.uses) uses_[i].is_chosen = keep <= decode;
    note_lead_in(run);
}

/// Sees what can be kept for the run.
void Outlook::look_at(const Run& run) {
    for (std::size_t i = 0; i < run.uses.size(); ++i)
        uses_[run.uses[i]].kept_since = kept_since(run.uses[i], frames_[run.in_frame[i]]);
}

void Outlook::note_lead_in(const Run& run) {
    const Use& first = uses_[run.uses.front()];
    if (!is_kept(first) && run.lead_in_from < first.key.frame.value)
        passes_[{first.key.media, frames_[run.in_frame.front()].gop}].push_back(
            {run.lead_in_from, first.key.frame.value, first.output});
}

bool Outlook::choose(double price) {
    for (Use& use : uses_) use.is_chosen = true;
    for (int look = 0; look < looks; ++look) {
        passes_.clear();
        for (const std::size_t i : order_) weigh(runs_[i], price);
    }
    return peak() <= 1;
}

/// A price keeps whole runs or leaves them, so memory is left over. It is filled up with ends of
/// runs: beside the runs that the price keeps, instead of them, or beside what was kept before.
/// Whatever leaves the least to decode is taken.
void Outlook::keep_ends(const WasKept& was_kept) {
    std::vector<Use> best = uses_;
    double least = decoding();
    const auto take_if_better = [&] {
        fill_up();
        if (!settle() || decoding() >= least) return;
        least = decoding();
        best = uses_;
    };
    const std::vector<Use> priced = uses_;
    take_if_better();
    const auto begin_with = [&](const auto& is_chosen) {
        uses_ = priced;
        for (const Piece& piece : pieces_) {
            for (std::size_t i = piece.first; i < piece.end; ++i) {
                Use& use = uses_[runs_[piece.run].uses[i]];
                use.is_chosen = is_chosen(use);
            }
        }
        if (settle()) take_if_better();
    };
    begin_with([](const Use&) { return false; });
    begin_with([&](const Use& use) { return was_kept(use.key, use.output); });
    uses_ = best;
}

/// Those that end first are filled in first: so as many as can be fit one after the other.
void Outlook::fill_up() {
    (void)peak();  // brings the curve up to date
    held_ = curve_.shares();
    for (const Piece& piece : pieces_) keep_end(piece);
}

void Outlook::keep_end(const Piece& piece) {
    const Run& run = runs_[piece.run];
    std::vector<std::size_t> added;
    std::size_t first = piece.end;
    for (; first > piece.first; --first) {
        const std::size_t use = run.uses[first - 1];
        if (is_kept(uses_[use])) continue;
        if (!keep(use, frames_[run.in_frame[first - 1]])) break;
        added.push_back(first - 1);
    }
    const std::size_t least = piece.ends_run || first == piece.first ? 0 : least_skip_frames;
    if (piece.end - first >= least) return;
    for (const std::size_t i : added) {
        Use& use = uses_[run.uses[i]];
        hold(run.uses[i], frames_[run.in_frame[i]], -use.share);
        use.is_chosen = false;
    }
}

/// Keeps one more use, if there is room.
bool Outlook::keep(std::size_t use, const UsedFrame& frame) {
    Use& kept = uses_[use];
    const std::uint32_t since = kept_since(use, frame);
    if (since == never || is_relied_on(use, frame)) return false;
    kept.kept_since = since;
    const auto [from, until] = held_between(use, frame);
    const bool fits = std::all_of(held_.begin() + from, held_.begin() + until,
                                  [&](double held) { return held + kept.share <= fill_level_; });
    if (!fits) return false;
    kept.is_chosen = true;
    hold(use, frame, kept.share);
    return true;
}

/// Somebody else is to have what is decoded for this use.
bool Outlook::is_relied_on(std::size_t use, const UsedFrame& frame) const {
    const Use& decoded = uses_[use];
    for (std::size_t i = use + 1; i < frame.end; ++i) {
        if (uses_[i].key.level == decoded.key.level) return false;
        if (is_kept(uses_[i]) && uses_[i].kept_since == decoded.output) return true;
    }
    return false;
}

/// What keeping a use holds more than decoding it, as indices into held_.
std::pair<std::ptrdiff_t, std::ptrdiff_t> Outlook::held_between(std::size_t use,
                                                                const UsedFrame& frame) const {
    const Use& kept = uses_[use];
    std::uint32_t from = kept.kept_since;
    for (std::size_t i = use; i-- > frame.first;) {
        if (uses_[i].key.level != kept.key.level) continue;
        from = std::max(from, uses_[i].output + lag_frames_ + 1);
        break;
    }
    return {std::min(from, kept.output) - begin_, kept.output - begin_};
}

void Outlook::hold(std::size_t use, const UsedFrame& frame, double share) {
    const auto [from, until] = held_between(use, frame);
    for (auto i = from; i < until; ++i) held_[static_cast<std::size_t>(i)] += share;
}

/// What is kept now may have been kept for others by those that no longer decode it. True if all
/// fits the cache.
bool Outlook::settle() {
    passes_.clear();
    for (const std::size_t i : order_) {
        look_at(runs_[i]);
        note_lead_in(runs_[i]);
    }
    return peak() <= 1;
}

/// What is decoded, all the way to what is not kept.
double Outlook::decoding() const {
    double frames = 0;
    for (const Run& run : runs_) {
        std::uint32_t decoder = run.lead_in_from;
        for (std::size_t i = 0; i < run.uses.size(); ++i) {
            const Use& use = uses_[run.uses[i]];
            if (is_kept(use)) continue;
            const std::uint32_t frame = use.key.frame.value;
            const std::uint32_t onward = frame + 1 - std::min(frame + 1, decoder);
            const std::uint32_t anew = frame + 1 - frames_[run.in_frame[i]].gop + seek_cost_frames;
            frames += run.pixels * std::min(onward, anew);
            decoder = frame + 1;
        }
    }
    return frames;
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

}  // namespace reelpool::plan
