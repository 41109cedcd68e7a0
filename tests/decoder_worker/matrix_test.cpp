#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "tests/decoder_worker/matrix_media.hpp"
#include "tests/decoder_worker/worker_session.hpp"
#include "tests/media/barcode.hpp"
#include "tests/sanitized.hpp"
#include "tools/seek_stress/comparison.hpp"
#include "tools/seek_stress/linear_decoding.hpp"

using namespace reelpool;
using namespace reelpool::worker::test;
using namespace reelpool::seek_stress;

namespace {

constexpr std::uint32_t cursors = 2;
/// In sanitizer builds one of so many rows is looked at.
constexpr std::size_t sanitized_row_step = 4;
/// For the largest burst and what codecs hold.
constexpr std::uint32_t slots = 160;

struct Setting {
    Rendering rendering;
    std::uint32_t threads;
};
constexpr Setting settings[] = {
    {Rendering::copied, 1}, {Rendering::direct, 4}, {Rendering::copied, 4}, {Rendering::direct, 1}};

/// Checks one row; a failure of one is no reason not to look at the next.
class RowCheck {
  public:
    RowCheck(ZygoteSession& zygote, const MatrixRow& row)
        : zygote_(zygote), row_(row), path_(matrix_file(row)) {}

    void run() {
        for (const Setting& setting : settings) {
            const std::string rendering =
                setting.rendering == Rendering::direct ? "direct" : "copied";
            CAPTURE(rendering);
            CAPTURE(setting.threads);
            if (!check(setting)) return;
        }
        MESSAGE(row_.name << ": " << linear_.size() << " frames, " << keyframes_
                          << " keyframes, corrections " << corrections_);
    }

  private:
    bool check(const Setting& setting) {
        // Untouched alpha: ffmpeg does not premultiply.
        WorkerDriver worker(zygote_.driver(), zygote_.fork_worker(), slots);
        const Status status =
            worker.open(open_file(path_), {.alpha = wire::AlphaMode::premultiplied});
        const std::string why = !status            ? to_string(status.error())
                                : worker.failure() ? to_string(worker.failure()->error)
                                                   : "";
        CAPTURE(why);
        CHECK(worker.is_open());
        if (!worker.is_open() || !status) return false;
        const wire::MediaOpened& opened = worker.opened();
        const bool is_first = linear_.empty();
        if (is_first && !learn(opened)) return false;
        worker.set_rendering(setting.rendering);
        for (std::uint32_t cursor = 0; cursor < cursors; ++cursor)
            worker.open_cursor(cursor, setting.threads);
        if (is_first && !check_barcodes(worker)) return false;
        AccessPatterns patterns(opened.table, cursors, 1 + setting.threads);
        for (const Pattern pattern : all_patterns) {
            if (pattern == Pattern::random) continue;
            if (!compare(worker, patterns.make(pattern, 8), pattern)) return false;
        }
        if (!compare(worker, patterns.make(Pattern::random, 16), Pattern::random)) return false;
        return check_seeks(worker);
    }

    /// Linear decoding, and whether the table has as many frames.
    bool learn(const wire::MediaOpened& opened) {
        auto linear = hash_linear_decoding(path_, opened.info, Complaints::dropped);
        const std::string why = linear ? "" : to_string(linear.error());
        CAPTURE(why);
        CHECK(linear.has_value());
        if (!linear) return false;
        linear_ = std::move(*linear);
        keyframes_ = opened.table.keyframes.size();
        CHECK(opened.table.frame_count() == linear_.size());
        // Of files that were cut, ffmpeg alone knows how many are left.
        const std::size_t least = row_.kept_percent < 100 ? 50 : 100;
        CHECK(linear_.size() >= least);
        if (row_.frames != 0) CHECK(opened.table.frame_count() == row_.frames);
        CHECK((keyframes_ > 1) == (row_.seeking != Seeking::linear));
        return opened.table.frame_count() == linear_.size();
    }

    /// That of a frame which lies in a slot.
    static std::optional<test_media::BarcodeReading> barcode(const WorkerDriver& worker,
                                                             const wire::SlotReady& ready) {
        const MediaInfo& info = worker.opened().info;
        Planes planes = planes_in_slot(worker.slot(ready), info);
        std::vector<std::uint16_t>& luma = planes[0];
        if (info.format.model == ColorModel::rgb)
            for (std::size_t i = 0; i < luma.size(); ++i)
                luma[i] =
                    static_cast<std::uint16_t>((2 * luma[i] + 5 * planes[1][i] + planes[2][i]) / 8);
        const auto width = static_cast<int>(info.width);
        const auto height = static_cast<int>(info.height);
        return read_barcode({luma, width, height}, test_media::placed_at(0, 0, width, height));
    }

