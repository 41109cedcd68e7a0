#include "decoder_worker/packet_scan.hpp"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "decoder_worker/av_log.hpp"
#include "decoder_worker/picture_parser.hpp"
#include "ipc/av/colors.hpp"

namespace reelpool::worker {
namespace {

constexpr std::int64_t far_away = std::int64_t{1} << 60;

Unexpected unusable(ErrorCode code, std::string what) {
    return unexpected({.code = code,
                       .component = Component::worker,
                       .subject = {},
                       .what = std::move(what),
                       .cause = take_av_log(),
                       .hint = {}});
}

/// VP8 and VP9 store pictures that are never shown, for others to refer to.
bool is_invisible(AVCodecID id, const AVPacket& packet) {
    if (packet.size < 1) return false;
    const unsigned first = packet.data[0];
    if (id == AV_CODEC_ID_VP8) return (first & 0x10) == 0;
    if (id != AV_CODEC_ID_VP9) return false;
    const bool is_superframe = (packet.data[packet.size - 1] & 0xe0) == 0xc0;
    const bool has_reserved_bit = (first & 0x30) == 0x30;
    if (is_superframe || has_reserved_bit) return false;
    const bool shows_existing = (first & 0x08) != 0;
    return !shows_existing && (first & 0x02) == 0;
}

/// A start code's byte that begins a part of the picture itself.
bool begins_slice(AVCodecID id, unsigned code) {
    if (id == AV_CODEC_ID_H264) return (code & 0x1f) == 1 || (code & 0x1f) == 5;
    if (id == AV_CODEC_ID_HEVC) return (code >> 1 & 0x3f) < 32;
    return code >= 1 && code <= 0xaf;  // MPEG-1 and MPEG-2
}

/// A stream that is cut anywhere ends in a packet that may have hardly anything of its picture, and
/// its container cannot tell. Codecs refuse pictures without a slice, or with one that has only
/// just begun; otherwise they conceal what is missing.
bool may_be_refused(const AVPacket& packet, const Demuxer& demuxer) {
    constexpr int enough_of_picture_bytes = 64;
    constexpr int enough_of_slice_bytes = 8;
    const std::string_view container = demuxer.format().iformat->name;
    const AVCodecID id = demuxer.video().codecpar->codec_id;
    const bool has_start_codes = id == AV_CODEC_ID_H264 || id == AV_CODEC_ID_HEVC ||
                                 id == AV_CODEC_ID_MPEG1VIDEO || id == AV_CODEC_ID_MPEG2VIDEO;
    if ((container != "mpegts" && container != "mpeg") || !has_start_codes) return false;
    const std::uint8_t* const data = packet.data;
    int first_slice = packet.size;
    int last_slice = packet.size;
    for (int at = 0; at + 3 < packet.size; ++at) {
        const bool is_start_code = data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1;
        if (!is_start_code || !begins_slice(id, data[at + 3])) continue;
        first_slice = std::min(first_slice, at);
        last_slice = at;
    }
    return packet.size - first_slice < enough_of_picture_bytes ||
           packet.size - last_slice < enough_of_slice_bytes;
}

SeekMethod seek_method(const AVInputFormat& format) {
    const std::string_view name = format.name;
    if (name == "avi" || name == "mpeg") return SeekMethod::dts;
    if (name == "mpegts") return SeekMethod::byte;
    return SeekMethod::pts;
}

/// Their key flags do not mean that decoding may start there.
bool has_untrustworthy_keys(AVCodecID id) {
    return id == AV_CODEC_ID_GIF || id == AV_CODEC_ID_APNG || id == AV_CODEC_ID_VC1 ||
           id == AV_CODEC_ID_WMV3;
}

/// Gives every packet a PTS where the container knows only DTS: of pictures in decoding order, B
/// pictures are presented at once, others after the next that is none. The n-th presented picture
/// takes the n-th DTS.
std::vector<PacketFacts> stamp_by_dts(std::vector<PacketFacts> packets) {
    std::vector<std::size_t> order;
    std::size_t held = packets.size();
    for (std::size_t i = 0; i < packets.size(); ++i) {
        if (packets[i].is_bidirectional) {
            order.push_back(i);
            continue;
        }
        if (held != packets.size()) order.push_back(held);
        held = i;
    }
    if (held != packets.size()) order.push_back(held);
    for (std::size_t n = 0; n < order.size(); ++n) packets[order[n]].pts = packets[n].dts;
    return packets;
}

bool has_good_dts(const std::vector<PacketFacts>& packets) {
    for (std::size_t i = 0; i < packets.size(); ++i)
        if (packets[i].dts == AV_NOPTS_VALUE || !packets[i].is_shown ||
            (i > 0 && packets[i].dts <= packets[i - 1].dts))
            return false;
    return true;
}

/// Shown packets in presentation order, from the first key packet on.
std::vector<PacketFacts> presented(const std::vector<PacketFacts>& packets) {
    const auto is_key = [](const PacketFacts& packet) { return packet.is_key; };
    auto first = std::find_if(packets.begin(), packets.end(), is_key);
    if (first == packets.end()) first = packets.begin();
    std::vector<PacketFacts> shown;
    std::copy_if(first, packets.end(), std::back_inserter(shown),
                 [](const PacketFacts& packet) { return packet.is_shown; });
    std::stable_sort(shown.begin(), shown.end(),
                     [](const auto& a, const auto& b) { return a.pts < b.pts; });
    return shown;
}

bool has_good_pts(const std::vector<PacketFacts>& shown) {
    for (std::size_t i = 0; i < shown.size(); ++i)
        if (shown[i].pts == AV_NOPTS_VALUE || (i > 0 && shown[i].pts == shown[i - 1].pts))
            return false;
    return !shown.empty();
}

/// Fields that are packets of their own are one frame, which comes out with the time stamp of the
/// first and lasts as long as both. Fields that were lost pair with nothing.
class FieldPairs {
  public:
    void add(std::vector<PacketFacts>& packets, const CodedPicture& picture) {
        const bool is_field = picture.structure != Structure::frame;
        const bool is_second = is_field && first_ && first_->structure != picture.structure &&
                               std::abs(first_->order - picture.order) <= 1;
        if (is_second) {
            PacketFacts& second = packets.back();
            PacketFacts& first = packets[packets.size() - 2];
            second.is_shown = false;
            // Some containers give every field the duration of a frame; time stamps know better.
            const std::int64_t both = first.duration + second.duration;
            const bool is_stamped = first.pts != AV_NOPTS_VALUE && second.pts != AV_NOPTS_VALUE;
            const std::int64_t apart = is_stamped ? second.pts - first.pts : 0;
            first.duration = apart > 0 && 2 * apart <= both ? 2 * apart : both;
        }
        first_.reset();
        if (is_field && !is_second) first_ = picture;
    }

