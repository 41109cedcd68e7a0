#include "orchestrator/plan/sound_runner.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/plan/slot_table.hpp"

namespace reelpool::plan {
namespace {

constexpr std::uint32_t deaths_of_a_poison = 2;

Unexpected out_of_order() {
    return unexpected({.code = ErrorCode::internal,
                       .component = Component::compositor,
                       .subject = {},
                       .what = "sound was mixed that was not next",
                       .cause = {},
                       .hint = {}});
}

}  // namespace

SoundRunner::SoundRunner(SoundSchedule schedule, SoundWorld& world, Options options)
    : schedule_(std::move(schedule)), world_(world), options_(options) {}

Time SoundRunner::time_of(SoundBlockRef ref) const {
    return Rational(Int128{ref.block} * sound_block_samples, schedule_.wants().mix_hz);
}

void SoundRunner::plan_ahead() {
    while (schedule_.has_next() &&
           front_ + planned_.size() <= std::uint64_t{mixed_} + schedule_.options().chunks_ahead) {
        PlannedChunk planned = schedule_.next();
        commands_.insert(commands_.end(), planned.commands.begin(), planned.commands.end());
        planned.commands.clear();
        planned_.push_back(std::move(planned));
    }
}

Status SoundRunner::run() {
    plan_ahead();
    for (auto& [id, media] : media_) finish_release(id);
    while (!commands_.empty()) {
        REELPOOL_TRY(progress, carry_out(commands_.front()));
        if (progress == Progress::must_wait) break;
        commands_.pop_front();
    }
    for (auto& [id, media] : media_) REELPOOL_TRY_STATUS(go_on(id));
    return ok();
}

Result<SoundRunner::Progress> SoundRunner::carry_out(const SoundCommand& command) {
    if (const auto* const create = std::get_if<CreateSoundSlot>(&command)) {
        REELPOOL_TRY_STATUS(world_.create(*create));
        Slot& slot = slots_[create->slot];
        slot.media = create->media;
        slot.bytes = create->bytes;
        used_bytes_ += create->bytes;
        peak_bytes_ = std::max(peak_bytes_, used_bytes_);
        return Progress::done;
    }
    if (const auto* const drop = std::get_if<DropSoundSlot>(&command)) {
        if (drop->free_from > mixed_ || slots_.at(drop->slot).state == SlotState::granted)
            return Progress::must_wait;
        world_.drop(*drop);
        used_bytes_ -= slots_.at(drop->slot).bytes;
        slots_.erase(drop->slot);
        return Progress::done;
    }
    if (const auto* const release = std::get_if<ReleaseSound>(&command)) {
        media_[release->media].must_release = true;
        finish_release(release->media);
        return Progress::done;
    }
    return order(std::get<DecodeBlock>(command));
}

Result<SoundRunner::Progress> SoundRunner::order(const DecodeBlock& command) {
    Slot& slot = slots_.at(command.slot);
    PerMedia& media = media_[command.ref.media];
    // A release that was planned before comes first.
    if (command.free_from > mixed_ || media.must_release) return Progress::must_wait;
    REELPOOL_CHECK(slot.state != SlotState::granted);
    slot.state = SlotState::granted;
    slot.block = command.ref.block;
    media.under_way.push_back(command);
    return Progress::done;
}

/// Whatever can be done for a medium now.
Status SoundRunner::go_on(MediaId id) {
    PerMedia& media = media_.at(id);
    REELPOOL_TRY_STATUS(silence_hopeless(id));
    finish_release(id);
    if (media.under_way.empty()) return ok();
    if (!std::exchange(media.is_held, true) || !world_.has_worker(id)) world_.need(id);
    if (!world_.is_ready(id)) return ok();
    media.deaths_while_opening = 0;
    while (media.sent < media.under_way.size() && !(media.is_alone && media.sent > 0))
        send_first_unsent(id);
    return ok();
}

/// How many blocks before its own a start decodes.
std::uint32_t SoundRunner::preroll_blocks() const {
    return sound_preroll_seconds * schedule_.wants().mix_hz / sound_block_samples + 2;
}

/// Where the decoder died, and behind it as far as a preroll reaches.
bool SoundRunner::is_hopeless(const PerMedia& media, std::uint32_t block) const {
    const auto next = media.bad.upper_bound(block);
    return next != media.bad.begin() && block - *std::prev(next) <= preroll_blocks();
}

/// What the order says, where the worker does not stand there, and no bad block lies on the way.
std::pair<wire::SoundStart, std::uint32_t> SoundRunner::start_of(const PerMedia& media,
                                                                 const DecodeBlock& order) const {
    const auto is_bad_between = [&](std::uint32_t from) {
        const auto bad = media.bad.lower_bound(from);
        return bad != media.bad.end() && *bad < order.ref.block;
    };
    const bool goes_on = media.is_open && media.at && *media.at < order.ref.block &&
                         order.place == DecodeBlock::Place::in_run;
    if (goes_on && !is_bad_between(*media.at)) return {wire::SoundStart::go_on, 0};
    if (is_bad_between(order.run.start_block - std::min(order.run.start_block, preroll_blocks())))
        return {wire::SoundStart::at_block, order.ref.block};
    return {order.run.start, order.run.start_block};
}

void SoundRunner::send_first_unsent(MediaId id) {
    PerMedia& media = media_.at(id);
    const DecodeBlock& order = media.under_way[media.sent];
    const auto [start, start_block] = start_of(media, order);
    if (!std::exchange(media.is_open, true))
        world_.send(id, wire::OpenSound{schedule_.wants().mix_hz});
    Slot& slot = slots_.at(order.slot);
    ++slot.generation.value;
    world_.send(id, wire::DecodeSound{.block = order.ref.block,
                                      .start = start,
                                      .start_block = start_block,
                                      .segment = order.slot,
                                      .offset_bytes = 0,
                                      .generation = slot.generation});
    media.at = order.ref.block;
    ++media.sent;
}

void SoundRunner::finish_release(MediaId id) {
    PerMedia& media = media_.at(id);
    if (!media.must_release || !media.under_way.empty()) return;
    media.must_release = false;
    if (std::exchange(media.is_open, false)) world_.send(id, wire::CloseSound{});
    media.at.reset();
    media.is_alone = false;
    if (std::exchange(media.is_held, false)) world_.release(id);
}

bool SoundRunner::is_front_ready() const {
    if (planned_.empty()) return false;
    const auto& reads = planned_.front().reads;
    return std::all_of(reads.begin(), reads.end(), [&](const auto& read) {
        const auto slot = slots_.find(read.second);
        return slot != slots_.end() && slot->second.state == SlotState::ready &&
               slot->second.block == read.first.block;
    });
}

std::vector<SoundSlot> SoundRunner::take_front() {
    std::vector<SoundSlot> slots;
    Mixing mixing{.chunk = front_, .slots = {}};
    for (const auto& [ref, id] : planned_.front().reads) {
        slots.push_back({.media = ref.media,
                         .block = ref.block,
                         .segment = id,
                         .offset_bytes = 0,
                         .generation = slots_.at(id).generation});
        mixing.slots.push_back(id);
    }
    mixing_.push_back(std::move(mixing));
    planned_.pop_front();
    ++front_;
    return slots;
}

Status SoundRunner::on_mixed(std::uint32_t chunk) {
    if (mixing_.empty() || mixing_.front().chunk != chunk) return out_of_order();
    mixing_.pop_front();
    mixed_ = chunk + 1;
    return ok();
}

Status SoundRunner::on_ready(MediaId id, const wire::SoundReady& report) {
    PerMedia& media = media_[id];
    if (media.sent == 0) return protocol_violation("it told of sound that it was not asked for");
    const DecodeBlock& order = media.under_way.front();
    Slot& slot = slots_.at(order.slot);
    if (report.block != order.ref.block || report.segment != order.slot ||
        report.offset_bytes != 0 || report.generation != slot.generation)
        return protocol_violation("it told of other sound than it was asked for");
    slot.state = SlotState::ready;
    if (report.missing_samples > 0) losses_[id].missing[report.block] = report.missing_samples;
    if (report.is_concealed) losses_[id].concealed.insert(report.block);
    media.under_way.pop_front();
    --media.sent;
    media.is_alone = false;
    media.deaths = 0;
    return ok();
}

Result<std::optional<SoundRunner::Poison>> SoundRunner::on_failed(MediaId id,
                                                                  const wire::SoundFailed& report) {
    PerMedia& media = media_[id];
    if (media.sent == 0 || report.block != media.under_way.front().ref.block)
        return protocol_violation("it failed at other sound than it was asked for");
    media.is_open = false;
    media.at.reset();
    media.sent = 0;
    return poison(id, report.block);
}

Result<std::optional<SoundRunner::Poison>> SoundRunner::on_worker_lost(MediaId id, Death death) {
    const auto entry = media_.find(id);
    if (entry == media_.end()) return std::optional<Poison>();
    PerMedia& media = entry->second;
    const bool was_asked = media.sent > 0;
    media.is_open = false;
    media.at.reset();
    media.sent = 0;
    if (media.under_way.empty()) return std::optional<Poison>();
    const SoundBlockRef first = media.under_way.front().ref;
    switch (death) {
        case Death::blameless:
            return std::optional<Poison>();
        case Death::opening:
            if (++media.deaths_while_opening < deaths_of_a_poison) return std::optional<Poison>();
            return std::optional(Poison{first, Poison::Kind::opening});
        case Death::serving:
            break;
    }
    if (!was_asked) return std::optional<Poison>();
    media.is_alone = true;
    if (++media.deaths < deaths_of_a_poison) return std::optional<Poison>();
    return poison(id, first.block);
}

Result<std::optional<SoundRunner::Poison>> SoundRunner::poison(MediaId id, std::uint32_t block) {
    if (options_.bad_block == BadBlock::refuse)
        return std::optional(Poison{{id, block}, Poison::Kind::block});
    PerMedia& media = media_.at(id);
    media.bad.insert(block);
    media.deaths = 0;
    media.is_alone = false;
    REELPOOL_TRY_STATUS(silence_hopeless(id));
    return std::optional<Poison>();
}

/// Of what is ordered and was not sent.
Status SoundRunner::silence_hopeless(MediaId id) {
    PerMedia& media = media_.at(id);
    if (media.bad.empty()) return ok();
    for (std::size_t i = media.sent; i < media.under_way.size();) {
        const DecodeBlock order = media.under_way[i];
        if (!is_hopeless(media, order.ref.block)) {
            ++i;
            continue;
        }
        REELPOOL_TRY_STATUS(world_.silence(order.slot));
        slots_.at(order.slot).state = SlotState::ready;
        ++slots_.at(order.slot).generation.value;
        losses_[id].silenced.insert(order.ref.block);
        media.under_way.erase(media.under_way.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return ok();
}

std::vector<SoundRunner::SlotView> SoundRunner::view() const {
    std::map<SoundSlotId, std::uint32_t> leases;
    for (const Mixing& mixing : mixing_)
        for (const SoundSlotId slot : mixing.slots) ++leases[slot];
    std::vector<SlotView> views;
    for (const auto& [id, slot] : slots_) {
        const auto leased = leases.find(id);
        const std::uint32_t count = leased == leases.end() ? 0 : leased->second;
        views.push_back({.slot = id,
                         .media = slot.media,
                         .state = count > 0 ? SlotState::leased : slot.state,
                         .generation = slot.generation,
                         .block = slot.block,
                         .leases = count});
    }
    return views;
}

std::vector<std::string> SoundRunner::describe() const {
    std::vector<std::string> lines;
    lines.push_back("next chunk of sound " + std::to_string(front_) + " of " +
                    std::to_string(schedule_.chunk_count()) + ", " + std::to_string(mixed_) +
                    " mixed, " + std::to_string(commands_.size()) + " commands pending");
    for (const auto& [id, media] : media_) {
        if (media.under_way.empty() && !media.is_open) continue;
        std::string line = "media " + std::to_string(id.value) +
                           (media.is_open ? ", sound open" : ", sound closed") + ", asked for";
        for (const DecodeBlock& order : media.under_way)
            line += " " + std::to_string(order.ref.block);
        lines.push_back(line + ", " + std::to_string(media.sent) + " of them sent");
    }
    return lines;
}

}  // namespace reelpool::plan
