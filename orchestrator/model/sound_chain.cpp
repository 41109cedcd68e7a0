#include "orchestrator/model/sound_chain.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace reelpool::model {
namespace {

/// Half of -100 dB of full scale: an envelope is looked at in some places only.
constexpr double tolerance = 0.5e-5;

double from_db(double db) {
    return std::pow(10.0, db / 20);
}

/// 0 at the beginning of a stretch, 1 at its end and after it.
double progress(const Time& at, const Time& length) {
    return length > Time(0) ? std::clamp(at.to_double() / length.to_double(), 0.0, 1.0) : 1.0;
}

bool has_fades(const SoundClip& sound) {
    const Clip& clip = *sound.clip.clip;
    return clip.fade_in > Time(0) || clip.fade_out > Time(0) || sound.cross_in > Time(0) ||
           sound.cross_out > Time(0);
}

double fades_at(const SoundClip& sound, const Time& local) {
    const Clip& clip = *sound.clip.clip;
    const Time left = sound.clip.duration - local;
    if (!left.is_valid()) return 1;
    double factor = progress(local, clip.fade_in) * progress(left, clip.fade_out);
    constexpr double right_angle = std::numbers::pi / 2;
    if (sound.cross_in > Time(0)) factor *= std::sin(right_angle * progress(local, sound.cross_in));
    if (sound.cross_out > Time(0))
        factor *= std::sin(right_angle * progress(left, sound.cross_out));
    return factor;
}

}  // namespace

SoundChannels channels_of(const SoundInfo& sound) {
    if (sound.layout_mask != 0 || sound.channels > 2) return {sound.channels, sound.layout_mask};
    return {sound.channels, layout_mask(usual_layout(sound.channels))};
}

ChainGain::ChainGain(const SoundChain& chain, const SoundChannels& source, SoundLayout layout,
                     std::uint32_t rate_hz)
    : chain_(chain), rate_hz_(rate_hz), mask_(layout_mask(layout)), source_(source) {
    for (const SoundLink& link : chain_) {
        if (link.track != nullptr) still_gain_ *= from_db(link.track->gain_db);
        if (link.sound == nullptr || !link.levels) continue;
        const ClipSound& sound = link.sound->clip.clip->sound;
        pan_moves_ = pan_moves_ || sound.pan.has_keys();
        if (!sound.gain_db.has_keys()) still_gain_ *= from_db(sound.gain_db.constant[0]);
    }
    const ChannelMatrix matrix = matrix_at(chain_.front().first);
    for (std::uint32_t from = 0; from < matrix.inputs(); ++from) {
        for (std::uint32_t to = 0; to < matrix.outputs(); ++to) {
            if (!pan_moves_ && matrix.at(to, from) == 0) continue;
            routes_.push_back({static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(to)});
            still_.push_back(matrix.at(to, from));
        }
    }
}

Time ChainGain::local_time(const SoundLink& link, std::int64_t sample) const {
    const Rational since = Rational(sample - link.first) / Rational(std::int64_t{rate_hz_});
    return link.begin + link.slope * since;
}

double ChainGain::gain_at(std::int64_t sample) const {
    double gain = still_gain_;
    for (const SoundLink& link : chain_) {
        if (link.sound == nullptr || !link.levels) continue;
        const bool moves = link.sound->clip.clip->sound.gain_db.has_keys();
        if (!moves && !has_fades(*link.sound)) continue;
        const Time local = local_time(link, sample);
        if (!local.is_valid()) continue;
        if (moves) gain *= from_db(link.sound->clip.clip->sound.gain_db.at(local)[0]);
        gain *= fades_at(*link.sound, local);
    }
    return gain;
}

double ChainGain::pan_at(const SoundLink& link, std::int64_t sample) const {
    const Curve& pan = link.sound->clip.clip->sound.pan;
    if (!pan.has_keys()) return pan.constant[0];
    const Time local = local_time(link, sample);
    return local.is_valid() ? std::clamp(pan.at(local)[0], -1.0, 1.0) : 0.0;
}

ChannelMatrix ChainGain::matrix_at(std::int64_t sample) const {
    ChannelMatrix matrix = ChannelMatrix::identity(source_.count);
    std::uint64_t mask = source_.mask;
    for (auto link = chain_.rbegin(); link != chain_.rend(); ++link) {
        if (link->sound != nullptr && link->picks) {
            const std::vector<std::uint8_t>& picks = link->sound->clip.clip->sound.channels;
            if (!picks.empty()) {
                matrix = pick_matrix(picks, matrix.outputs()) * matrix;
                mask = layout_mask(usual_layout(static_cast<std::uint32_t>(picks.size())));
            }
        }
        if (link->sound != nullptr && link->levels) {
            const double pan = pan_at(*link, sample);
            if (matrix.outputs() == 1)
                matrix = mono_pan(pan, mask_) * matrix;
            else
                matrix = stereo_pan(pan, mask_) * (layout_matrix(mask, mask_) * matrix);
            mask = mask_;
        }
        if (link->track != nullptr) matrix = stereo_pan(link->track->pan, mask_) * matrix;
    }
    return matrix;
}

