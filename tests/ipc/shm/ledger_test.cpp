#include "ipc/shm/ledger.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/ipc/random.hpp"

namespace reelpool::ledger {
namespace {

using test::Random;

/// The ledger of this process, found as an onlooker finds it.
UniqueFd find_ledger(int flags) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::array<char, PATH_MAX> target{};
        if (::readlink(entry.path().c_str(), target.data(), target.size() - 1) > 0 &&
            std::string(target.data()) == "/memfd:reelpool-ledger (deleted)")
            return UniqueFd(::open(entry.path().c_str(), flags | O_CLOEXEC));
    }
    return {};
}

struct Both {
    Writer writer;
    View view;
};

Both open_both() {
    auto writer = Writer::create();
    REQUIRE(writer);
    const UniqueFd fd = find_ledger(O_RDONLY);
    REQUIRE(fd);
    auto view = View::open(fd);
    REQUIRE(view);
    return {*std::move(writer), *std::move(view)};
}

template <class Entry>
Entry random_entry(Random& random) {
    Entry entry;
    std::array<unsigned char, sizeof(Entry)> bytes;
    for (unsigned char& byte : bytes) byte = random.any<unsigned char>();
    std::memcpy(&entry, bytes.data(), sizeof entry);
    return entry;
}

/// Equal but for the version, which the ledger counts itself.
template <class Entry>
bool same(Entry a, Entry b) {
    a.version = 0;
    b.version = 0;
    return std::memcmp(&a, &b, sizeof a) == 0;
}

TEST_CASE("what is written can be read, and everything else is unused") {
    Both both = open_both();
    CHECK(both.view.process(0).kind == ProcessKind::unused);
    CHECK(both.view.segment(segment_capacity - 1).use == SegmentUse::unused);
    CHECK(both.view.slot(slot_capacity - 1).state == SlotState::unused);
    Random random(1);
    for (int i = 0; i < 300; ++i) {
        const auto at = [&](std::uint32_t capacity) {
            return i < 2 ? (i == 0 ? 0 : capacity - 1)
                         : static_cast<std::uint32_t>(random.below(capacity));
        };
        const auto totals = random_entry<Totals>(random);
        both.writer.write(totals);
        REQUIRE(same(both.view.totals(), totals));

        auto process = random_entry<Process>(random);
        process.label[sizeof process.label - 1] = '\0';
        const std::uint32_t process_index = at(process_capacity);
        both.writer.write(process_index, process);
        REQUIRE(same(both.view.process(process_index), process));

        const auto segment = random_entry<Segment>(random);
        const std::uint32_t segment_index = at(segment_capacity);
        both.writer.write(segment_index, segment);
        REQUIRE(same(both.view.segment(segment_index), segment));

        const auto slot = random_entry<Slot>(random);
        const std::uint32_t slot_index = at(slot_capacity);
        both.writer.write(slot_index, slot);
        REQUIRE(same(both.view.slot(slot_index), slot));
        REQUIRE(same(both.view.totals(), totals));
        REQUIRE(same(both.view.process(process_index), process));
        REQUIRE(same(both.view.segment(segment_index), segment));
        REQUIRE((both.view.slot(slot_index).version & 1U) == 0);
    }
}

TEST_CASE("a label without its terminator is still a string") {
    Both both = open_both();
    Process process{};
    std::memset(process.label, 'x', sizeof process.label);
    both.writer.write(3, process);
    CHECK(std::strlen(both.view.process(3).label) == sizeof process.label - 1);
}

TEST_CASE("long labels lose their front, between two characters") {
    Process process{};
    constexpr std::size_t room = sizeof process.label - 1;
    set_label(process, "short");
    CHECK(std::string(process.label) == "short");
    set_label(process, "");
    CHECK(std::string(process.label).empty());
    set_label(process, std::string(room, 'a'));
    CHECK(std::string(process.label) == std::string(room, 'a'));
    set_label(process, "front" + std::string(room - 8, 'a') + "file.mp4");
    CHECK(std::string(process.label) == std::string(room - 8, 'a') + "file.mp4");
    // Each character takes two bytes, and the cut would go through the middle of one.
    std::string text;
    for (int i = 0; i < 200; ++i) text += "\xc3\xa9";
    set_label(process, text);
    CHECK(std::string(process.label) == text.substr(text.size() - (room - 1)));
    // Bytes that are no UTF-8 are kept: a path may consist of anything.
    const std::string strange(room + 20, '\x80');
    set_label(process, strange);
    CHECK(std::string(process.label).size() == room - 3);
    set_label(process, "b");
    CHECK(process.label[1] == '\0');
    CHECK(process.label[room] == '\0');
}

