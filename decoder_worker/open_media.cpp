#include "decoder_worker/open_media.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/media_facts.hpp"
#include "decoder_worker/packet_scan.hpp"
#include "decoder_worker/sound_facts.hpp"
#include "decoder_worker/stream_list.hpp"
#include "decoder_worker/table_entry.hpp"
#include "ipc/av/colors.hpp"

namespace reelpool::worker {
namespace {

/// How many of the first frames are compared with the table where its word is doubtful.
constexpr std::uint32_t trial_frames = 48;

Error nothing_decodes(std::string what) {
    return {.code = ErrorCode::decode,
            .component = Component::shared_decoder,
            .subject = {},
            .what = std::move(what),
            .cause = take_av_log(),
            .hint = {}};
}

/// The first frame that comes out, and whether the table was right about the next ones.
struct Trial {
    std::uint32_t first_frame = 0;
    bool is_table_right = true;
    MediaInfo info;
};

/// Decodes the beginning and compares it with the table.
Result<Trial> try_table(FrameStream& stream, const MediaIndex& index,
                        const wire::OpenMedia& wishes) {
    const Demuxer& demuxer = stream.demuxer();
    Trial trial;
    std::uint32_t checked = index.naming == FrameNaming::by_pts ? 1 : trial_frames;
    std::uint32_t expected = 0;
    for (std::uint32_t n = 0; n < checked; ++n) {
        REELPOOL_TRY(next, stream.next());
        if (n == 0) {
            if (!next) return unexpected(nothing_decodes("no picture of the file can be decoded"));
            av::Frame first(av_frame_clone(next->frame));
            REELPOOL_TRY(info, describe_media(demuxer.format(), demuxer.video(), stream.codec(),
                                              *first, wishes));
            trial.info = std::move(info);
            // Two fields may be two packets of one frame.
            if (trial.info.is_interlaced) checked = trial_frames;
        }
        const bool is_past_end = expected == index.table.frame_count();
        if (!next) {
            trial.is_table_right = is_past_end;
            return trial;
        }
        const auto frame = index.frame_of(next->frame->pts);
        if (n == 0) expected = trial.first_frame = frame.value_or(0);
        if (!frame || *frame != expected) {
            trial.is_table_right = false;
            return trial;
        }
        ++expected;
    }
    return trial;
}

bool is_increasing(const std::vector<std::int64_t>& stamps) {
    return std::adjacent_find(stamps.begin(), stamps.end(), std::greater_equal<>()) ==
               stamps.end() &&
           std::find(stamps.begin(), stamps.end(), AV_NOPTS_VALUE) == stamps.end();
}

/// Time stamps for frames of which only the number is known: those of the packets in order of
/// decoding if there are as many, else evenly spaced.
std::vector<std::int64_t> invented_stamps(std::size_t count,
                                          const std::vector<PacketFacts>& packets,
                                          std::int64_t ticks) {
    std::vector<std::int64_t> stamps;
    for (const PacketFacts& packet : packets)
        if (packet.is_shown) stamps.push_back(packet.dts);
    if (stamps.size() == count && is_increasing(stamps)) return stamps;
    stamps.resize(count);
    for (std::size_t i = 0; i < count; ++i) stamps[i] = static_cast<std::int64_t>(i) * ticks;
    return stamps;
}

/// Decodes everything to learn which frames there are.
Result<MediaIndex> index_by_decoding(FrameStream& stream, const std::vector<PacketFacts>& packets,
                                     std::size_t max_frames) {
    const AVStream& video = stream.demuxer().video();
    MediaIndex index;
    index.naming = FrameNaming::by_count;
    index.seek = SeekMethod::none;
    FrameTable& table = index.table;
    table.time_base = av::from_av(video.time_base);
    for (;;) {
        REELPOOL_TRY(next, stream.next());
        if (!next) break;
        if (table.pts.size() == max_frames) return unexpected(too_many_frames(max_frames));
        table.pts.push_back(next->frame->best_effort_timestamp);
    }
    if (table.pts.empty())
        return unexpected(nothing_decodes("no picture of the file can be decoded"));
    const std::int64_t ticks = nominal_frame_ticks(video);
    if (!is_increasing(table.pts)) table.pts = invented_stamps(table.pts.size(), packets, ticks);
    const std::size_t count = table.pts.size();
    table.end_pts =
        table.pts.back() + (count > 1 ? table.pts[count - 1] - table.pts[count - 2] : ticks);
    table.keyframes.push_back(0);
    index.seek_points.emplace_back();
    return index;
}

StreamOptions stream_options(const wire::OpenMedia& wishes) {
    return {.threads = 1,
            .probing = Probing::header_where_enough,
            .max_side_px = std::min(wishes.max_side_px, max_picture_side)};
}

/// What the container says, before anything is decoded; the codec keeps to the limit later.
Status check_size(const AVCodecParameters& parameters, std::uint32_t max_side_px) {
    const auto limit = static_cast<int>(max_side_px);
    if (parameters.width <= limit && parameters.height <= limit) return ok();
    return unexpected(too_large(parameters.width, parameters.height, max_side_px));
}

bool is_picture_file(const MediaInfo& info, const FrameTable& table) {
    const std::string_view container = info.container;
    const bool is_picture_container = container.ends_with("_pipe") || container == "gif";
    return is_picture_container && table.frame_count() == 1;
}

/// All packets, and what follows from them.
struct Scan {
    std::shared_ptr<Demuxer> demuxer;
    std::vector<PacketFacts> packets;
    Result<MediaIndex> index;
    bool is_blind = false;  ///< the packets' contents were not read
};

Result<Scan> scan(const std::shared_ptr<MediaFile>& file, const wire::OpenMedia& wishes,
                  Payload payload) {
    const std::uint32_t max_side_px = stream_options(wishes).max_side_px;
    REELPOOL_TRY(demuxer, Demuxer::open(file, Probing::full, max_side_px, payload));
    REELPOOL_TRY_STATUS(check_size(*demuxer.video().codecpar, max_side_px));
    const bool is_blind = demuxer.skips_payload();
    static_cast<void>(take_av_log());
    auto packets = scan_packets(demuxer, wishes.max_frames);
    // A demuxer that stumbles may have missed what was not read: compressed blocks, for instance.
    const bool has_complaints = is_blind && !take_av_log().empty();
    if (!packets && (!is_blind || packets.error().code == ErrorCode::limit))
        return unexpected(std::move(packets).error());
    if (packets && !has_complaints) {
        auto index = index_from_packets(*packets, demuxer);
        if (index || !is_blind)
            return Scan{std::make_shared<Demuxer>(std::move(demuxer)), std::move(*packets),
                        std::move(index), is_blind};
    }
    return scan(file, wishes, Payload::read);
}

void note_missing_end(const AVFormatContext& container, OpenedMedia& media) {
    if (container.duration <= 0) return;
    const double promised = static_cast<double>(container.duration) / AV_TIME_BASE;
    const double present = media.index.table.duration().to_double();
    if (promised > present + 1.0)
        media.info.notes.push_back("the container promises " + std::to_string(promised) +
                                   " s, its pictures end after " + std::to_string(present) + " s");
}

/// The frames from a GOP's keyframe to the end of the file that really come out.
Result<std::vector<std::uint32_t>> shown_from(const OpenedMedia& media, std::size_t gop) {
    const MediaIndex& index = media.index;
    REELPOOL_TRY(stream, FrameStream::open(media.file, stream_options(media.wishes)));
    stream.name_by(index);
    if (gop > 0) REELPOOL_TRY_STATUS(stream.seek(index.seek_points[gop], index.seek));
    std::vector<std::uint32_t> shown;
    for (;;) {
        REELPOOL_TRY(next, stream.next());
        if (!next) return shown;
        const auto frame = index.frame_of(next->frame->pts);
        if (frame && *frame >= index.table.keyframes[gop] &&
            (shown.empty() || *frame > shown.back()))
            shown.push_back(*frame);
    }
}

/// Where the file is cut short, only decoding tells which of the last frames come out: of the last
/// GOP, once, by one thread, as ffmpeg would. The one before is looked at, too: pictures that lead
/// its successor are its own.
Status drop_lost_frames(OpenedMedia& media) {
    if (media.index.naming == FrameNaming::by_count) return ok();
    const std::size_t gops = media.index.seek_points.size();
    for (std::size_t gop = gops - std::min<std::size_t>(gops, 2);; --gop) {
        REELPOOL_TRY(shown, shown_from(media, gop));
        const std::uint32_t first = media.index.table.keyframes[gop];
        if (!shown.empty() && shown.front() == first) {
            keep_of_end(media.index, first, shown);
            return ok();
        }
        if (gop == 0) return unexpected(nothing_decodes("no picture of the file can be decoded"));
    }
}

Status mend_cut_end(const Scan& scan, OpenedMedia& media) {
    const std::uint32_t missing = frames_beyond_end(*scan.demuxer);
    if (missing > 0)
        media.info.notes.push_back("the file is cut short: its last " + std::to_string(missing) +
                                   " frames lie beyond its end");
    if (missing == 0 && !scan.packets.back().is_cut) return ok();
    return drop_lost_frames(media);
}

/// What the packets say, and what decoding the beginning says to it.
struct Examination {
    Scan scan;
    Trial trial;
    bool is_demuxer_shared = false;  ///< the scan's demuxer can be used once more
    [[nodiscard]] bool has_good_table() const { return scan.index && trial.is_table_right; }
};

/// Whether the first packet is the first that can be seeked to. (Pictures before the first keyframe
/// come out of some codecs if decoding begins with them.)
bool begins_with_seek_point(const Scan& scan) {
    if (!scan.index || scan.index->seek == SeekMethod::none) return false;
    const PacketFacts& first = scan.packets.front();
    const SeekPoint& point = scan.index->seek_points.front();
    return first.is_key && first.pts == point.pts && first.dts == point.dts;
}

/// The scan's demuxer again, at its start, where it can go back and read what it skipped.
Result<std::optional<FrameStream>> stream_of_scan(const Scan& scan, const StreamOptions& options) {
    if (!scan.is_blind || !begins_with_seek_point(scan) || !scan.demuxer->stop_skipping_payload())
        return std::optional<FrameStream>();
    REELPOOL_TRY(stream, FrameStream::open(scan.demuxer, options));
    const bool has_moved =
        stream.seek(scan.index->seek_points.front(), scan.index->seek).has_value();
    return has_moved ? std::optional(std::move(stream)) : std::nullopt;
}

/// Whether the packets must be read whole to know: two fields may be one frame, and a keyframe may
/// begin a gradual refresh.
Result<bool> needs_payload(const Examination& found, FrameStream& stream) {
    if (!found.scan.is_blind) return false;
    if (!found.has_good_table()) return true;
    const MediaIndex& index = *found.scan.index;
    const bool is_h264 = stream.demuxer().video().codecpar->codec_id == AV_CODEC_ID_H264;
    if (!is_h264 || index.seek_points.size() < 2 || index.seek == SeekMethod::none) return false;
    // A container that cannot go there is no matter of payload.
    auto is_gradual = stream.is_gradual(index.seek_points[1], index.seek);
    return is_gradual.has_value() && *is_gradual;
}

Result<Examination> examine_packets(const OpenedMedia& media, Payload payload) {
    REELPOOL_TRY(scanned, scan(media.file, media.wishes, payload));
    REELPOOL_TRY(stream, stream_of_scan(scanned, stream_options(media.wishes)));
    const bool is_demuxer_shared = stream.has_value();
    if (!stream) {
        REELPOOL_TRY(own, FrameStream::open(media.file, stream_options(media.wishes)));
        stream.emplace(std::move(own));
    }
    MediaIndex anything;  // stands in where the packets gave no table: every frame contradicts it
    const MediaIndex& guess = scanned.index ? *scanned.index : anything;
    stream->name_by(guess);
    REELPOOL_TRY(trial, try_table(*stream, guess, media.wishes));
    Examination found{std::move(scanned), std::move(trial), is_demuxer_shared};
    stream->name_by(anything);
    REELPOOL_TRY(must_read, needs_payload(found, *stream));
    if (must_read) return examine_packets(media, Payload::read);
    return found;
}

/// Looks at the file itself.
Status examine(OpenedMedia& media) {
    const wire::OpenMedia& wishes = media.wishes;
    REELPOOL_TRY(found, examine_packets(media, Payload::skip_where_possible));
    auto& [scanned, trial, is_demuxer_shared] = found;
    media.info = std::move(trial.info);
    media.info.streams = list_streams(scanned.demuxer->format(), scanned.demuxer->video().index);
    if (found.has_good_table()) {
        media.index = std::move(*scanned.index);
        drop_frames_before(media.index, trial.first_frame);
        REELPOOL_TRY_STATUS(mend_cut_end(scanned, media));
        if (is_demuxer_shared) media.spare->keep(scanned.demuxer);
    } else {
        REELPOOL_TRY(again, FrameStream::open(media.file, stream_options(wishes)));
        REELPOOL_TRY(learned, index_by_decoding(again, scanned.packets, wishes.max_frames));
        media.index = std::move(learned);
        media.source = wire::TableSource::decode;
        media.info.notes.emplace_back(
            "the time stamps of its packets do not tell its frames: it can only be decoded from "
            "the start");
    }
    media.info.is_still = is_picture_file(media.info, media.index.table);
    REELPOOL_TRY_STATUS(validate(media.index.table));
    note_missing_end(scanned.demuxer->format(), media);
    return ok();
}

/// Pictures, and the sound that goes with them; or sound alone.
Status examine_all(OpenedMedia& media) {
    if (Status pictures = examine(media); !pictures) {
        REELPOOL_TRY(is_sound, describe_sound_alone(media));
        return is_sound ? ok() : pictures;
    }
    add_sound(media);
    return ok();
}

/// Takes over what an earlier worker found out, if that is of use.
bool is_recalled(OpenedMedia& media, const UniqueFd& entry) {
    if (media.wishes.table_entry != wire::TableEntry::given || !entry) return false;
    auto record = decode_entry(read_entry(entry), media.wishes);
    if (!record || record->index.table.frame_count() > media.wishes.max_frames) return false;
    media.info = std::move(record->info);
    media.index = std::move(record->index);
    media.source = wire::TableSource::cache;
    return true;
}

}  // namespace

Result<std::shared_ptr<const OpenedMedia>> open_media(UniqueFd fd, wire::OpenMedia wishes,
                                                      UniqueFd entry,
                                                      std::shared_ptr<Progress> progress) {
    const auto begun = std::chrono::steady_clock::now();
    auto media = std::make_shared<OpenedMedia>();
    media->wishes = wishes;
    REELPOOL_TRY(file, MediaFile::open(std::move(fd), std::move(progress)));
    media->file = std::move(file);
    if (!is_recalled(*media, entry)) {
        REELPOOL_TRY_STATUS(examine_all(*media));
        // A single picture is examined as fast as an entry is found.
        if (wishes.table_entry != wire::TableEntry::unwanted &&
            media->index.table.frame_count() > 1)
            media->entry = encode_entry({media->info, media->index}, wishes);
    }
    media->proven = std::make_shared<ProvenGroups>(media->index.seek_points.size());
    media->bytes_read = media->file->bytes_read();
    media->open_us =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(
                                       std::chrono::steady_clock::now() - begun)
                                       .count());
    return std::shared_ptr<const OpenedMedia>(std::move(media));
}

}  // namespace reelpool::worker
