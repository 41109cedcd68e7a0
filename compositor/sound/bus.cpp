#include "compositor/sound/bus.hpp"

#include <algorithm>
#include <bit>

namespace reelpool::compositor {

Bus::Bus(const SoundBus& description, std::shared_ptr<Bus> parent, std::uint32_t mix_channels)
    : key_(description.key),
      parent_(std::move(parent)),
      layout_mask_(description.layout_mask),
      routes_(description.routes),
      effects_(description.effects),
      input_(static_cast<std::uint32_t>(std::popcount(description.layout_mask)), description.first),
      end_(description.first),
      fed_(description.first),
      done_(description.first),
      heard_sum_(mix_channels, description.first),
      heard_(mix_channels),
      heard_begin_(description.first) {}

Result<std::shared_ptr<Bus>> Bus::create(const SoundBus& description, std::shared_ptr<Bus> parent,
                                         std::uint32_t rate_hz, std::uint64_t mix_mask) {
    const auto channels = static_cast<std::uint32_t>(std::popcount(mix_mask));
    std::shared_ptr<Bus> bus(new Bus(description, std::move(parent), channels));
    if (description.effects.empty()) return bus;
    REELPOOL_TRY(chain, EffectChain::create(description.effects, rate_hz, description.layout_mask,
                                            mix_mask));
    bus->chain_.emplace(std::move(chain));
    return bus;
}

bool Bus::is_described_by(const SoundBus& description) const {
    // Buses are numbered anew in every chunk, those that ducks hear as well.
    const auto is_same = [](const SoundEffect& a, const SoundEffect& b) {
        return a.kind == b.kind && a.values == b.values;
    };
    return description.layout_mask == layout_mask_ && description.routes == routes_ &&
           std::equal(effects_.begin(), effects_.end(), description.effects.begin(),
                      description.effects.end(), is_same);
}

void Bus::extend(const SoundBus& description) {
    end_ = description.first + description.count;
    envelopes_.push_back({description.points, description.gains});
}

/// Silent where it is not there.
SampleRows Bus::heard_between(std::uint64_t begin, std::uint64_t end) const {
    SampleRows rows(heard_.size());
    for (std::size_t c = 0; c < heard_.size(); ++c) {
        rows[c].assign(end - begin, 0.0F);
        const std::uint64_t low = std::max(begin, heard_begin_);
        const std::uint64_t high = std::min(end, heard_begin_ + heard_[c].size());
        if (low < high)
            std::copy_n(heard_[c].begin() + static_cast<std::ptrdiff_t>(low - heard_begin_),
                        high - low, rows[c].begin() + static_cast<std::ptrdiff_t>(low - begin));
    }
    return rows;
}

void Bus::forget_heard(std::uint64_t sample) {
    if (heard_.empty() || sample <= heard_begin_) return;
    const std::uint64_t gone =
        std::min<std::uint64_t>(sample - heard_begin_, heard_.front().size());
    for (auto& row : heard_)
        row.erase(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(gone));
    heard_begin_ += gone;
}

Result<SampleRows> Bus::run_effects(std::uint64_t complete) {
    SampleRows out(input_.channels());
    if (complete > fed_) {
        SampleRows samples = input_.take(complete);
        if (!chain_) {
            out = std::move(samples);
        } else {
            std::vector<SampleRows> heard;
            for (const auto& bus : keys_) heard.push_back(bus->heard_between(fed_, complete));
            REELPOOL_TRY_STATUS(chain_->push(samples, heard, out));
        }
        fed_ = complete;
    }
    if (is_over_ && fed_ >= end_ && !std::exchange(is_flushed_, true)) {
        if (chain_) REELPOOL_TRY_STATUS(chain_->finish(out));
        chain_.reset();
        // A tail ends here.
        for (auto& row : out) row.resize(end_ > done_ ? end_ - done_ : 0, 0.0F);
    }
    return out;
}

Status Bus::advance(std::uint64_t complete, SampleSum& to) {
    for (const auto& bus : keys_) complete = std::min(complete, bus->known_to());
    REELPOOL_TRY(out, run_effects(std::min(complete, end_)));
    play(out, to);
    return ok();
}

void Bus::play(const SampleRows& samples, SampleSum& to) {
    const std::uint64_t count = samples.empty() ? 0 : samples.front().size();
    if (count == 0) return;
    for (const Envelope& envelope : envelopes_) {
        const SampleSum::Gains gains{routes_, envelope.points, envelope.gains};
        for (std::size_t route = 0; route < routes_.size(); ++route) {
            to.add(gains, route, done_, samples[routes_[route].from]);
            heard_sum_.add(gains, route, done_, samples[routes_[route].from]);
        }
    }
    done_ += count;
    SampleRows heard = heard_sum_.take(done_);
    for (std::size_t c = 0; c < heard.size(); ++c)
        heard_[c].insert(heard_[c].end(), heard[c].begin(), heard[c].end());
    while (!envelopes_.empty() && envelopes_.front().points.back() < done_) envelopes_.pop_front();
}

}  // namespace reelpool::compositor
