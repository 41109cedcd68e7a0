#include "compositor/encode/output_file.hpp"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <optional>

#include "compositor/encode/encoder.hpp"
#include "compositor/encode/muxer.hpp"
#include "compositor/encode/packet_order.hpp"
#include "compositor/encode/png_sequence.hpp"
#include "compositor/encode/segment_encoder.hpp"

extern "C" {
#include <libavutil/log.h>
}

namespace reelpool::compositor {
namespace {

/// A segment drains before the next one begins: an encoder of its own for each would hold its
/// look-ahead twice (x264 at 1080p: 320 MB), and gain nothing where it has the processor busy.
constexpr std::size_t max_live_encoders = 1;

Result<std::unique_ptr<PacketSink>> open_sink(const OutputSettings& settings,
                                              const Encoder& encoder) {
    return settings.container == Container::png_sequence ? open_png_sequence(settings)
                                                         : open_muxer(settings, encoder);
}

}  // namespace

struct OutputFile::Impl {
    Impl(const OutputSettings& output_settings, std::unique_ptr<PacketSink> sink)
        : settings(output_settings),
          encoder_name(encoder_library_name(settings.codec)),
          order(std::move(sink), settings) {}
    ~Impl();

    Status start_segment(std::optional<Encoder> encoder);

    const OutputSettings settings;
    const std::string encoder_name;
    EncodeCounters counters;
    PacketOrder order;
    /// The last one takes pictures. Destroyed first: their threads use everything above.
    std::deque<std::unique_ptr<SegmentEncoder>> encoders;
    std::uint32_t segments = 0;
    std::uint32_t frames = 0;  ///< pushed
};

OutputFile::Impl::~Impl() {
    // Whoever waits for its turn to deliver must wake: an abandoned segment gives no turn.
    order.fail({.code = ErrorCode::cancelled,
                .component = Component::encoder,
                .subject = {},
                .what = "the output was abandoned",
                .cause = {},
                .hint = {}});
}

Status OutputFile::Impl::start_segment(std::optional<Encoder> encoder) {
    while (encoders.size() >= max_live_encoders) {
        encoders.front()->join();
        encoders.pop_front();
    }
    const std::uint32_t length = segment_frames(settings);
    const Segment segment{.index = segments,
                          .first_frame = frames,
                          .frame_count = std::min(length, settings.frame_count - frames)};
    REELPOOL_TRY(started,
                 SegmentEncoder::start(segment, settings, std::move(encoder), order, counters));
    encoders.push_back(std::move(started));
    ++segments;
    return ok();
}

void silence_encoder_libraries() {
    av_log_set_level(AV_LOG_ERROR);
    ::setenv("SVT_LOG", "1", 0);
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const OutputSettings& settings) {
    REELPOOL_TRY_STATUS(validate(settings));
    REELPOOL_TRY(encoder, Encoder::open(settings));
    REELPOOL_TRY(sink, open_sink(settings, encoder));
    auto impl = std::make_unique<Impl>(settings, std::move(sink));
    REELPOOL_TRY_STATUS(impl->start_segment(std::move(encoder)));
    return std::unique_ptr<OutputFile>(new OutputFile(std::move(impl)));
}

OutputFile::OutputFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

OutputFile::~OutputFile() = default;

Status OutputFile::write(Picture picture) {
    Impl& impl = *impl_;
    REELPOOL_TRY_STATUS(impl.order.status());
    if (picture.index.value != impl.frames || impl.frames >= impl.settings.frame_count)
        return unexpected(internal_error(
            Component::encoder, "picture " + std::to_string(picture.index.value) + " came where " +
                                    std::to_string(impl.frames) + " of " +
                                    std::to_string(impl.settings.frame_count) + " was due"));
    const Segment& current = impl.encoders.back()->segment();
    if (impl.frames == current.first_frame + current.frame_count)
        REELPOOL_TRY_STATUS(impl.start_segment(std::nullopt));
    SegmentEncoder& encoder = *impl.encoders.back();
    encoder.push(std::move(picture));
    ++impl.frames;
    if (impl.frames == encoder.segment().first_frame + encoder.segment().frame_count)
        encoder.close();
    return impl.order.status();
}

Result<OutputSummary> OutputFile::finish() {
    Impl& impl = *impl_;
    REELPOOL_TRY_STATUS(impl.order.status());
    if (impl.frames != impl.settings.frame_count) {
        Error error = internal_error(
            Component::encoder, "the output ended after " + std::to_string(impl.frames) + " of " +
                                    std::to_string(impl.settings.frame_count) + " pictures");
        impl.order.fail(error);
        return unexpected(std::move(error));
    }
    for (const auto& encoder : impl.encoders) encoder->join();
    impl.encoders.clear();
    REELPOOL_TRY(bytes, impl.order.finish(impl.frames));
    return OutputSummary{.bytes = bytes, .frames = impl.frames, .segments = impl.segments};
}

std::uint32_t OutputFile::frames_taken() const {
    return impl_->counters.frames_taken;
}
std::uint64_t OutputFile::encode_us() const {
    return impl_->counters.encode_us;
}
std::uint64_t OutputFile::bytes_written() const {
    return impl_->order.bytes_written();
}
const std::string& OutputFile::encoder_name() const {
    return impl_->encoder_name;
}

}  // namespace reelpool::compositor
