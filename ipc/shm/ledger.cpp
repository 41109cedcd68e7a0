#include "ipc/shm/ledger.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace reelpool::ledger {
namespace {

// Entries are moved as 32-bit words with atomic accesses, so that a reader in another
// process never sees half a word, and ordered by acquire and release: a reader that has seen one
// word of a change also sees that `version` moved. (Fences would do too, but not for TSan.)
template <class Entry>
constexpr std::size_t word_count = sizeof(Entry) / 4;

template <class Entry>
void store(std::byte* place, Entry entry) {
    auto* const words = reinterpret_cast<std::uint32_t*>(place);
    const std::uint32_t version = __atomic_load_n(words, __ATOMIC_RELAXED);
    __atomic_store_n(words, version | 1U, __ATOMIC_RELAXED);
    std::array<std::uint32_t, word_count<Entry>> copy;
    std::memcpy(copy.data(), &entry, sizeof entry);
    for (std::size_t i = 1; i < copy.size(); ++i)
        __atomic_store_n(words + i, copy[i], __ATOMIC_RELEASE);
    __atomic_store_n(words, (version | 1U) + 1U, __ATOMIC_RELEASE);
}

template <class Entry>
Entry load(const std::byte* place) {
    constexpr int attempts = 64;
    const auto* const words = reinterpret_cast<const std::uint32_t*>(place);
    std::array<std::uint32_t, word_count<Entry>> copy{};
    for (int attempt = 0; attempt < attempts; ++attempt) {
        copy[0] = __atomic_load_n(words, __ATOMIC_ACQUIRE);
        for (std::size_t i = 1; i < copy.size(); ++i)
            copy[i] = __atomic_load_n(words + i, __ATOMIC_ACQUIRE);
        const bool whole = (copy[0] & 1U) == 0;
        if (whole && __atomic_load_n(words, __ATOMIC_RELAXED) == copy[0]) break;
        copy[0] |= 1U;  // torn, unless the next attempt succeeds
    }
    Entry entry;
    std::memcpy(&entry, copy.data(), sizeof entry);
    return entry;
}

std::byte* place(const Mapping& mapping, std::size_t offset) {
    return mapping.data() + offset;
}

}  // namespace

Writer::Writer(UniqueFd fd, Mapping mapping) : fd_(std::move(fd)), mapping_(std::move(mapping)) {}

Result<Writer> Writer::create() {
    REELPOOL_TRY(fd, create_segment(memfd_label, total_bytes));
    REELPOOL_TRY(mapping, Mapping::map(fd, total_bytes, Access::read_write));
    Header header{};
    header.magic_number = magic;
    header.layout = layout_version;
    header.header_bytes = sizeof(Header);
    header.processes_offset = processes_offset;
    header.segments_offset = segments_offset;
    header.slots_offset = slots_offset;
    header.total_bytes = total_bytes;
    std::memcpy(mapping.data(), &header, sizeof header);
    return Writer(std::move(fd), std::move(mapping));
}

std::span<const std::byte> Writer::bytes() const {
    return {mapping_.data(), total_bytes};
}

void Writer::write(const Totals& totals) {
    store(place(mapping_, offsetof(Header, totals)), totals);
}

void Writer::write(std::uint32_t index, const Process& process) {
    REELPOOL_CHECK(index < process_capacity);
    store(place(mapping_, processes_offset + sizeof(Process) * index), process);
}

void Writer::write(std::uint32_t index, const Segment& segment) {
    REELPOOL_CHECK(index < segment_capacity);
    store(place(mapping_, segments_offset + sizeof(Segment) * index), segment);
}

void Writer::write(std::uint32_t index, const Slot& slot) {
    REELPOOL_CHECK(index < slot_capacity);
    store(place(mapping_, slots_offset + sizeof(Slot) * index), slot);
}

View::View(Mapping mapping) : mapping_(std::move(mapping)) {}

Result<View> View::open(const UniqueFd& fd) {
    REELPOOL_TRY(mapping, Mapping::map(fd, total_bytes, Access::read_only));
    Header header;
    std::memcpy(&header, mapping.data(), sizeof header);
    if (header.magic_number != magic || header.layout != layout_version)
        return unexpected({.code = ErrorCode::usage,
                           .component = Component::output,
                           .subject = {},
                           .what = "this is no ledger that this version can read",
                           .cause = {},
                           .hint = "use the ipc-dump that came with the running reelpool"});
    return View(std::move(mapping));
}

Totals View::totals() const {
    return load<Totals>(place(mapping_, offsetof(Header, totals)));
}

Process View::process(std::uint32_t index) const {
    REELPOOL_CHECK(index < process_capacity);
    Process process = load<Process>(place(mapping_, processes_offset + sizeof(Process) * index));
    process.label[sizeof process.label - 1] = '\0';
    return process;
}

Segment View::segment(std::uint32_t index) const {
    REELPOOL_CHECK(index < segment_capacity);
    return load<Segment>(place(mapping_, segments_offset + sizeof(Segment) * index));
}

Slot View::slot(std::uint32_t index) const {
    REELPOOL_CHECK(index < slot_capacity);
    return load<Slot>(place(mapping_, slots_offset + sizeof(Slot) * index));
}

void set_label(Process& process, std::string_view text) {
    constexpr std::size_t room = sizeof process.label - 1;
    if (text.size() > room) {
        text.remove_prefix(text.size() - room);
        // Not in the middle of a UTF-8 character.
        for (int i = 0; i < 3 && (static_cast<unsigned char>(text.front()) & 0xc0) == 0x80; ++i)
            text.remove_prefix(1);
    }
    std::memset(process.label, 0, sizeof process.label);
    std::copy(text.begin(), text.end(), process.label);
}

}  // namespace reelpool::ledger
