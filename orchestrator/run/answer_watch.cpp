#include "orchestrator/run/answer_watch.hpp"

#include <algorithm>

namespace reelpool::run {

void AnswerWatch::owe(std::uint64_t answers) {
    if (state_ == State::ended || answers == 0) return;
    owed_ += answers;
    if (state_ == State::idle) trust();
}

void AnswerWatch::settle(std::uint64_t answers) {
    if (state_ == State::ended) return;
    owed_ -= std::min(answers, owed_);
    times_asked_ = 0;
    if (owed_ > 0) {
        trust();
        return;
    }
    state_ = State::idle;
    timer_.cancel();
}

void AnswerWatch::note_moved() {
    if (state_ != State::ended && owed_ > 0) trust();
}

void AnswerWatch::end() {
    state_ = State::ended;
    timer_.cancel();
}

/// The timer that runs already is left alone: when it fires, it sees that there was a sign of life.
void AnswerWatch::trust() {
    const bool is_waiting = state_ == State::trusting;
    state_ = State::trusting;
    trusted_at_ = Clock::now();
    if (!is_waiting) wait(patience_ / 2);
}

void AnswerWatch::wait(std::chrono::milliseconds delay) {
    due_ = Clock::now() + delay;
    timer_ = loop_.after(delay, [this] { on_timer(); });
}

void AnswerWatch::on_timer() {
    using std::chrono::milliseconds;
    const auto now = Clock::now();
    const milliseconds half = patience_ / 2;
    switch (state_) {
        case State::idle:
        case State::ended:
            return;
        case State::trusting: {
            const auto silent = std::chrono::duration_cast<milliseconds>(now - trusted_at_);
            if (silent < half) {
                wait(half - silent);
                return;
            }
            if (++times_asked_ > most_asked) break;
            if (is_seen_moving()) {
                trusted_at_ = now;
                wait(half);
                return;
            }
            state_ = State::asked;
            wait(patience_ - half);
            events_.ask();
            return;
        }
        case State::asked:
            // Late by much: this process was stopped itself, and may not have seen the answer.
            if (now - due_ > half) {
                wait(half);
                return;
            }
            if (!is_seen_moving()) break;
            trust();
            return;
    }
    end();
    events_.on_hang();
}

}  // namespace reelpool::run
