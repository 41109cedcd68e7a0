// What an exporter does with what its compositor says, and when the user wants it to end.
#include <utility>
#include <variant>

#include "orchestrator/run/exporter.hpp"

namespace reelpool::run {
namespace {

/// The user wanted it to end.
Error stopped() {
    return {.code = ErrorCode::cancelled,
            .component = Component::output,
            .subject = {},
            .what = "the export was stopped",
            .cause = {},
            .hint = {}};
}

}  // namespace

void Exporter::on_compositor(const wire::FromCompositor& message) {
    if (const auto* const ready = std::get_if<wire::CompositorReady>(&message)) {
        on_ready(*ready);
    } else if (const auto* const done = std::get_if<wire::FramesDone>(&message)) {
        on_frames_done(*done);
    } else if (const auto* const sealed = std::get_if<wire::SegmentSealed>(&message)) {
        on_sealed(*sealed);
    } else if (const auto* const mixed = std::get_if<wire::SoundDone>(&message)) {
        Status status = sound_ ? sound_->on_mixed(*mixed) : ok();
        if (!status)
            fail(std::move(status).error());
        else
            pump();
    } else if (const auto* const finished = std::get_if<wire::OutputFinished>(&message)) {
        on_finished(*finished);
    }
}

void Exporter::on_ready(const wire::CompositorReady& ready) {
    result_.compositor = ready;
    if (options_.on_ready) {
        if (Status status = options_.on_ready(ready); !status) {
            fail(std::move(status).error());
            return;
        }
    }
    if (options_.view_bytes > ready.view_bytes) {
        fail({.code = ErrorCode::limit,
              .component = Component::compositor,
              .subject = ready.device.name,
              .what = "the layers of one output frame exceed what the device sees at once",
              .cause = std::to_string(options_.view_bytes >> 20) + " MiB of decoded frames, " +
                       std::to_string(ready.view_bytes >> 20) + " MiB can be seen",
              .hint = "show fewer or smaller pictures at once"});
        return;
    }
    compositor_is_ready_ = true;
    rings_.open_view(ready.view_bytes);
    pump();
}

void Exporter::on_sealed(const wire::SegmentSealed& sealed) {
    const OutputSegment segment = sealed.segment < segment_count(options_.output)
                                      ? segment_at(options_.output, sealed.segment)
                                      : OutputSegment{};
    if (!options_.on_sealed || segment.frame_count == 0 || segment.frame_count != sealed.frames) {
        fail({.code = ErrorCode::internal,
              .component = Component::compositor,
              .subject = {},
              .what = "the compositor finished a segment that it was not given",
              .cause = {},
              .hint = {}});
        return;
    }
    // What was rendered of a medium that somebody writes to must not be taken for what it held.
    for (const MediaFile& file : files_) {
        if (Status status = check_unchanged(file.id); !status) {
            fail(std::move(status).error());
            return;
        }
    }
    const MediaContent content =
        result_.changed.empty() ? MediaContent::as_at_start : MediaContent::changed;
    if (Status status = options_.on_sealed(segment, sealed, content); !status) {
        fail(std::move(status).error());
        return;
    }
    ++result_.segments_rendered;
    stop_if_segments_are_done();
}

void Exporter::on_signal() {
    const bool is_second = stop_at_.has_value();
    stop_at_ = runner_.front();
    if (options_.on_sealed && !is_second && !finish_is_sent_ && runner_.front() > 0) {
        const std::uint32_t last = runner_.front() - 1;
        const std::uint32_t number = timeline_.number_in_whole(OutputIndex{last}).value;
        const OutputSegment segment =
            segment_at(options_.output, number / segment_frames(options_.output));
        stop_at_ = last + (segment.end() - number);
        if (segments_drawn_ > result_.segments_rendered || *stop_at_ > runner_.front()) {
            options_.on_note("stopping when output frame " + std::to_string(segment.end() - 1) +
                             " is done, which completes a segment; again, to stop at once");
            pump();
            return;
        }
    }
    fail(stopped());
}

/// After the first signal.
void Exporter::stop_if_segments_are_done() {
    if (!stop_at_ || runner_.front() < *stop_at_ || segments_drawn_ > result_.segments_rendered)
        return;
    fail(stopped());
}

void Exporter::on_frames_done(const wire::FramesDone& done) {
    for (const OutputIndex number : done.frames) {
        // One that was never drawn is none of the runner's.
        const std::uint32_t frame =
            timeline_.index_of(number).value_or(OutputIndex{plan::never}).value;
        if (Status status = runner_.on_done(frame); !status) {
            fail(std::move(status).error());
            return;
        }
    }
    note_slow(done);
    if (result_.frames == 0 && done.frames_encoded > 0)
        result_.until_first_frame =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_);
    result_.frames = done.frames_encoded;
    result_.composition = done.counters;
    pump();
}

void Exporter::note_slow(const wire::FramesDone& done) {
    if (done.composite_us <= SlowFrames::slow_us || done.frames.size() != 1) return;
    const std::optional<OutputIndex> frame = timeline_.index_of(done.frames.front());
    if (!frame) return;
    const OutputFormat& output = options_.output.format;
    result_.slow_frames.note(timeline_.resolve(*frame).list, output.width, output.height,
                             done.composite_us);
}

void Exporter::on_finished(const wire::OutputFinished& finished) {
    result_.frames = finished.frames;
    result_.output_bytes = finished.bytes;
    result_.composition = finished.counters;
    result_.sound = finished.sound;
    for (const MediaFile& file : files_) {
        if (Status status = check_unchanged(file.id); !status) {
            fail(std::move(status).error());
            return;
        }
    }
    is_finished_ = true;
    compositor_.expect_end();
    loop_.stop();
}

}  // namespace reelpool::run