    /// Every frame, forwards; also the proof that the order is right, not only ffmpeg's.
    bool check_barcodes(WorkerDriver& worker) {
        if (row_.barcodes == Barcodes::unreadable) return true;
        const std::uint32_t count = worker.opened().table.frame_count();
        std::uint32_t wrong = 0;
        int last = static_cast<int>(row_.first_barcode) - 1;
        for (std::uint32_t frame = 0; frame < count; ++frame) {
            worker.forget_ready();
            worker.start_decode(0, frame == 0 ? 0 : wire::no_seek, {frame});
            if (!answered(worker, 1)) return false;
            const auto read = barcode(worker, worker.ready()[0]);
            const int number = read ? read->frame : -1;
            const bool is_next = number == last + 1;
            const bool is_later = number > last && row_.barcodes == Barcodes::increasing;
            const bool is_right = is_next || (frame > 0 && is_later);
            if (!is_right && !worker.ready()[0].is_concealed) {
                if (++wrong == 1) MESSAGE(row_.name << ": frame " << frame << " reads " << number);
            }
            last = is_right ? number : last + 1;
        }
        CHECK(wrong == 0);
        return true;
    }

    bool answered(WorkerDriver& worker, std::size_t count) {
        const Status status = worker.wait_for_slots(count);
        const std::string why = status ? "" : to_string(status.error());
        CAPTURE(why);
        CHECK(status.has_value());
        return status.has_value();
    }

    bool compare(WorkerDriver& worker, const std::vector<Request>& requests, Pattern pattern) {
        const std::string order = pattern_name(pattern);
        CAPTURE(order);
        const auto compared = compare_requests(worker, requests, linear_);
        const std::string why = compared ? "" : to_string(compared.error());
        CAPTURE(why);
        CHECK(compared.has_value());
        if (!compared) return false;
        for (const Mismatch& mismatch : compared->mismatches) {
            CAPTURE(mismatch.frame);
            CAPTURE(mismatch.pts);
            FAIL_CHECK(mismatch.what);
        }
        // Only what was cut may be damaged.
        if (row_.kept_percent == 100) CHECK(compared->concealed == 0);
        return compared->mismatches.empty();
    }

    bool check_seeks(const WorkerDriver& worker) {
        const std::uint64_t corrections = worker.counters().seek_corrections;
        corrections_ = std::max(corrections_, corrections);
        // A cursor learns of each keyframe once how far back it must go, in at most four steps.
        const std::uint64_t most = row_.seeking == Seeking::mended ? 4 * keyframes_ * cursors : 0;
        CHECK(corrections <= most);
        return true;
    }

    ZygoteSession& zygote_;
    const MatrixRow& row_;
    std::string path_;
    std::vector<PictureHash> linear_;
    std::size_t keyframes_ = 0;
    std::uint64_t corrections_ = 0;
};

}  // namespace

TEST_CASE("random access equals ffmpeg's linear decoding, bit by bit") {
    ZygoteSession zygote;
    CHECK(matrix_rows().size() >= 44);
    // One row alone, by its name.
    const char* only = std::getenv("REELPOOL_MATRIX_ROW");
    std::size_t number = 0;
    for (const MatrixRow& row : matrix_rows()) {
        if (only != nullptr && std::string(only) != row.name) continue;
        if (only == nullptr && test::is_sanitized() && number++ % sanitized_row_step != 0) continue;
        const Watchdog watchdog;
        const std::string name = row.name;
        CAPTURE(name);
        RowCheck(zygote, row).run();
    }
}

TEST_CASE("pictures of a sequence in any order equal ffmpeg's, bit by bit") {
    constexpr std::uint32_t count = 100;
    const std::vector<std::string> files = matrix_sequence(count);
    ZygoteSession zygote;
    WorkerDriver worker(zygote.driver(), zygote.fork_worker(), slots);
    REQUIRE(worker
                .open(open_file(files[0]),
                      {.is_sequence = true, .alpha = wire::AlphaMode::premultiplied})
                .has_value());
    REQUIRE(worker.is_open());
    const auto linear =
        hash_linear_decoding(sequence_pattern(), worker.opened().info, Complaints::dropped);
    REQUIRE(linear.has_value());
    REQUIRE(linear->size() == count);
    std::uint32_t wrong = 0;
    for (std::uint32_t cursor = 0; cursor < cursors; ++cursor)
        worker.open_cursor(cursor, cursor == 0 ? 1 : 4);
    for (std::uint32_t n = 0; n < count; ++n) {
        const std::uint32_t frame = n * 37 % count;
        const UniqueFd picture = open_file(files[frame]);
        worker.forget_ready();
        worker.start_decode(n % cursors, frame, {frame}, {}, {picture.get()});
        REQUIRE(worker.wait_for_slots(1).has_value());
        const wire::SlotReady& ready = worker.ready()[0];
        if (ready.frame.value != frame ||
            hash_slot(worker.slot(ready), worker.opened().info) != (*linear)[frame])
            ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(worker.counters().frames_decoded == count);
}
