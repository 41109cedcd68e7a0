#include "decoder_worker/decode_thread.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace reelpool::worker {
namespace {

/// What runs in the thread: takes steps, reports each, stops at the first failure.
class Decoding {
  public:
    Decoding(CursorId id, std::shared_ptr<const OpenedMedia> media, int threads,
             std::shared_ptr<Counters> counters)
        : id_(id),
          media_(std::move(media)),
          threads_(threads),
          counters_(std::move(counters)),
          writer_(media_->info, media_->wishes.alpha, counters_) {}

    Result<StepDone> run(Step& step) {
        if (step.grants.empty() && media_->wishes.is_sequence) return StepDone{id_, {}};
        std::optional<FrameStream> picture;
        bool is_concealed = false;
        if (media_->wishes.is_sequence) {
            REELPOOL_TRY(file, MediaFile::open(std::move(step.picture)));
            REELPOOL_TRY(stream, open_picture(file));
            picture.emplace(std::move(stream));
            REELPOOL_TRY(decoded, first_of(*picture));
            REELPOOL_TRY_STATUS(writer_.take(*decoded.frame, Moment::whole));
            counters_->picture_bytes_read.fetch_add(file->bytes_read(), std::memory_order_relaxed);
            is_concealed = decoded.is_concealed;
        } else {
            if (!cursor_) {
                REELPOOL_TRY(cursor, Cursor::open(media_, threads_, counters_));
                cursor_.emplace(std::move(cursor));
            }
            if (step.keyframe) step.keyframe = media_->coded_frame(*step.keyframe);
            REELPOOL_TRY(decoded, cursor_->decode(media_->coded_frame(step.frame), step.keyframe));
            if (!step.grants.empty())
                REELPOOL_TRY_STATUS(writer_.take(*decoded.frame, media_->moment(step.frame)));
            is_concealed = decoded.is_concealed;
        }
        return written(step, is_concealed);
    }

  private:
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

    StepDone written(const Step& step, bool is_concealed) {
        StepDone done{id_, {}};
        for (const CheckedGrant& checked : step.grants) {
            const wire::SlotGrant& grant = checked.grant;
            writer_.write(grant.level, checked.layout,
                          checked.segment->data() + grant.offset_bytes);
            counters_->frames_copied.fetch_add(1, std::memory_order_relaxed);
            done.slots.push_back({.segment = grant.segment,
                                  .offset_bytes = grant.offset_bytes,
                                  .generation = grant.generation,
                                  .frame = {step.frame},
                                  .level = grant.level,
                                  .is_concealed = is_concealed});
        }
        return done;
    }

    CursorId id_;
    std::shared_ptr<const OpenedMedia> media_;
    int threads_;
    std::shared_ptr<Counters> counters_;
    SlotWriter writer_;
    std::optional<Cursor> cursor_;
};

void run_steps(BlockingQueue<Step>& steps, CursorId id, Decoding decoding, const Reporter& report) {
    while (std::optional<Step> step = steps.pop()) {
        auto done = decoding.run(*step);
        if (!done) {
            report(Failed{std::move(done).error(), id, step->frame});
            return;
        }
        report(std::move(*done));
    }
    report(CursorEnded{id});
}

}  // namespace

DecodeThread::DecodeThread(CursorId id, std::shared_ptr<const OpenedMedia> media, int threads,
                           std::shared_ptr<Counters> counters, Reporter report)
    : steps_(std::make_shared<BlockingQueue<Step>>()) {
    thread_ = std::thread([steps = steps_, id, report = std::move(report), media = std::move(media),
                           threads, counters = std::move(counters)]() mutable {
        run_steps(*steps, id, Decoding(id, std::move(media), threads, std::move(counters)), report);
    });
}

DecodeThread::~DecodeThread() {
    steps_->close();
    static_cast<void>(steps_->take_all());
    if (thread_.joinable()) thread_.join();
}

}  // namespace reelpool::worker
