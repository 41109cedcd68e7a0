#include "decoder_worker/decode_thread.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "decoder_worker/picture_buffers.hpp"

namespace reelpool::worker {
namespace {

/// A published slot whose picture the codec may still refer to. As long as it does, a reference is
/// kept here too: codecs that change their last picture in place then take a new buffer.
struct HeldSlot {
    av::Frame picture;
    wire::SlotReleased slot;

    [[nodiscard]] bool is_released() const { return av_buffer_get_ref_count(picture->buf[0]) == 1; }
};

/// What runs in the thread: takes steps, reports each, stops at the first failure.
class Decoding {
  public:
    Decoding(CursorId id, std::shared_ptr<const OpenedMedia> media, int threads,
             std::shared_ptr<Counters> counters, std::shared_ptr<Progress> progress)
        : id_(id),
          media_(std::move(media)),
          threads_(threads),
          counters_(std::move(counters)),
          progress_(std::move(progress)),
          buffers_(std::make_shared<PictureBuffers>(media_->info, media_->index)),
          writer_(media_->info, media_->wishes.alpha, counters_) {}

    /// The codec may decode the step's picture into its slot, if it comes to it before `run`.
    void prepare(const Step& step) {
        if (media_->shows_fields()) return;
        // After a seek H.264's decoder may first make up the pictures that it misses, and put them
        // into what awaits the keyframe.
        if (step.keyframe == step.frame) return;
        for (const CheckedGrant& checked : step.grants)
            if (checked.grant.may_be_direct && checked.grant.level == Level{})
                buffers_->offer(step.frame, checked.segment, checked.grant.offset_bytes);
    }

    Result<StepDone> run(Step& step) {
        auto done = media_->wishes.is_sequence ? run_picture(step) : run_frame(step);
        buffers_->withdraw(step.frame);
        if (done) done->released = take_released();
        return done;
    }

    /// Ends the cursor; what it held is released.
    CursorEnded end() {
        cursor_.reset();
        buffers_->forget_gaps();
        return {id_, take_released()};
    }

  private:
    Result<StepDone> run_picture(Step& step) {
        if (step.grants.empty()) return StepDone{id_, {}, {}};
        REELPOOL_TRY(file, MediaFile::open(std::move(step.picture), progress_));
        REELPOOL_TRY(stream, open_picture(file));
        REELPOOL_TRY(decoded, first_of(stream));
        counters_->picture_bytes_read.fetch_add(file->bytes_read(), std::memory_order_relaxed);
        return written(step, decoded, Moment::whole);
    }

    Result<StepDone> run_frame(Step& step) {
        if (!cursor_) {
            REELPOOL_TRY(cursor, Cursor::open(media_, {.threads = threads_, .buffers = buffers_},
                                              counters_));
            cursor_.emplace(std::move(cursor));
        }
        if (step.keyframe) step.keyframe = media_->coded_frame(*step.keyframe);
        REELPOOL_TRY(decoded, cursor_->decode(media_->coded_frame(step.frame), step.keyframe));
        return written(step, decoded, media_->moment(step.frame));
    }

    Result<FrameStream> open_picture(std::shared_ptr<MediaFile> file) {
        return FrameStream::open(std::move(file), {.threads = 1,
                                                   .probing = Probing::header_where_enough,
                                                   .max_side_px = media_->wishes.max_side_px});
    }

    Result<DecodedFrame> first_of(FrameStream& picture) {
        REELPOOL_TRY(decoded, picture.next());
        if (!decoded)
            return unexpected({.code = ErrorCode::decode,
                               .component = Component::shared_decoder,
                               .subject = {},
                               .what = "the picture of a sequence cannot be decoded",
                               .cause = {},
                               .hint = {}});
        counters_->frames_decoded.fetch_add(1, std::memory_order_relaxed);
        return *decoded;
    }

    Result<StepDone> written(const Step& step, DecodedFrame decoded, Moment moment) {
        StepDone done{id_, {}, {}};
        if (step.grants.empty()) return done;
        REELPOOL_TRY_STATUS(writer_.take(*decoded.frame, moment));
        av::Frame kept;
        if (is_misplaced(step)) {
            // What the codec put into the slot is not, or not in the way that was hoped for, what
            // belongs there, and it may refer to it. So it starts anew, this time on the heap.
            kept.reset(av_frame_alloc());
            if (!kept || copied(*decoded.frame, *kept) < 0) return out_of_memory();
            buffers_->stop_offering();
            REELPOOL_TRY_STATUS(cursor_->let_go());
            REELPOOL_TRY_STATUS(writer_.take(*kept, moment));
            decoded.frame = kept.get();
        }
        for (const CheckedGrant& checked : step.grants)
            done.slots.push_back(written(step.frame, checked, decoded));
        return done;
    }

