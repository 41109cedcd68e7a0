#include "compositor/encode/segment_encoder.hpp"

#include <pthread.h>

#include <chrono>
#include <system_error>

#include "compositor/encode/picture_frame.hpp"

namespace reelpool::compositor {
namespace {

/// Pictures that wait for the encoder. Each holds an output buffer or a decoder's slot.
constexpr std::size_t queue_pictures = 4;

/// Adds the time from its construction to its end to a counter.
class Stopwatch {
  public:
    explicit Stopwatch(std::atomic<std::uint64_t>& total_us) : total_us_(total_us) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
        const auto passed = std::chrono::steady_clock::now() - start_;
        total_us_ += static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(passed).count());
    }

  private:
    std::atomic<std::uint64_t>& total_us_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace

Result<std::unique_ptr<SegmentEncoder>> SegmentEncoder::start(const OutputSegment& segment,
                                                              const OutputSettings& settings,
                                                              std::optional<Encoder> encoder,
                                                              SegmentSink& sink,
                                                              EncodeCounters& counters) {
    std::unique_ptr<SegmentEncoder> started(
        new SegmentEncoder(segment, settings, std::move(encoder), sink, counters));
    try {
        started->thread_ = std::thread(&SegmentEncoder::run, started.get());
    } catch (const std::system_error& failure) {
        return unexpected(
            encoder_error("cannot start an encoder's thread", AVERROR(failure.code().value())));
    }
    return started;
}

SegmentEncoder::SegmentEncoder(const OutputSegment& segment, const OutputSettings& settings,
                               std::optional<Encoder> encoder, SegmentSink& sink,
                               EncodeCounters& counters)
    : segment_(segment),
      settings_(settings),
      sink_(sink),
      counters_(counters),
      encoder_(std::move(encoder)),
      queue_(queue_pictures),
      delivered_(segment.frame_count, false) {}

SegmentEncoder::~SegmentEncoder() {
    queue_.abort();
    join();
}

void SegmentEncoder::push(Picture picture) {
    // A refusal means that something failed, which the sink tells.
    static_cast<void>(queue_.push(std::move(picture)));
}

void SegmentEncoder::join() {
    if (thread_.joinable()) thread_.join();
}

void SegmentEncoder::run() {
    pthread_setname_np(pthread_self(), "encoder");
    auto status = encode_all();
    queue_.abort();
    encoder_.reset();
    if (!status) sink_.fail(std::move(status).error());
}

Status SegmentEncoder::encode_all() {
    REELPOOL_TRY_STATUS(open());
    while (auto picture = queue_.pop()) REELPOOL_TRY_STATUS(encode(*std::move(picture)));
    if (queue_.is_aborted()) return ok();
    {
        const Stopwatch stopwatch(counters_.encode_us);
        REELPOOL_TRY_STATUS(encoder_->flush());
    }
    REELPOOL_TRY_STATUS(deliver_ready());
    if (pictures_ != segment_.frame_count || packets_ != pictures_)
        return unexpected(internal_error(Component::encoder,
                                         "segment " + std::to_string(segment_.index) + " has " +
                                             std::to_string(packets_) + " packets instead of " +
                                             std::to_string(segment_.frame_count)));
    return sink_.finish_segment(segment_.index);
}

Status SegmentEncoder::open() {
    if (!encoder_) {
        const Stopwatch stopwatch(counters_.encode_us);
        REELPOOL_TRY(opened, Encoder::open(settings_));
        encoder_.emplace(std::move(opened));
    }
    return sink_.begin_segment(segment_.index, encoder_->extradata());
}

Status SegmentEncoder::encode(Picture picture) {
    {
        const Stopwatch stopwatch(counters_.encode_us);
        REELPOOL_TRY(frame, to_frame(std::move(picture), settings_.format, settings_.codec));
        frame->pts = pictures_;
        REELPOOL_TRY_STATUS(encoder_->send(*frame));
    }
    ++pictures_;
    ++counters_.frames_taken;
    return deliver_ready();
}

Status SegmentEncoder::deliver_ready() {
    while (true) {
        PacketPtr packet(av_packet_alloc());
        if (!packet) return unexpected(encoder_error("cannot make a packet", AVERROR(ENOMEM)));
        auto received = Result<Encoder::Received>(Encoder::Received::end);
        {
            const Stopwatch stopwatch(counters_.encode_us);
            received = encoder_->receive(*packet);
        }
        if (!received) return unexpected(std::move(received).error());
        if (*received != Encoder::Received::packet) return ok();
        REELPOOL_TRY_STATUS(deliver(std::move(packet)));
    }
}

Status SegmentEncoder::deliver(PacketPtr packet) {
    const std::int64_t frame = packet->pts;
    if (frame < 0 || frame >= std::int64_t{segment_.frame_count} ||
        delivered_[static_cast<std::size_t>(frame)])
        return unexpected(internal_error(Component::encoder, "a packet has a time of no picture"));
    delivered_[static_cast<std::size_t>(frame)] = true;
    ++packets_;
    packet->pts += segment_.first_frame;
    if (packet->dts != AV_NOPTS_VALUE) packet->dts += segment_.first_frame;
    return sink_.deliver(segment_.index, std::move(packet));
}

}  // namespace reelpool::compositor
