#include "decoder_worker/sound_facts.hpp"

#include <utility>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/sound_cursor.hpp"
#include "decoder_worker/stream_list.hpp"

namespace reelpool::worker {
namespace {

SoundInfo on_source_clock(const SoundStream& stream, const MediaInfo& info,
                          const FrameTable& table) {
    SoundInfo sound = stream.info();
    const std::int64_t zero = sample_at_source_zero(info, table, stream);
    sound.first_sample = Rational(stream.first_position() - zero, sound.rate_hz);
    return sound;
}

/// Durations that were guessed from a bit rate are worth a look at all packets, where they are all
/// that the file has.
Status measure(SoundStream& stream, SoundInfo& sound) {
    const bool is_guessed =
        stream.format().duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
    if (sound.duration > Time(0) && !is_guessed) return ok();
    REELPOOL_TRY(end, stream.find_end());
    const Time duration(end - stream.first_position(), sound.rate_hz);
    if (duration > Time(0)) sound.duration = duration;
    return ok();
}

}  // namespace

void add_sound(OpenedMedia& media) {
    MediaInfo& info = media.info;
    if (!info.has_sound || media.wishes.is_sequence) return;
    auto stream = SoundStream::open(media.file, media.wishes.max_side_px);
    if (!stream) {
        info.notes.push_back("its sound cannot be used: " + to_string(stream.error()));
        return;
    }
    info.sound = on_source_clock(*stream, info, media.index.table);
    if (!validate(*info.sound)) {
        info.sound.reset();
        info.notes.emplace_back("its sound cannot be used: its time stamps are absurd");
        return;
    }
    const auto index = static_cast<std::size_t>(stream->stream_index());
    if (index < info.streams.size()) info.streams[index].is_shown = true;
}

Result<bool> describe_sound_alone(OpenedMedia& media) {
    if (media.wishes.is_sequence) return false;
    auto stream = SoundStream::open(media.file, media.wishes.max_side_px);
    if (!stream || stream->has_pictures()) return false;
    MediaInfo info;
    info.has_pictures = false;
    info.has_sound = true;
    info.container = stream->format().iformat->name;
    info.codec = stream->info().codec;
    info.streams = list_streams(stream->format(), stream->stream_index());
    info.sound = on_source_clock(*stream, info, {});
    REELPOOL_TRY_STATUS(measure(*stream, *info.sound));
    REELPOOL_TRY_STATUS(validate(*info.sound));
    media.info = std::move(info);
    media.index = {};
    return true;
}

}  // namespace reelpool::worker
