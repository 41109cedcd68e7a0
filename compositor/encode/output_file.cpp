#include "compositor/encode/output_file.hpp"

#include <atomic>
#include <cstdlib>
#include <deque>
#include <optional>
#include <utility>

#include "compositor/encode/encoder.hpp"
#include "compositor/encode/packet_order.hpp"
#include "compositor/encode/segment_encoder.hpp"
#include "compositor/encode/stitch.hpp"

extern "C" {
#include <libavutil/log.h>
}

namespace reelpool::compositor {
namespace {

/// A segment drains before the next one begins: an encoder of its own for each would hold its
/// look-ahead twice (x264 at 1080p: 320 MB), and gain nothing where it has the processor busy.
constexpr std::size_t max_live_encoders = 1;

/// What would refuse the output at its end, after hours, is asked at its beginning.
Status try_container(const OutputSettings& settings, const Encoder& encoder, SoundTrack* sound) {
    OutputSettings trial = settings;
    trial.part_path = settings.part_path + ".trial";
    REELPOOL_TRY(sink, open_sink(trial, encoder, sound));
    return sink->begin();
}

}  // namespace

struct OutputFile::Impl {
    explicit Impl(const OutputSettings& output_settings)
        : settings(output_settings), encoder_name(encoder_library_name(settings.codec)) {}
    ~Impl();

    Status open_sink(const Encoder& encoder, SegmentJournal::Events events);
    Status check_turn(std::uint32_t index) const;
    Status start_segment(const OutputSegment& segment);
    Result<std::uint64_t> finish();
    /// No segment is begun and not finished.
    [[nodiscard]] bool is_between_segments() const {
        return !current || next_frame == current->end();
    }

    const OutputSettings settings;
    SoundTrack* sound = nullptr;
    const std::string encoder_name;
    EncodeCounters counters;
    std::atomic<bool> is_abandoned{false};
    std::unique_ptr<PacketOrder> order;       ///< without a journal
    std::unique_ptr<SegmentJournal> journal;  ///< or with one
    SegmentSink* sink = nullptr;              ///< whichever there is
    std::optional<Encoder> first_encoder;
    /// The last one takes pictures. Destroyed first: their threads use everything above.
    std::deque<std::unique_ptr<SegmentEncoder>> encoders;
    std::optional<OutputSegment> current;
    std::uint32_t segments = 0;
    std::uint32_t next_frame = 0;
};

OutputFile::Impl::~Impl() {
    is_abandoned = true;
    // Whoever waits for its turn to deliver must wake: an abandoned segment gives no turn.
    if (sink != nullptr)
        sink->fail({.code = ErrorCode::cancelled,
                    .component = Component::encoder,
                    .subject = {},
                    .what = "the output was abandoned",
                    .cause = {},
                    .hint = {}});
}

Status OutputFile::Impl::open_sink(const Encoder& encoder, SegmentJournal::Events events) {
    if (settings.journal_path.empty()) {
        REELPOOL_TRY(packets, compositor::open_sink(settings, encoder));
        order = std::make_unique<PacketOrder>(std::move(packets), settings);
        sink = order.get();
        return ok();
    }
    REELPOOL_TRY_STATUS(try_container(settings, encoder, sound));
    if (events.on_failed)
        events.on_failed = [this, tell = events.on_failed](const Error& error) {
            if (!is_abandoned) tell(error);
        };
    REELPOOL_TRY(started, SegmentJournal::start(settings, std::move(events)));
    journal = std::move(started);
    sink = journal.get();
    return ok();
}

Status OutputFile::Impl::check_turn(std::uint32_t index) const {
    const bool is_next = index == next_frame;
    const bool passes_segments = journal && is_between_segments() && index > next_frame &&
                                 index % segment_frames(settings) == 0;
    if ((is_next || passes_segments) && index < settings.frame_count) return ok();
    return unexpected(
        internal_error(Component::encoder, "picture " + std::to_string(index) + " came where " +
                                               std::to_string(next_frame) + " of " +
                                               std::to_string(settings.frame_count) + " was due"));
}

Status OutputFile::Impl::start_segment(const OutputSegment& segment) {
    while (encoders.size() >= max_live_encoders) {
        encoders.front()->join();
        encoders.pop_front();
    }
    REELPOOL_TRY(started, SegmentEncoder::start(segment, settings,
                                                std::exchange(first_encoder, std::nullopt), *sink,
                                                counters));
    encoders.push_back(std::move(started));
    current = segment;
    ++segments;
    return ok();
}

Result<std::uint64_t> OutputFile::Impl::finish() {
    for (const auto& encoder : encoders) encoder->join();
    encoders.clear();
    if (order) return order->finish(settings.frame_count);
    first_encoder.reset();
    REELPOOL_TRY_STATUS(journal->finish());
    return stitch(settings, sound);
}

void silence_encoder_libraries() {
    av_log_set_level(AV_LOG_ERROR);
    ::setenv("SVT_LOG", "1", 0);
}

Result<std::unique_ptr<OutputFile>> OutputFile::create(const OutputSettings& settings,
                                                       SegmentJournal::Events events,
                                                       SoundTrack* sound) {
    REELPOOL_TRY_STATUS(validate(settings));
    REELPOOL_TRY(encoder, Encoder::open(settings));
    auto impl = std::make_unique<Impl>(settings);
    impl->sound = sound;
    REELPOOL_TRY_STATUS(impl->open_sink(encoder, std::move(events)));
    impl->first_encoder.emplace(std::move(encoder));
    return std::unique_ptr<OutputFile>(new OutputFile(std::move(impl)));
}

OutputFile::OutputFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

OutputFile::~OutputFile() = default;

Status OutputFile::write(Picture picture) {
    Impl& impl = *impl_;
    REELPOOL_TRY_STATUS(impl.sink->status());
    const std::uint32_t index = picture.index.value;
    REELPOOL_TRY_STATUS(impl.check_turn(index));
    if (impl.is_between_segments())
        REELPOOL_TRY_STATUS(
            impl.start_segment(segment_at(impl.settings, index / segment_frames(impl.settings))));
    SegmentEncoder& encoder = *impl.encoders.back();
    encoder.push(std::move(picture));
    impl.next_frame = index + 1;
    if (impl.is_between_segments()) encoder.close();
    return impl.sink->status();
}

Result<OutputSummary> OutputFile::finish() {
    Impl& impl = *impl_;
    REELPOOL_TRY_STATUS(impl.sink->status());
    const std::uint32_t frames = impl.settings.frame_count;
    if (impl.journal ? !impl.is_between_segments() : impl.next_frame != frames) {
        Error error = internal_error(Component::encoder,
                                     "the output ended after " + std::to_string(impl.next_frame) +
                                         " of " + std::to_string(frames) + " pictures");
        impl.sink->fail(error);
        return unexpected(std::move(error));
    }
    REELPOOL_TRY(bytes, impl.finish());
    return OutputSummary{.bytes = bytes, .frames = frames, .segments = impl.segments};
}

std::uint32_t OutputFile::frames_taken() const {
    return impl_->counters.frames_taken;
}
std::uint64_t OutputFile::encode_us() const {
    return impl_->counters.encode_us;
}
std::uint64_t OutputFile::bytes_written() const {
    return impl_->sink->bytes_written();
}
const std::string& OutputFile::encoder_name() const {
    return impl_->encoder_name;
}

}  // namespace reelpool::compositor
