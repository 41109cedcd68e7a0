#include "orchestrator/plan/forecast.hpp"

#include <algorithm>

namespace reelpool::plan {

ForecastTotals totals_of(const Forecast& forecast) {
    ForecastTotals totals;
    for (const MediaForecast& media : forecast.media) {
        totals.wants += media.wants;
        totals.frames_unique += media.frames_unique;
        totals.frames_decoded += media.frames_decoded;
        totals.frames_ideal += media.frames_ideal;
        totals.seeks += media.seeks;
        totals.decoded_again += media.decoded_again;
    }
    return totals;
}

double amplification(std::uint64_t frames_decoded, std::uint64_t frames_ideal) {
    if (frames_ideal == 0) return 1.0;
    return static_cast<double>(frames_decoded) / static_cast<double>(frames_ideal);
}

double amplification_of(const MediaForecast& media) {
    return amplification(media.frames_decoded, media.frames_ideal);
}

std::uint64_t wasted_decodes(const MediaForecast& media) {
    return media.frames_decoded > media.frames_ideal ? media.frames_decoded - media.frames_ideal
                                                     : 0;
}

std::uint32_t slots_peak(const MediaForecast& media) {
    std::uint32_t peak = 0;
    for (const SlotStep& step : media.slots) peak = std::max(peak, step.slots);
    return peak;
}

const char* name_of(UsageClass usage) {
    switch (usage) {
        case UsageClass::heavy:
            return "heavy";
        case UsageClass::normal:
            return "normal";
        case UsageClass::scattered:
            return "scattered";
    }
    return "";
}

}  // namespace reelpool::plan
