#include "orchestrator/cli/table_summary.hpp"

#include <algorithm>
#include <vector>

namespace reelpool::cli {
namespace {

/// Whether every frame lies less than a tick from where an even rate would put it.
bool is_even(const FrameTable& table, const Rational& fps) {
    const Rational period = Rational(1) / (fps * table.time_base);
    if (!period.is_valid() || period < Rational(2)) return false;
    for (std::size_t i = 0; i < table.pts.size(); ++i) {
        const Rational ideal = period * Rational(static_cast<std::int64_t>(i));
        const Rational real(table.pts[i] - table.pts.front());
        if (!ideal.is_valid() || !(real - ideal < Rational(1) && ideal - real < Rational(1)))
            return false;
    }
    return true;
}

/// The usual rate that the frames were rounded from, if one fits.
std::optional<Rational> rounded_from(const FrameTable& table) {
    constexpr int whole_rates[] = {24, 25, 30, 48, 50, 60, 100, 120, 12, 15, 10, 8};
    for (const int rate : whole_rates)
        for (const Rational& fps : {Rational(rate), Rational(rate * 1000, 1001)})
            if (is_even(table, fps)) return fps;
    return std::nullopt;
}

void summarise_gops(const FrameTable& table, TableSummary& summary) {
    std::vector<std::uint32_t> lengths;
    for (std::size_t i = 0; i < table.keyframes.size(); ++i) {
        const bool is_last = i + 1 == table.keyframes.size();
        lengths.push_back((is_last ? table.frame_count() : table.keyframes[i + 1]) -
                          table.keyframes[i]);
    }
    std::sort(lengths.begin(), lengths.end());
    summary.gop_count = lengths.size();
    summary.shortest_gop = lengths.front();
    summary.median_gop = lengths[(lengths.size() - 1) / 2];
    summary.longest_gop = lengths.back();
}

}  // namespace

TableSummary summary_of(const FrameTable& table) {
    TableSummary summary;
    summarise_gops(table, summary);
    const std::size_t count = table.pts.size();
    summary.shortest_frame = summary.longest_frame = table.end_pts - table.pts.back();
    for (std::size_t i = 0; i + 1 < count; ++i) {
        const std::int64_t ticks = table.pts[i + 1] - table.pts[i];
        summary.shortest_frame = std::min(summary.shortest_frame, ticks);
        summary.longest_frame = std::max(summary.longest_frame, ticks);
    }
    const Rational whole = table.duration();
    summary.fps = Rational(static_cast<std::int64_t>(count)) / whole;
    if (summary.shortest_frame == summary.longest_frame) return summary;
    if (const auto fps = rounded_from(table)) {
        summary.kind = RateKind::rounded;
        summary.fps = *fps;
    } else {
        summary.kind = RateKind::variable;
    }
    return summary;
}

}  // namespace reelpool::cli
