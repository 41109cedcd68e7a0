#include "compositor/encode/sound_track.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "compositor/sound/limiter.hpp"
#include "ipc/base/cpu_time.hpp"

namespace reelpool::compositor {
namespace {

/// What precedes a packet in its file.
struct PacketHead {
    std::int64_t pts = 0;
    std::int64_t dts = 0;
    std::int64_t duration = 0;
    std::uint32_t bytes = 0;
    std::uint32_t flags = 0;
    std::uint32_t sides = 0;
    std::uint32_t unused = 0;
};
struct SideHead {
    std::uint32_t kind = 0;
    std::uint32_t bytes = 0;
};

/// True peaks stay so far below full scale; lossy codecs move peaks.
constexpr double ceiling_db = -1.2;
constexpr double lossy_ceiling_db = -2.5;
/// Near enough for a loudness, and how often the limiter's loss is made up for.
constexpr double loudness_tolerance_lu = 0.05;
constexpr int most_rounds = 5;

double from_db(double db) {
    return std::pow(10.0, db / 20);
}

double ceiling_of(SoundCodec codec) {
    switch (codec) {
        case SoundCodec::flac:
        case SoundCodec::pcm16:
        case SoundCodec::pcm24:
        case SoundCodec::pcm32f:
            return from_db(ceiling_db);
        case SoundCodec::aac:
        case SoundCodec::opus:
        case SoundCodec::ac3:
        case SoundCodec::mp3:
        case SoundCodec::vorbis:
            break;
    }
    return from_db(lossy_ceiling_db);
}

}  // namespace

Result<std::unique_ptr<SoundTrack>> SoundTrack::create(const OutputSettings& settings) {
    const SoundSettings& sound = *settings.sound;
    REELPOOL_TRY(encoder, SoundEncoder::open(sound, settings.container));
    REELPOOL_TRY(meter, LoudnessMeter::create(sound.rate_hz, sound.layout));
    REELPOOL_TRY(packets, SpoolFile::create(settings.part_path + ".sound"));
    std::optional<SpoolFile> spool;
    if (sound.loudness_lufs) {
        REELPOOL_TRY(mix, SpoolFile::create(settings.part_path + ".mix"));
        spool.emplace(std::move(mix));
    }
    return std::unique_ptr<SoundTrack>(new SoundTrack(sound, std::move(encoder), std::move(packets),
                                                      std::move(spool), std::move(meter)));
}

SoundTrack::SoundTrack(const SoundSettings& settings, SoundEncoder encoder, SpoolFile packets,
                       std::optional<SpoolFile> spool, LoudnessMeter meter)
    : settings_(settings),
      mixer_(settings.rate_hz, settings.layout),
      waiting_(channel_count(settings.layout)),
      encoder_(std::move(encoder)),
      packet_file_(std::move(packets)),
      mix_file_(std::move(spool)),
      meter_(std::move(meter)) {
    result_.encoder = sound_encoder_name(settings_.codec);
}

Status SoundTrack::mix(const SoundMix& mix) {
    if (mix.first != mixed_ || mix.samples > settings_.samples - mixed_)
        return unexpected(internal_error(Component::encoder, "a chunk of sound is out of order"));
    const std::uint64_t begun = (thread_cpu_ns() / 1000);
    REELPOOL_TRY(view, BlockView::make(mix, segments_));
    REELPOOL_TRY(samples, mixer_.mix(mix, view));
    mixed_ += mix.samples;
    result_.mix_us += (thread_cpu_ns() / 1000) - begun;
    return take(samples);
}

/// Goes on in whole chunks.
Status SoundTrack::take(const Rows& samples) {
    const bool is_chunk =
        waiting_.front().empty() && samples.front().size() == sound_chunk_samples;
    if (is_chunk) return take_chunk(samples);
    for (std::size_t c = 0; c < waiting_.size(); ++c)
        waiting_[c].insert(waiting_[c].end(), samples[c].begin(), samples[c].end());
    while (waiting_.front().size() >= sound_chunk_samples) {
        Rows chunk;
        for (auto& row : waiting_) {
            const auto end = row.begin() + sound_chunk_samples;
            chunk.emplace_back(row.begin(), end);
            row.erase(row.begin(), end);
        }
        REELPOOL_TRY_STATUS(take_chunk(chunk));
    }
    return ok();
}

Status SoundTrack::take_chunk(const Rows& samples) {
    const std::uint64_t begun = (thread_cpu_ns() / 1000);
    REELPOOL_TRY_STATUS(meter_.add(samples));
    const std::uint64_t measured_at = (thread_cpu_ns() / 1000);
    result_.mix_us += measured_at - begun;
    REELPOOL_TRY_STATUS(mix_file_ ? keep_mix(samples) : encode(samples));
    result_.encode_us += (thread_cpu_ns() / 1000) - measured_at;
    return ok();
}

Status SoundTrack::encode(const Rows& samples) {
    return encoder_->send(samples, [this](const AVPacket& packet) { return keep(packet); });
}

Status SoundTrack::keep(const AVPacket& packet) {
    const PacketHead head{.pts = packet.pts,
                          .dts = packet.dts,
                          .duration = packet.duration,
                          .bytes = static_cast<std::uint32_t>(packet.size),
                          .flags = static_cast<std::uint32_t>(packet.flags),
                          .sides = static_cast<std::uint32_t>(packet.side_data_elems)};
    REELPOOL_TRY_STATUS(packet_file_.write(&head, sizeof head));
    for (int i = 0; i < packet.side_data_elems; ++i) {
        const AVPacketSideData& side = packet.side_data[i];
        const SideHead side_head{static_cast<std::uint32_t>(side.type),
                                 static_cast<std::uint32_t>(side.size)};
        REELPOOL_TRY_STATUS(packet_file_.write(&side_head, sizeof side_head));
        REELPOOL_TRY_STATUS(packet_file_.write(side.data, side.size));
    }
    REELPOOL_TRY_STATUS(packet_file_.write(packet.data, static_cast<std::size_t>(packet.size)));
    ++packets_;
    return ok();
}

/// Chunks have sound_chunk_samples, but for the last one.
Status SoundTrack::keep_mix(const Rows& samples) {
    for (const auto& row : samples)
        REELPOOL_TRY_STATUS(mix_file_->write(row.data(), row.size() * sizeof(float)));
    return ok();
}

/// Gives the mix again, louder by `gain` and limited.
template <class Take>
Status SoundTrack::replay(double gain, Take&& take) {
    REELPOOL_TRY_STATUS(mix_file_->rewind());
    const std::uint32_t channels = channel_count(settings_.layout);
    Limiter limiter(settings_.rate_hz, channels, gain, ceiling_of(settings_.codec));
    for (std::uint64_t at = 0; at < settings_.samples;) {
        const auto count = static_cast<std::size_t>(
            std::min<std::uint64_t>(sound_chunk_samples, settings_.samples - at));
        Rows rows(channels, std::vector<float>(count));
        for (auto& row : rows)
            REELPOOL_TRY_STATUS(mix_file_->read(row.data(), count * sizeof(float)));
        REELPOOL_TRY_STATUS(take(limiter.push(rows)));
        at += count;
    }
    Rows rest = limiter.finish();
    return take(rest);
}

/// One gain for all of it. What the limiter takes away is made up for.
Status SoundTrack::normalise() {
    const double target = *settings_.loudness_lufs;
    double gain_db = 0;
    if (result_.mixed_lufs > silence_db) {
        gain_db = target - result_.mixed_lufs;
        for (int round = 0; round < most_rounds; ++round) {
            REELPOOL_TRY(meter, LoudnessMeter::create(settings_.rate_hz, settings_.layout));
            REELPOOL_TRY_STATUS(
                replay(from_db(gain_db), [&](const Rows& rows) { return meter.add(rows); }));
            const double missing = target - meter.integrated_lufs();
            if (std::abs(missing) <= loudness_tolerance_lu) break;
            gain_db += missing;
        }
    }
    REELPOOL_TRY(meter, LoudnessMeter::create(settings_.rate_hz, settings_.layout));
    const auto take = [&](const Rows& rows) {
        Status measured = meter.add(rows);
        return measured ? encode(rows) : measured;
    };
    REELPOOL_TRY_STATUS(replay(from_db(gain_db), take));
    meter_ = std::move(meter);
    result_.gain_db = gain_db;
    return ok();
}

Status SoundTrack::finish() {
    if (mixed_ != settings_.samples)
        return unexpected(internal_error(Component::encoder,
                                         "the sound ended after " + std::to_string(mixed_) +
                                             " of " + std::to_string(settings_.samples) +
                                             " samples"));
    const std::uint64_t mixing = (thread_cpu_ns() / 1000);
    REELPOOL_TRY(rest, mixer_.finish());
    result_.mix_us += (thread_cpu_ns() / 1000) - mixing;
    REELPOOL_TRY_STATUS(take(rest));
    if (!waiting_.front().empty()) REELPOOL_TRY_STATUS(take_chunk(std::exchange(waiting_, {})));
    const std::uint64_t begun = (thread_cpu_ns() / 1000);
    result_.mixed_lufs = meter_.integrated_lufs();
    if (mix_file_) REELPOOL_TRY_STATUS(normalise());
    REELPOOL_TRY_STATUS(
        encoder_->finish([this](const AVPacket& packet) { return keep(packet); }));
    meter_.report(result_);
    result_.encode_us += (thread_cpu_ns() / 1000) - begun;
    return rewind();
}

Status SoundTrack::rewind() {
    given_ = 0;
    return packet_file_.rewind();
}

Result<PacketPtr> SoundTrack::next() {
    if (given_ == packets_) return PacketPtr();
    PacketHead head;
    REELPOOL_TRY_STATUS(packet_file_.read(&head, sizeof head));
    PacketPtr packet(av_packet_alloc());
    if (!packet || av_new_packet(packet.get(), static_cast<int>(head.bytes)) < 0)
        return unexpected(encoder_error("cannot make a packet", AVERROR(ENOMEM)));
    packet->pts = head.pts;
    packet->dts = head.dts;
    packet->duration = head.duration;
    packet->flags = static_cast<int>(head.flags);
    for (std::uint32_t i = 0; i < head.sides; ++i) {
        SideHead side;
        REELPOOL_TRY_STATUS(packet_file_.read(&side, sizeof side));
        std::uint8_t* data = av_packet_new_side_data(
            packet.get(), static_cast<AVPacketSideDataType>(side.kind), side.bytes);
        if (data == nullptr)
            return unexpected(encoder_error("cannot make a packet", AVERROR(ENOMEM)));
        REELPOOL_TRY_STATUS(packet_file_.read(data, side.bytes));
    }
    REELPOOL_TRY_STATUS(packet_file_.read(packet->data, head.bytes));
    ++given_;
    return packet;
}

}  // namespace reelpool::compositor
