#include "orchestrator/plan/retention.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace reelpool::plan {
namespace {

constexpr double lowest_price = 1e-5;
constexpr double highest_price = 1e5;
constexpr int price_steps = 24;

}  // namespace

void Retention::choose(const Outlook::Positions& positions) {
    Outlook outlook(media_, future_, cache_, positions, lag_frames_);
    const std::vector<Choice> before = std::exchange(choices_, {});
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
    outlook.keep_ends([&](const FrameKey& key, std::uint32_t output) {
        const Choice* choice = find(before, key, output);
        return choice != nullptr && choice->kept_since != never;
    });
    for (const Outlook::Use& use : outlook.uses())
        choices_.push_back({use.key, use.output, Outlook::is_kept(use) ? use.kept_since : never});
    std::sort(choices_.begin(), choices_.end(), [](const Choice& a, const Choice& b) {
        return std::tie(a.key, a.output) < std::tie(b.key, b.output);
    });
}

const Retention::Choice* Retention::find(const std::vector<Choice>& choices, const FrameKey& key,
                                         std::uint32_t output) {
    const auto choice = std::lower_bound(
        choices.begin(), choices.end(), std::tie(key, output),
        [](const Choice& a, const auto& b) { return std::tie(a.key, a.output) < b; });
    const bool is_found = choice != choices.end() && choice->key == key && choice->output == output;
    return is_found ? &*choice : nullptr;
}

bool Retention::is_kept(const FrameKey& key, std::uint32_t output, std::uint32_t now) const {
    if (price_ == 0) return true;
    const Choice* choice = find(choices_, key, output);
    if (choice == nullptr) return false;
    // Another decoder comes by later and soon enough: keep it from then on.
    return choice->kept_since != never && choice->kept_since <= now + stride_frames;
}

}  // namespace reelpool::plan