std::vector<double> ChainGain::at(std::int64_t sample) const {
    const double gain = gain_at(sample);
    std::vector<double> gains = still_;
    if (pan_moves_) {
        const ChannelMatrix matrix = matrix_at(sample);
        for (std::size_t i = 0; i < routes_.size(); ++i)
            gains[i] = matrix.at(routes_[i].to, routes_[i].from);
    }
    for (double& factor : gains) factor *= gain;
    return gains;
}

void ChainGain::add_bends(std::int64_t begin, std::int64_t end,
                          std::vector<std::int64_t>& samples) const {
    const auto add = [&](const SoundLink& link, const Time& local) {
        if (link.slope.is_zero()) return;
        const Rational place =
            (local - link.begin) * Rational(std::int64_t{rate_hz_}) / link.slope +
            Rational(link.first);
        if (!place.is_valid()) return;
        const std::int64_t low = place.to_integer(Rounding::floor);
        if (low < begin - 2 || low > end) return;
        // Of a jump that lies on a sample, the one before belongs to the other side.
        for (std::int64_t sample = low - 1; sample <= low + 1; ++sample)
            if (sample >= begin && sample < end) samples.push_back(sample);
    };
    for (const SoundLink& link : chain_) {
        if (link.sound == nullptr || !link.levels) continue;
        const SoundClip& sound = *link.sound;
        const Clip& clip = *sound.clip.clip;
        for (const CurveKey& key : clip.sound.gain_db.keys) add(link, key.time);
        for (const CurveKey& key : clip.sound.pan.keys) add(link, key.time);
        if (clip.fade_in > Time(0)) add(link, clip.fade_in);
        if (sound.cross_in > Time(0)) add(link, sound.cross_in);
        if (clip.fade_out > Time(0)) add(link, sound.clip.duration - clip.fade_out);
        if (sound.cross_out > Time(0)) add(link, sound.clip.duration - sound.cross_out);
    }
}

namespace {

/// One straight line of an envelope that is being looked for.
struct Line {
    std::int64_t begin;
    std::int64_t end;  ///< inclusive
    std::vector<double> first;
    std::vector<double> last;
};

bool is_straight(const ChainGain& gain, const Line& line) {
    const std::int64_t length = line.end - line.begin;
    for (const std::int64_t quarter : {1, 2, 3}) {
        const std::int64_t sample = line.begin + length * quarter / 4;
        if (sample <= line.begin || sample >= line.end) continue;
        const double part = static_cast<double>(sample - line.begin) / static_cast<double>(length);
        const std::vector<double> real = gain.at(sample);
        for (std::size_t i = 0; i < real.size(); ++i) {
            const double straight = line.first[i] + (line.last[i] - line.first[i]) * part;
            if (std::abs(straight - real[i]) > tolerance) return false;
        }
    }
    return true;
}

}  // namespace

void add_envelope(const ChainGain& gain, std::int64_t begin, std::int64_t end,
                  std::vector<std::int64_t>& points, std::vector<double>& gains) {
    std::vector<std::int64_t> bends{begin, end - 1};
    gain.add_bends(begin, end, bends);
    std::sort(bends.begin(), bends.end());
    bends.erase(std::unique(bends.begin(), bends.end()), bends.end());
    const auto add = [&](std::int64_t sample, const std::vector<double>& values) {
        points.push_back(sample);
        gains.insert(gains.end(), values.begin(), values.end());
    };
    std::vector<double> first = gain.at(begin);
    add(begin, first);
    for (std::size_t i = 1; i < bends.size(); ++i) {
        std::vector<Line> open;
        open.push_back({bends[i - 1], bends[i], first, gain.at(bends[i])});
        while (!open.empty()) {
            Line line = std::move(open.back());
            open.pop_back();
            if (line.end - line.begin > 1 && !is_straight(gain, line)) {
                const std::int64_t middle = (line.begin + line.end) / 2;
                std::vector<double> there = gain.at(middle);
                open.push_back({middle, line.end, there, std::move(line.last)});
                open.push_back({line.begin, middle, std::move(line.first), std::move(there)});
                continue;
            }
            add(line.end, line.last);
            first = std::move(line.last);
        }
    }
}

}  // namespace reelpool::model
