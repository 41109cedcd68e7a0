#include "compositor/encode/packet_order.hpp"

#include <algorithm>

namespace reelpool::compositor {
namespace {

/// Packets of later segments that may wait; with it an encoder that is ahead stops.
constexpr std::size_t max_waiting_bytes = 32U << 20;
/// How far x265 reorders with its pyramid of B pictures, which all its presets have.
constexpr std::int64_t hevc_reorder_frames = 2;

}  // namespace

PacketOrder::PacketOrder(std::unique_ptr<PacketSink> sink, const OutputSettings& settings)
    : sink_(std::move(sink)), codec_(settings.codec), segment_frames_(segment_frames(settings)) {}

Status PacketOrder::failed(Error error) {
    if (!error_) error_ = std::move(error);
    changed_.notify_all();
    return unexpected(*error_);
}

void PacketOrder::fail(Error error) {
    const std::lock_guard lock(mutex_);
    static_cast<void>(failed(std::move(error)));
}

Status PacketOrder::status() const {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    return ok();
}

Status PacketOrder::check_headers(std::span<const std::uint8_t> extradata) {
    if (!extradata_) {
        extradata_.emplace(extradata.begin(), extradata.end());
        return ok();
    }
    if (std::equal(extradata.begin(), extradata.end(), extradata_->begin(), extradata_->end()))
        return ok();
    return failed(internal_error(Component::encoder, "segments have different headers"));
}

Status PacketOrder::begin_segment(std::uint32_t /*segment*/,
                                  std::span<const std::uint8_t> extradata) {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    return check_headers(extradata);
}

Status PacketOrder::write(AVPacket& packet) {
    const bool begins_segment = written_ % segment_frames_ == 0;
    if (begins_segment && ((packet.flags & AV_PKT_FLAG_KEY) == 0 || packet.pts != written_))
        return failed(internal_error(Component::encoder, "a segment begins with no keyframe"));
    if (written_ == 0 && codec_ == Codec::h264 && packet.dts != AV_NOPTS_VALUE)
        delay_ = packet.pts - packet.dts;
    // x265 leaves the first dts unset when there are fewer pictures than it looks ahead.
    if (codec_ == Codec::hevc) delay_ = hevc_reorder_frames;
    packet.dts = std::int64_t{written_} - delay_;
    packet.duration = 1;
    if (packet.dts > packet.pts)
        return failed(internal_error(Component::encoder, "a picture would be shown undecoded"));
    ++written_;
    if (auto status = sink_->write(packet); !status) return failed(std::move(status).error());
    return ok();
}

Status PacketOrder::deliver(std::uint32_t segment, PacketPtr packet) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, segment] {
        return error_ || segment == front_ || waiting_bytes_ < max_waiting_bytes;
    });
    if (error_) return unexpected(*error_);
    if (segment == front_) return write(*packet);
    waiting_bytes_ += static_cast<std::size_t>(packet->size);
    waiting_[segment].packets.push_back(std::move(packet));
    return ok();
}

/// The front segment is finished: writes what waits of the next ones.
Status PacketOrder::advance() {
    while (true) {
        ++front_;
        const auto next = waiting_.find(front_);
        if (next == waiting_.end()) break;
        const Waiting waiting = std::move(next->second);
        waiting_.erase(next);
        for (const PacketPtr& packet : waiting.packets) {
            waiting_bytes_ -= static_cast<std::size_t>(packet->size);
            REELPOOL_TRY_STATUS(write(*packet));
        }
        if (!waiting.is_finished) break;
    }
    changed_.notify_all();
    return ok();
}

Status PacketOrder::finish_segment(std::uint32_t segment) {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    if (segment == front_) return advance();
    waiting_[segment].is_finished = true;
    return ok();
}

Result<std::uint64_t> PacketOrder::finish(std::uint32_t frames) {
    const std::lock_guard lock(mutex_);
    if (error_) return unexpected(*error_);
    if (written_ != frames)
        return unexpected(internal_error(
            Component::encoder,
            std::to_string(frames) + " pictures gave " + std::to_string(written_) + " packets"));
    auto bytes = sink_->finish(frames);
    if (!bytes) error_ = bytes.error();
    return bytes;
}

}  // namespace reelpool::compositor
