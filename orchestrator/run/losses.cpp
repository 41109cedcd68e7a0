#include "orchestrator/run/losses.hpp"

#include <array>
#include <cstdio>

namespace reelpool::run {
namespace {

/// "12.345 s"
std::string seconds_text(const Time& time) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", time.to_double());
    return text.data();
}

Time source_time(const FrameTable& table, FrameIndex frame) {
    return Rational(table.pts.at(frame.value) - table.pts.front()) * table.time_base;
}

}  // namespace

std::string cause_of(const WorkerDeath& death) {
    return death.error.cause.empty() ? death.error.what
                                     : death.error.what + ": " + death.error.cause;
}

Status Losses::note(const MediaFile& file, const WorkerDeath& death) {
    OfFile& of_file = by_file_[file.path];
    ++of_file.deaths;
    of_file.last_cause = cause_of(death);
    // A zygote takes many workers with it, and zygotes are counted themselves.
    if (death.kind != DeathKind::lost_with_zygote) ++count_;
    if (of_file.deaths <= most_of_a_file && count_ <= most_in_all) return ok();
    return unexpected({.code = ErrorCode::decode,
                       .component = Component::worker,
                       .subject = file.path,
                       .what = "decoder workers died too often",
                       .cause = std::to_string(of_file.deaths) + " of this file and " +
                                std::to_string(count_) +
                                " in all; the last one: " + cause_of(death),
                       .hint = "try the file with `reelpool probe`; it may be damaged"});
}

Error poison_error(const plan::MediaSource& source, const WorkerDeath& death,
                   std::optional<FrameIndex> frame, const std::optional<ShownAt>& shown,
                   const std::string& hint) {
    Error error = death.error;
    error.code = ErrorCode::decode;
    error.cause = cause_of(death);
    error.hint = hint;
    if (!frame) {
        error.what = "the decoder died twice while it opened the file";
        return error;
    }
    error.what = "the decoder died twice on the same frame";
    error.subject += ", frame " + std::to_string(frame->value) + " at " +
                     seconds_text(source_time(source.table, *frame));
    if (shown)
        error.subject +=
            ", for output frame " + std::to_string(shown->output.value) + ": " + shown->clips;
    return error;
}

}  // namespace reelpool::run