  private:
    std::optional<CodedPicture> first_;  ///< the last packet, a field that waits for its other
};

}  // namespace

std::int64_t nominal_frame_ticks(const AVStream& stream) {
    const AVRational rate =
        stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
    if (rate.num <= 0 || rate.den <= 0) return 1;
    return std::max(std::int64_t{1}, av_rescale_q(1, av_inv_q(rate), stream.time_base));
}

Error too_many_frames(std::size_t most) {
    return {.code = ErrorCode::limit,
            .component = Component::worker,
            .subject = {},
            .what = "the file has more than " + std::to_string(most) + " frames",
            .cause = {},
            .hint = "If it is meant to, allow more with --media-frames."};
}

Result<std::vector<PacketFacts>> scan_packets(Demuxer& demuxer, std::size_t max_packets) {
    AVStream& stream = demuxer.video();
    const av::Packet packet(av_packet_alloc());
    const av::Packet last(av_packet_alloc());
    if (!packet || !last)
        return unusable(ErrorCode::retryable, "there is no memory to read the file");
    // Where payload is skipped, there is nothing to look at.
    std::optional<PictureParser> parser;
    if (!demuxer.skips_payload()) parser.emplace(*stream.codecpar);
    FieldPairs fields;
    std::vector<PacketFacts> packets;
    for (;;) {
        REELPOOL_TRY(outcome, demuxer.read(packet.get()));
        if (outcome == Demuxer::Outcome::end) break;
        const auto is_absurd = [](std::int64_t stamp) {
            return stamp != AV_NOPTS_VALUE && (stamp > far_away || stamp < -far_away);
        };
        if (is_absurd(packet->pts) || is_absurd(packet->dts) || packet->duration > far_away)
            return unusable(ErrorCode::media, "the file has absurd time stamps");
        if (packets.size() == max_packets)
            return unexpected(too_many_frames(max_packets));
        const bool is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
        const CodedPicture picture = parser ? parser->parse(*packet) : CodedPicture{};
        packets.push_back(
            {.pts = packet->pts,
             .dts = packet->dts,
             .position_bytes = packet->pos,
             .duration = packet->duration,
             .is_key = is_key && !(parser && begins_gradually(*stream.codecpar, *packet)),
             .is_shown = (packet->flags & AV_PKT_FLAG_DISCARD) == 0 && packet->size > 0 &&
                         !is_invisible(stream.codecpar->codec_id, *packet),
             .is_bidirectional = picture.is_bidirectional,
             .is_cut = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0});
        fields.add(packets, picture);
        av_packet_unref(last.get());
        av_packet_move_ref(last.get(), packet.get());
    }
    if (packets.empty()) return unusable(ErrorCode::media, "the file holds no pictures");
    if (may_be_refused(*last, demuxer)) packets.back().is_cut = true;
    return packets;
}

std::uint32_t frames_beyond_end(const Demuxer& demuxer) {
    const std::int64_t file_bytes = avio_size(demuxer.format().pb);
    std::uint32_t beyond = 0;
    const int count = avformat_index_get_entries_count(&demuxer.video());
    for (int i = 0; i < count; ++i) {
        const AVIndexEntry* entry = avformat_index_get_entry(&demuxer.video(), i);
        if (entry != nullptr && entry->size > 0 && entry->pos >= file_bytes) ++beyond;
    }
    return beyond;
}

Result<MediaIndex> index_from_packets(const std::vector<PacketFacts>& packets,
                                      const Demuxer& demuxer) {
    const AVStream& stream = demuxer.video();
    MediaIndex index;
    index.table.time_base = av::from_av(stream.time_base);
    index.seek = seek_method(*demuxer.format().iformat);
    std::vector<PacketFacts> shown = presented(packets);
    if (!has_good_pts(shown)) {
        const AVCodecID id = stream.codecpar->codec_id;
        const bool is_orderly =
            id == AV_CODEC_ID_MPEG4 || id == AV_CODEC_ID_MPEG2VIDEO || id == AV_CODEC_ID_MPEG1VIDEO;
        if (!is_orderly || !has_good_dts(packets))
            return unusable(ErrorCode::media, "time stamps are missing or doubled");
        const std::vector<PacketFacts> stamped = stamp_by_dts(packets);
        index.naming = FrameNaming::by_dts;
        for (const PacketFacts& packet : stamped) index.stamps.emplace_back(packet.dts, packet.pts);
        shown = presented(stamped);
        if (!has_good_pts(shown))
            return unusable(ErrorCode::media, "time stamps are missing or doubled");
    }
    FrameTable& table = index.table;
    table.pts.reserve(shown.size());
    for (const PacketFacts& packet : shown) {
        const auto frame = static_cast<std::uint32_t>(table.pts.size());
        const bool may_start = packet.is_key && !has_untrustworthy_keys(stream.codecpar->codec_id);
        if (frame == 0 || may_start) {
            table.keyframes.push_back(frame);
            index.seek_points.push_back({packet.pts, packet.dts, packet.position_bytes});
        }
        table.pts.push_back(packet.pts);
    }
    const std::size_t count = table.pts.size();
    const std::int64_t last = shown.back().duration > 0 ? shown.back().duration
                              : count > 1 ? table.pts[count - 1] - table.pts[count - 2]
                                          : nominal_frame_ticks(stream);
    table.end_pts = table.pts.back() + last;
    if (count == 1) index.seek = SeekMethod::none;  // picture files cannot, and need not
    return index;
}

void drop_frames_before(MediaIndex& index, std::uint32_t frame) {
    if (frame == 0) return;
    FrameTable& table = index.table;
    table.pts.erase(table.pts.begin(), table.pts.begin() + frame);
    std::vector<std::uint32_t> keyframes;
    std::vector<SeekPoint> points;
    // What led to the first frame before is what leads to it now.
    SeekPoint leading = index.seek_points.front();
    for (std::size_t i = 0; i < table.keyframes.size(); ++i) {
        if (table.keyframes[i] <= frame) {
            leading = index.seek_points[i];
            continue;
        }
        keyframes.push_back(table.keyframes[i] - frame);
        points.push_back(index.seek_points[i]);
    }
    table.keyframes.assign(1, 0);
    table.keyframes.insert(table.keyframes.end(), keyframes.begin(), keyframes.end());
    index.seek_points.assign(1, leading);
    index.seek_points.insert(index.seek_points.end(), points.begin(), points.end());
}

void keep_of_end(MediaIndex& index, std::uint32_t first, const std::vector<std::uint32_t>& shown) {
    FrameTable& table = index.table;
    const FrameTable whole = table;
    const std::vector<SeekPoint> points = std::exchange(index.seek_points, {});
    if (shown.back() + 1 < whole.frame_count()) table.end_pts = whole.pts[shown.back() + 1];
    table.pts.resize(first);
    table.keyframes.clear();
    for (std::size_t i = 0; i < points.size() && whole.keyframes[i] < first; ++i) {
        table.keyframes.push_back(whole.keyframes[i]);
        index.seek_points.push_back(points[i]);
    }
    for (const std::uint32_t frame : shown) {
        const auto key = std::lower_bound(whole.keyframes.begin(), whole.keyframes.end(), frame);
        if (key != whole.keyframes.end() && *key == frame) {
            table.keyframes.push_back(table.frame_count());
            index.seek_points.push_back(
                points[static_cast<std::size_t>(key - whole.keyframes.begin())]);
        }
        table.pts.push_back(whole.pts[frame]);
    }
}

}  // namespace reelpool::worker