    /// The codec has used a slot of this step, but not for the picture that came out.
    [[nodiscard]] bool is_misplaced(const Step& step) const {
        if (!buffers_->is_taken(step.frame)) return false;
        return std::none_of(
            step.grants.begin(), step.grants.end(), [&](const CheckedGrant& checked) {
                return writer_.is_in(checked.layout,
                                     checked.segment->data() + checked.grant.offset_bytes);
            });
    }

    static int copied(const AVFrame& from, AVFrame& to) {
        to.format = from.format;
        to.width = from.width;
        to.height = from.height;
        if (const int error = av_frame_get_buffer(&to, 0); error < 0) return error;
        if (const int error = av_frame_copy(&to, &from); error < 0) return error;
        return av_frame_copy_props(&to, &from);
    }

    static Unexpected out_of_memory() {
        return unexpected({.code = ErrorCode::retryable,
                           .component = Component::shared_decoder,
                           .subject = {},
                           .what = "there is no memory for a picture",
                           .cause = {},
                           .hint = {}});
    }

    wire::SlotReady written(std::uint32_t frame, const CheckedGrant& checked,
                            const DecodedFrame& decoded) {
        const wire::SlotGrant& grant = checked.grant;
        std::byte* const slot = checked.segment->data() + grant.offset_bytes;
        wire::SlotReady ready{.segment = grant.segment,
                              .offset_bytes = grant.offset_bytes,
                              .generation = grant.generation,
                              .frame = {frame},
                              .level = grant.level,
                              .is_concealed = decoded.is_concealed,
                              .is_held = false};
        if (writer_.is_in(checked.layout, slot)) {
            counters_->frames_direct.fetch_add(1, std::memory_order_relaxed);
            av::Frame picture(av_frame_clone(decoded.frame));
            REELPOOL_CHECK(picture && picture->buf[0] != nullptr);
            held_.push_back(
                {std::move(picture), {grant.segment, grant.offset_bytes, grant.generation}});
            ready.is_held = true;
        } else {
            writer_.write(grant.level, checked.layout, slot);
            counters_->frames_copied.fetch_add(1, std::memory_order_relaxed);
        }
        return ready;
    }

    std::vector<wire::SlotReleased> take_released() {
        std::vector<wire::SlotReleased> released;
        std::erase_if(held_, [&](const HeldSlot& held) {
            if (!held.is_released()) return false;
            released.push_back(held.slot);
            return true;
        });
        return released;
    }

    CursorId id_;
    std::shared_ptr<const OpenedMedia> media_;
    int threads_;
    std::shared_ptr<Counters> counters_;
    std::shared_ptr<Progress> progress_;
    std::shared_ptr<PictureBuffers> buffers_;
    SlotWriter writer_;
    std::optional<Cursor> cursor_;
    std::vector<HeldSlot> held_;
};

/// The steps that are known, the first one next. A codec decodes ahead of what comes out of it, so
/// slots are offered as soon as they are known, up to the next seek.
class KnownSteps {
  public:
    explicit KnownSteps(BlockingQueue<Step>& queue) : queue_(queue) {}

    /// Waits for one if none is known.
    std::optional<Step> next(Decoding& decoding) {
        if (steps_.empty()) {
            std::optional<Step> first = queue_.pop();
            if (!first) return std::nullopt;
            steps_.push_back(std::move(*first));
            prepared_ = 0;
        }
        for (Step& more : queue_.take_all()) steps_.push_back(std::move(more));
        for (; prepared_ < steps_.size(); ++prepared_) {
            if (prepared_ > 0 && steps_[prepared_].keyframe) break;
            decoding.prepare(steps_[prepared_]);
        }
        Step step = std::move(steps_.front());
        steps_.pop_front();
        --prepared_;
        return step;
    }

  private:
    BlockingQueue<Step>& queue_;
    std::deque<Step> steps_;
    std::size_t prepared_ = 0;  ///< of them, from the front
};

void run_steps(BlockingQueue<Step>& queue, CursorId id, Decoding decoding, const Reporter& report) {
    KnownSteps steps(queue);
    while (std::optional<Step> step = steps.next(decoding)) {
        auto done = decoding.run(*step);
        if (!done) {
            report(Failed{std::move(done).error(), id, step->frame});
            return;
        }
        report(std::move(*done));
    }
    report(decoding.end());
}

}  // namespace

DecodeThread::DecodeThread(CursorId id, std::shared_ptr<const OpenedMedia> media, int threads,
                           std::shared_ptr<Counters> counters, std::shared_ptr<Progress> progress,
                           Reporter report)
    : steps_(std::make_shared<BlockingQueue<Step>>()) {
    thread_ = std::thread([steps = steps_, id, report = std::move(report), media = std::move(media),
                           threads, counters = std::move(counters),
                           progress = std::move(progress)]() mutable {
        run_steps(*steps, id,
                  Decoding(id, std::move(media), threads, std::move(counters), std::move(progress)),
                  report);
    });
}

DecodeThread::~DecodeThread() {
    steps_->close();
    static_cast<void>(steps_->take_all());
    if (thread_.joinable()) thread_.join();
}

}  // namespace reelpool::worker