/// Every number of the entry says which change it belongs to.
Process numbered(std::uint32_t n) {
    Process process{};
    process.kind = static_cast<ProcessKind>(n);
    process.state = static_cast<ProcessState>(n);
    process.pid = static_cast<std::int32_t>(n);
    process.worker = process.media = process.epoch = process.cursors = n;
    process.messages_sent = process.messages_received = process.bytes_sent = n;
    process.bytes_received = process.frames_decoded = process.seeks = n;
    for (std::size_t i = 0; i + 5 <= sizeof process.label; i += 4)
        std::memcpy(process.label + i, &n, 4);
    return process;
}

TEST_CASE("a reader beside a busy writer never takes a torn entry for a whole one") {
    Both both = open_both();
    both.writer.write(7, numbered(0));
    std::atomic<bool> done = false;
    std::thread busy([&] {
        for (std::uint32_t n = 1; !done.load(std::memory_order_relaxed); ++n)
            both.writer.write(7, numbered(n));
    });
    int whole = 0;
    std::uint32_t newest = 0;
    for (int i = 0; i < 20000; ++i) {
        const Process process = both.view.process(7);
        if ((process.version & 1U) != 0) continue;  // said to be torn
        ++whole;
        const std::uint32_t n = process.worker;
        if (!same(process, numbered(n)) || n < newest) {
            done = true;
            busy.join();
            FAIL("torn or out of order: " << n << " after " << newest);
        }
        newest = n;
    }
    done = true;
    busy.join();
    MESSAGE("whole reads: " << whole << " of 20000, changes seen up to " << newest);
    CHECK((both.view.process(7).version & 1U) == 0);
}

TEST_CASE("an entry that its writer left torn is given with an odd version") {
    Both both = open_both();
    both.writer.write(9, Slot{.version = 0,
                              .state = SlotState::ready,
                              .generation = 5,
                              .frame = 6,
                              .level_x = 0,
                              .level_y = 0,
                              .leases = 0,
                              .next_use = 7});
    const UniqueFd fd = find_ledger(O_RDWR);
    auto mapping = Mapping::map(fd, total_bytes, Access::read_write);
    REQUIRE(mapping);
    std::byte* const place = mapping->data() + slots_offset + 9 * sizeof(Slot);
    std::uint32_t version = 0;
    std::memcpy(&version, place, 4);
    CHECK((version & 1U) == 0);
    ++version;
    std::memcpy(place, &version, 4);
    const Slot torn = both.view.slot(9);
    CHECK((torn.version & 1U) == 1);
    CHECK(torn.frame == 6);
    // The next change makes it whole again.
    both.writer.write(9, Slot{});
    CHECK((both.view.slot(9).version & 1U) == 0);
}

TEST_CASE("only a ledger of this layout is opened") {
    const auto other = create_segment("reelpool-ledger", total_bytes);
    REQUIRE(other);
    const auto blank = View::open(*other);
    REQUIRE_FALSE(blank.has_value());
    CHECK_FALSE(blank.error().hint.empty());
    const auto small = create_segment("reelpool-ledger", 4096);
    REQUIRE(small);
    CHECK_FALSE(View::open(*small).has_value());
    CHECK_FALSE(View::open(UniqueFd()).has_value());

    const auto newer = create_segment("reelpool-ledger", total_bytes);
    auto mapping = Mapping::map(*newer, total_bytes, Access::read_write);
    REQUIRE(mapping);
    Header header{};
    header.magic_number = magic;
    header.layout = layout_version + 1;
    std::memcpy(mapping->data(), &header, sizeof header);
    CHECK_FALSE(View::open(*newer).has_value());
    header.layout = layout_version;
    std::memcpy(mapping->data(), &header, sizeof header);
    CHECK(View::open(*newer).has_value());
}

TEST_CASE("the header says where everything is") {
    const Both both = open_both();
    const UniqueFd fd = find_ledger(O_RDONLY);
    Header header{};
    REQUIRE(::pread(fd.get(), &header, sizeof header, 0) == sizeof header);
    CHECK(std::memcmp(&header.magic_number, "RPledger", 8) == 0);
    CHECK(header.total_bytes == total_bytes);
    CHECK(header.processes_offset == processes_offset);
    CHECK(header.segments_offset == segments_offset);
    CHECK(header.slots_offset == slots_offset);
}

}  // namespace
}  // namespace reelpool::ledger
