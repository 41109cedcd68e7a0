#pragma once

#include <cstdint>
#include <vector>

#include "ipc/frame/sound_mix.hpp"
#include "orchestrator/model/channel_matrix.hpp"
#include "orchestrator/model/resolved_project.hpp"

namespace reelpool::model {

/// What a clip or a track does to the sound of what it shows, while the clip's local time runs
/// evenly: local = begin + slope x (n - first) / rate. Effects part it into several links.
struct SoundLink {
    const SoundClip* sound = nullptr;  ///< null: only of a track
    const Track* track = nullptr;      ///< its gain and pan count; null: they do not
    bool picks = true;                 ///< the clip's channels count
    bool levels = true;                ///< the clip's gain, pan and fades count
    std::int64_t first = 0;            ///< sample of the main comp
    Time begin;
    Rational slope;  ///< seconds of local time per second of the main comp
};

/// Clips that show one another, outermost first; the last one shows a medium or a bus.
using SoundChain = std::vector<SoundLink>;

/// Channels of a medium or a bus. `mask`: 0: they are for no known speakers.
struct SoundChannels {
    std::uint32_t count = 0;
    std::uint64_t mask = 0;
    friend bool operator==(const SoundChannels&, const SoundChannels&) = default;
};
[[nodiscard]] SoundChannels channels_of(const SoundInfo& sound);

/// How loud a chain of clips plays its source, and on which channels.
class ChainGain {
  public:
    /// `source`: what the last link shows. The chain must outlive it.
    ChainGain(const SoundChain& chain, const SoundChannels& source, SoundLayout layout,
              std::uint32_t rate_hz);

    /// From which channel of the medium to which of the mix anything may come.
    [[nodiscard]] const std::vector<SoundRoute>& routes() const { return routes_; }
    /// The linear factor of every route at a sample.
    [[nodiscard]] std::vector<double> at(std::int64_t sample) const;
    /// Appends the samples in [begin, end) beside which a gain may jump or bend.
    void add_bends(std::int64_t begin, std::int64_t end, std::vector<std::int64_t>& samples) const;

  private:
    [[nodiscard]] Time local_time(const SoundLink& link, std::int64_t sample) const;
    [[nodiscard]] double gain_at(std::int64_t sample) const;
    [[nodiscard]] ChannelMatrix matrix_at(std::int64_t sample) const;
    [[nodiscard]] double pan_at(const SoundLink& link, std::int64_t sample) const;

    const SoundChain& chain_;
    const std::uint32_t rate_hz_;
    const std::uint64_t mask_;
    const SoundChannels source_;
    bool pan_moves_ = false;
    std::vector<SoundRoute> routes_;
    std::vector<double> still_;  ///< of routes, where pan does not move
    double still_gain_ = 1;      ///< of the clips and tracks, where no key moves it
};

/// Gains for the samples [begin, end) as straight lines between points, of which the first is
/// `begin` and the last is `end - 1`. Between points they are off by less than -100 dB of full
/// scale; at the points they are right, so steps are sharp.
void add_envelope(const ChainGain& gain, std::int64_t begin, std::int64_t end,
                  std::vector<std::int64_t>& points, std::vector<double>& gains);

}  // namespace reelpool::model
