#include "compositor/service.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "compositor/encode/sound_file.hpp"
#include "compositor/running_code.hpp"
#include "ipc/base/cpu_time.hpp"
#include "ipc/base/thread_times.hpp"

namespace reelpool::compositor {
namespace {

Error protocol_error(const char* what) {
    return {.code = ErrorCode::internal,
            .component = Component::compositor,
            .subject = {},
            .what = what,
            .cause = {},
            .hint = {}};
}

/// Whether a draw list is the one before it but for its number: a still, a title, a frozen frame.
/// The same frame in the same slot has the same pixels; what differs with time says so in its layer.
bool show_the_same(const DrawList& a, const DrawList& b) {
    return a.groups == b.groups && a.canvases == b.canvases;
}

Error no_thread(const std::system_error& error) {
    return errno_error(Component::compositor, "a thread cannot be started", error.code().value());
}

}  // namespace

Service::Service(EventLoop& loop, UniqueFd channel, SandboxLevel sandbox)
    : loop_(loop), sandbox_(std::move(sandbox)) {
    channel_.emplace(
        loop, std::move(channel), ChannelLimits{.accepts_descriptors = true},
        [this](std::vector<std::byte> bytes, std::vector<UniqueFd> descriptors) {
            on_message(std::move(bytes), std::move(descriptors));
        },
        [this](const Error&) { loop_.stop(); });
    try {
        render_thread_ = std::thread([this] { work(); });
    } catch (const std::system_error& error) {
        fail(no_thread(error));
    }
}

Service::~Service() {
    tasks_.close();
    sound_tasks_.close();
    if (render_thread_.joinable()) render_thread_.join();
    if (sound_thread_.joinable()) sound_thread_.join();
}

int Service::run() {
    loop_.run();
    return exit_code_;
}

void Service::on_message(std::vector<std::byte> bytes, std::vector<UniqueFd> descriptors) {
    auto message = wire::decode_to_compositor(bytes);
    if (!message) {
        fail(std::move(message).error());
        return;
    }
    const bool is_sound = std::holds_alternative<wire::MapSound>(*message) ||
                          std::holds_alternative<wire::UnmapSound>(*message) ||
                          std::holds_alternative<wire::MixSound>(*message);
    (is_sound ? sound_tasks_ : tasks_)
        .push({std::move(message).value(), std::move(descriptors)});
}

void Service::tell(wire::FromCompositor message) {
    loop_.post([this, message = std::move(message)] { channel_->send(wire::encode(message)); });
}

void Service::fail(Error error) {
    loop_.post([this, error = std::move(error)] {
        channel_->send(wire::encode(wire::FromCompositor{wire::CompositorFailed{error}}));
        exit_code_ = static_cast<int>(error.code);
        loop_.stop();
    });
}

void Service::work() {
    for (;;) {
        // Frames under way are completed as soon as nothing else is asked.
        auto task = submitted_.empty() ? tasks_.pop() : tasks_.try_pop();
        Status status = ok();
        if (task) {
            status = perform_guarded(*task);
        } else if (!submitted_.empty()) {
            status = complete_oldest();
        } else {
            break;
        }
        if (!status) {
            fail(std::move(status).error());
            break;
        }
    }
    submitted_.clear();
    last_picture_ = {};
    output_.reset();
    renderer_.reset();
}

/// Pipelines are compiled on threads of their own.
Status Service::perform_guarded(Task& task) {
    try {
        return perform(task);
    } catch (const std::system_error& error) {
        return unexpected(no_thread(error));
    }
}

Status Service::perform(Task& task) {
    if (std::holds_alternative<wire::ListDevices>(task.message)) return list_devices();
    if (const auto* const m = std::get_if<wire::Configure>(&task.message)) return configure(*m);
    const bool is_finish = std::holds_alternative<wire::FinishOutput>(task.message);
    if ((!renderer_ || !output_) && !(is_finish && sound_))
        return unexpected(protocol_error("the compositor was not configured first"));
    if (const auto* const m = std::get_if<wire::MapSegment>(&task.message)) {
        if (task.descriptors.size() != 1)
            return unexpected(protocol_error("a segment came without its descriptor"));
        return renderer_->map_segment(*m, std::move(task.descriptors.front()));
    }
    if (const auto* const m = std::get_if<wire::LoadTables>(&task.message)) {
        if (task.descriptors.size() != 1)
            return unexpected(protocol_error("tables came without their descriptor"));
        return renderer_->load_tables(m->bytes, task.descriptors.front());
    }
    if (const auto* const m = std::get_if<wire::UnmapSegment>(&task.message))
        return renderer_->unmap_segment(m->segment);
    if (auto* const m = std::get_if<wire::Draw>(&task.message)) return draw(std::move(m->list));
    return finish_output();
}

Status Service::list_devices() {
    REELPOOL_TRY(devices, Renderer::list_devices());
    tell(wire::Devices{std::move(devices)});
    return ok();
}

Status Service::configure(const wire::Configure& message) {
    if (renderer_ || sound_)
        return unexpected(protocol_error("the compositor was configured twice"));
    settings_ = message.output;
    REELPOOL_TRY_STATUS(validate(settings_));
    if (settings_.sound) {
        REELPOOL_TRY(sound, SoundTrack::create(settings_));
        sound_ = std::move(sound);
        sound_thread_ = std::thread([this] { work_on_sound(); });
    }
    if (is_sound_only(settings_.container)) {
        tell(wire::CompositorReady{{}, sound_encoder_name(settings_.sound->codec), 0, sandbox_,
                                   running_code()});
        return ok();
    }
    max_submitted_ = std::max<std::size_t>(1, message.frames_in_flight - 1);
    // The encoder first: settings that it refuses cost no device.
    REELPOOL_TRY(
        output, OutputFile::create(message.output,
                                   {.on_sealed = [this](const SealedSegment& s) { tell_sealed(s); },
                                    .on_failed = [this](const Error& error) { fail(error); }},
                                   sound_.get()));
    output_ = std::move(output);
    const std::vector<pid_t> threads = thread_ids();
    REELPOOL_TRY(renderer, Renderer::create({.device = message.device,
                                             .access = message.access,
                                             .output = message.output.format,
                                             .frames_in_flight = message.frames_in_flight,
                                             .canvas_bytes = message.canvas_bytes}));
    renderer_ = std::move(renderer);
    driver_threads_ = new_threads(threads, thread_ids());
    tell(wire::CompositorReady{renderer_->device(), output_->encoder_name(),
                               renderer_->view_bytes(), sandbox_, running_code()});
    return renderer_->warm_up();
}

Status Service::draw(DrawList list) {
    auto next = std::make_shared<const DrawList>(std::move(list));
    const bool is_repeat = last_list_ && show_the_same(*last_list_, *next);
    std::optional<Submission> submission;
    if (!is_repeat) {
        REELPOOL_TRY(submitted, renderer_->submit(*next));
        submission = std::move(submitted);
    }
    last_list_ = next;
    submitted_.push_back({std::move(next), std::move(submission)});
    return submitted_.size() > max_submitted_ ? complete_oldest() : ok();
}

/// A picture that is a slot is not kept, because its slot is the next one's to lend; to hand it on
/// once more costs nothing.
Result<Picture> Service::picture_of(Submitted& oldest) {
    const bool is_repeat = !oldest.submission && last_picture_.planes[0] != nullptr;
    if (is_repeat) {
        ++frames_repeated_;
        Picture again = last_picture_;
        again.index = oldest.list->output;
        again.composite_us = 0;
        return again;
    }
    if (!oldest.submission) {
        REELPOOL_TRY(submitted, renderer_->submit(*oldest.list));
        oldest.submission = std::move(submitted);
    }
    REELPOOL_TRY(picture, renderer_->finish(std::move(*oldest.submission)));
    last_picture_ = picture.is_slot ? Picture{} : picture;
    return picture;
}

Status Service::complete_oldest() {
    Submitted oldest = std::move(submitted_.front());
    submitted_.pop_front();
    REELPOOL_TRY(picture, picture_of(oldest));
    note_start();
    const OutputIndex index = oldest.list->output;
    const std::uint64_t composite_us = picture.composite_us;
    if (picture.is_slot) {
        // The slot stays leased until the encoder has let go of it, on whatever thread.
        picture.hold = std::shared_ptr<void>(picture.hold.get(),
                                             [this, index, kept = picture.hold](void*) mutable {
                                                 kept.reset();
                                                 tell_done(index, 0);
                                             });
    } else {
        tell_done(index, composite_us);
    }
    REELPOOL_TRY_STATUS(output_->write(std::move(picture)));
    take_snapshot();
    return ok();
}

Status Service::finish_output() {
    while (!submitted_.empty()) REELPOOL_TRY_STATUS(complete_oldest());
    if (sound_) REELPOOL_TRY_STATUS(finish_sound());
    OutputSummary summary{.frames = settings_.frame_count};
    if (output_) {
        REELPOOL_TRY(done, output_->finish());
        summary = done;
        take_snapshot();
        snapshot_.draw_us = draw_us();
    } else {
        REELPOOL_TRY(bytes, write_sound_file(settings_, *sound_));
        summary.bytes = bytes;
        snapshot_.cpu_us = process_cpu_us();
    }
    snapshot_.bytes_written = summary.bytes;
    wire::OutputFinished finished{summary.bytes, summary.frames, snapshot_};
    if (sound_) finished.sound = sound_->result();
    tell(std::move(finished));
    return ok();
}

/// Every chunk was answered before the end was asked for, so its thread has nothing left to do.
Status Service::finish_sound() {
    sound_tasks_.close();
    if (sound_thread_.joinable()) sound_thread_.join();
    return sound_->finish();
}

void Service::work_on_sound() {
    while (auto task = sound_tasks_.pop()) {
        Status status = perform_sound(*task);
        if (status) continue;
        fail(std::move(status).error());
        break;
    }
}

Status Service::perform_sound(Task& task) {
    if (const auto* const m = std::get_if<wire::MapSound>(&task.message)) {
        if (task.descriptors.size() != 1)
            return unexpected(protocol_error("a segment came without its descriptor"));
        return sound_->segments().map(m->segment, m->bytes, task.descriptors.front());
    }
    if (const auto* const m = std::get_if<wire::UnmapSound>(&task.message))
        return sound_->segments().unmap(m->segment);
    const auto& mix = std::get<wire::MixSound>(task.message).mix;
    REELPOOL_TRY_STATUS(sound_->mix(mix));
    tell(wire::SoundDone{mix.chunk});
    return ok();
}

void Service::tell_sealed(const SealedSegment& sealed) {
    tell(wire::SegmentSealed{sealed.segment.index, sealed.segment.frame_count, sealed.bytes,
                             sealed.digest});
}

void Service::tell_done(OutputIndex frame, std::uint64_t composite_us) {
    const std::lock_guard lock(snapshot_mutex_);
    tell(wire::FramesDone{{frame}, frames_taken_, snapshot_, composite_us});
}

/// CPU time of the driver's threads and of this one, which feeds them.
std::uint64_t Service::draw_us() const {
    return cpu_us_of(driver_threads_) + thread_cpu_ns() / 1000;
}

/// When the first picture is drawn: what is not drawing from here on is encoding.
void Service::note_start() {
    if (start_us_ > 0) return;
    const std::uint64_t all_us = process_cpu_us();
    start_us_ = std::max<std::uint64_t>(1, all_us - std::min(all_us, draw_us()));
}

void Service::take_snapshot() {
    const RendererCounters rendered = renderer_->counters();
    const std::lock_guard lock(snapshot_mutex_);
    frames_taken_ = output_->frames_taken();
    snapshot_ = {.layers_imported = rendered.layers_imported,
                 .layers_staged = rendered.layers_staged,
                 .frames_passed_through = rendered.frames_passed_through,
                 .frames_repeated = frames_repeated_,
                 .comps_rasterized = rendered.comps_rasterized,
                 .composite_us = rendered.composite_us,
                 .encode_us = output_->encode_us(),
                 .cpu_us = process_cpu_us(),
                 .draw_us = 0,
                 .start_us = start_us_,
                 .transfer_us = rendered.transfer_ns / 1000,
                 .bytes_written = 0};
}

}  // namespace reelpool::compositor
