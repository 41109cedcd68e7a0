// Messages that no encoder of ours wrote.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "ipc/wire/messages.hpp"
#include "tests/ipc/wire/allocation_meter.hpp"
#include "tests/ipc/wire/random_messages.hpp"

namespace reelpool::wire {
namespace {

using test::Random;

constexpr std::size_t decoder_count = 6;

/// Whether decoder number `which` accepts the bytes.
bool accepts(std::size_t which, std::span<const std::byte> bytes) {
    const auto answer = [](const auto& result) {
        // Errors must be fit to be shown.
        if (!result) REQUIRE(result.error().what == "a process sent a malformed message");
        return result.has_value();
    };
    switch (which) {
        case 0:
            return answer(decode_to_zygote(bytes));
        case 1:
            return answer(decode_from_zygote(bytes));
        case 2:
            return answer(decode_to_worker(bytes));
        case 3:
            return answer(decode_from_worker(bytes));
        case 4:
            return answer(decode_to_compositor(bytes));
        default:
            return answer(decode_from_compositor(bytes));
    }
}

/// A few valid messages of every kind, by decoder.
std::array<std::vector<Bytes>, decoder_count> valid_messages() {
    std::array<std::vector<Bytes>, decoder_count> messages;
    Random random(1);
    const auto add = [&](std::size_t which, std::size_t kinds, auto make) {
        for (std::size_t kind = 0; kind < kinds; ++kind)
            for (int i = 0; i < 12; ++i) messages[which].push_back(encode(make(random, kind)));
    };
    add(0, std::variant_size_v<ToZygote>, test::random_to_zygote);
    add(1, std::variant_size_v<FromZygote>, test::random_from_zygote);
    add(2, std::variant_size_v<ToWorker>, test::random_to_worker);
    add(3, std::variant_size_v<FromWorker>, test::random_from_worker);
    add(4, std::variant_size_v<ToCompositor>, test::random_to_compositor);
    add(5, std::variant_size_v<FromCompositor>, test::random_from_compositor);
    return messages;
}

std::uint64_t word_at(const Bytes& bytes, std::size_t index) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + index * 8, 8);
    return word;
}

void set_word(Bytes& bytes, std::size_t index, std::uint64_t word) {
    std::memcpy(bytes.data() + index * 8, &word, 8);
}

/// A pointer of any sort: struct, list, far, capability, with odd offsets and counts.
std::uint64_t random_pointer(Random& random) {
    const std::uint64_t kind = random.below(4);
    const std::uint64_t offset = random.one_in(2) ? random.below(40) : random.bits() & 0x3fffffff;
    const std::uint64_t high =
        random.one_in(2) ? random.bits() >> 32 : (random.below(1 << 20) << 3 | random.below(8));
    return high << 32 | (offset << 2 & 0xffffffff) | kind;
}

void mutate_once(Random& random, Bytes& bytes, const Bytes& other) {
    const std::size_t words = bytes.size() / 8;
    const auto any_byte = [&] { return random.below(bytes.size()); };
    switch (random.below(9)) {
        case 0:
            bytes[any_byte()] ^= static_cast<std::byte>(1U << random.below(8));
            break;
        case 1:
            bytes[any_byte()] = random.any<std::byte>();
            break;
        case 2:
            bytes[any_byte()] = random.one_in(2) ? std::byte{0xff} : std::byte{0};
            break;
        case 3:
            bytes.resize(random.below(bytes.size() + 1));
            break;
        case 4:
            bytes.resize(random.below(words + 1) * 8);
            break;
        case 5:
            set_word(bytes, random.below(words), random_pointer(random));
            break;
        case 6:  // a pointer to somewhere else, or a number in another place
            set_word(bytes, random.below(words), word_at(bytes, random.below(words)));
            break;
        case 7: {  // a piece of another message
            const std::size_t begin = random.below(other.size());
            const std::size_t at = any_byte();
            const std::size_t length =
                random.below(std::min(other.size() - begin, bytes.size() - at) + 1);
            std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(begin), length,
                        bytes.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        }
        default:  // more bytes
            bytes.resize(bytes.size() + random.below(64));
            break;
    }
}

TEST_CASE("100,000 damaged messages give an error or a value, and no large allocation") {
    const auto messages = valid_messages();
    Random random(2);
    int accepted = 0;
    test::reset_allocations();
    for (int i = 0; i < 100000; ++i) {
        const std::size_t which = random.below(decoder_count);
        const auto& pool = messages[which];
        Bytes bytes = pool[random.below(pool.size())];
        const auto& other_pool = messages[random.below(decoder_count)];
        for (std::uint64_t k = 1 + random.below(4); k > 0 && bytes.size() >= 8; --k)
            mutate_once(random, bytes, other_pool[random.below(other_pool.size())]);
        accepted += accepts(random.one_in(10) ? random.below(decoder_count) : which, bytes);
    }
    CHECK(accepted > 1000);
    CHECK(accepted < 99000);
    // The messages have a few kilobytes.
    CHECK(test::largest_allocation() < std::size_t{8} << 20);
}

TEST_CASE("every truncation of every message is survived") {
    const auto messages = valid_messages();
    for (std::size_t which = 0; which < decoder_count; ++which) {
        for (std::size_t m = 0; m < messages[which].size(); m += 12) {
            const Bytes& whole = messages[which][m];
            CHECK(accepts(which, whole));
            for (std::size_t length = 0; length < whole.size(); ++length)
                REQUIRE_FALSE(accepts(which, std::span(whole).first(length)));
        }
    }
}

TEST_CASE("a message that does not lie on a word boundary is read all the same") {
    const auto messages = valid_messages();
    for (std::size_t which = 0; which < decoder_count; ++which) {
        const Bytes& whole = messages[which].back();
        for (std::size_t shift = 1; shift < 8; ++shift) {
            std::vector<std::byte> room(whole.size() + 8);
            std::copy(whole.begin(), whole.end(),
                      room.begin() + static_cast<std::ptrdiff_t>(shift));
            CHECK(accepts(which, std::span(room).subspan(shift, whole.size())));
        }
    }
}

TEST_CASE("no bytes, only zeros, only ones, garbage") {
    Random random(3);
    for (std::size_t which = 0; which < decoder_count; ++which) {
        CHECK_FALSE(accepts(which, {}));
        for (const std::size_t size : {1U, 7U, 8U, 9U, 16U, 24U, 4096U}) {
            // Whatever zeros mean, they must be survived.
            static_cast<void>(accepts(which, Bytes(size, std::byte{0})));
            CHECK_FALSE(accepts(which, Bytes(size, std::byte{0xff})));
            for (int i = 0; i < 100; ++i) {
                Bytes garbage(size);
                for (std::byte& byte : garbage) byte = random.any<std::byte>();
                static_cast<void>(accepts(which, garbage));
            }
        }
    }
}

// Hand-made messages. One segment: the table (one word), then the words given.
Bytes message_of(const std::vector<std::uint64_t>& words) {
    Bytes bytes((words.size() + 1) * 8);
    set_word(bytes, 0, static_cast<std::uint64_t>(words.size()) << 32);
    for (std::size_t i = 0; i < words.size(); ++i) set_word(bytes, i + 1, words[i]);
    return bytes;
}

std::uint64_t struct_pointer(std::uint64_t offset, std::uint64_t data, std::uint64_t pointers) {
    return pointers << 48 | data << 32 | offset << 2;
}

std::uint64_t list_pointer(std::uint64_t offset, std::uint64_t element, std::uint64_t count) {
    return count << 35 | element << 32 | offset << 2 | 1;
}

constexpr std::uint64_t void_elements = 0;
constexpr std::uint64_t byte_elements = 2;
constexpr std::uint64_t pointer_elements = 6;
constexpr std::uint64_t struct_elements = 7;

/// FromWorker with a SlotsReady whose list of slots is the given pointer; `padding` zeros follow.
Bytes slots_message(std::uint64_t slots_pointer, std::size_t padding) {
    std::vector<std::uint64_t> words{struct_pointer(0, 1, 1),  // the root
                                     1,                        // kind: SlotsReady
                                     struct_pointer(0, 1, 2),  // its content
                                     0,                        // cursor, steps
                                     slots_pointer,            // slots
                                     0};                       // no counters
    words.resize(words.size() + padding);
    return message_of(words);
}

TEST_CASE("lists that claim more elements than there are bytes") {
    constexpr std::uint64_t most = (std::uint64_t{1} << 29) - 1;
    for (std::uint64_t element = 0; element < 8; ++element) {
        for (const std::uint64_t count : {most, most - 1, std::uint64_t{1000000}}) {
            test::reset_allocations();
            CHECK_FALSE(accepts(3, slots_message(list_pointer(1, element, count), 4)));
            CHECK(test::largest_allocation() < std::size_t{1} << 20);
        }
    }
    // The tag word of a list of structs claims many structs without content.
    for (const std::uint64_t count : {most, std::uint64_t{1000000}}) {
        Bytes bytes = slots_message(list_pointer(1, struct_elements, 2), 4);
        set_word(bytes, 7, count << 2);
        test::reset_allocations();
        CHECK_FALSE(accepts(3, bytes));
        CHECK(test::largest_allocation() < std::size_t{1} << 20);
    }
}

TEST_CASE("no pointer of any message can be made to claim much") {
    const auto messages = valid_messages();
    test::reset_allocations();
    for (std::size_t which = 0; which < decoder_count; ++which) {
        for (std::size_t m = 0; m < messages[which].size(); m += 6) {
            const Bytes& whole = messages[which][m];
            for (std::size_t at = 1; at < std::min<std::size_t>(whole.size() / 8, 150); ++at) {
                for (std::uint64_t element = 0; element < 8; ++element) {
                    Bytes bytes = whole;
                    set_word(bytes, at, list_pointer(0, element, (std::uint64_t{1} << 29) - 1));
                    static_cast<void>(accepts(which, bytes));
                    // The count of the tag word, if a list of structs follows.
                    set_word(bytes, at, std::uint64_t{0x7ffffffc});
                    static_cast<void>(accepts(which, bytes));
                }
            }
        }
    }
    CHECK(test::largest_allocation() < std::size_t{8} << 20);
}

TEST_CASE("a large message cannot be made to mean something much larger") {
    // 8 MiB of zeros, as padding for lists of elements without content.
    constexpr std::size_t padding = std::size_t{1} << 20;
    for (const std::uint64_t count : {std::uint64_t{65536}, std::uint64_t{65537},
                                      std::uint64_t{padding}, std::uint64_t{4 * padding}}) {
        const Bytes bytes = slots_message(list_pointer(1, void_elements, count), padding);
        test::reset_allocations();
        const bool accepted = accepts(3, bytes);
        CHECK(accepted == (count <= 65536));
        CHECK(test::largest_allocation() <= bytes.size() + (std::size_t{8} << 20));
    }
}

TEST_CASE("a worker cannot send endless notes by naming one text many times") {
    Random random(4);
    auto opened = std::get<MediaOpened>(test::random_from_worker(random, 0));
    opened.info.notes.assign(2, std::string(4000, 'n'));
    const Bytes plain = encode(FromWorker(opened));
    REQUIRE(accepts(3, plain));
    // Find the list of two text pointers, and let both point to the same text, then claim more.
    for (std::size_t i = 1; i < plain.size() / 8; ++i) {
        if (word_at(plain, i) >> 32 != (2U << 3 | pointer_elements)) continue;
        Bytes bytes = plain;
        set_word(bytes, i,
                 (word_at(plain, i) & 0xffffffff) | (5000ULL << 35) | (pointer_elements << 32));
        test::reset_allocations();
        static_cast<void>(accepts(3, bytes));
        CHECK(test::largest_allocation() < std::size_t{1} << 20);
    }
}

TEST_CASE("pointers in a circle end") {
    // A struct whose first pointer leads back to itself, wherever a struct is expected.
    for (std::size_t which = 0; which < decoder_count; ++which) {
        for (std::uint64_t kind = 0; kind < 7; ++kind) {
            const std::uint64_t back = struct_pointer(0x3fffffff & ~std::uint64_t{1}, 1, 1);
            static_cast<void>(accepts(which, message_of({struct_pointer(0, 1, 1), kind, back})));
            static_cast<void>(accepts(which, message_of({struct_pointer(0, 1, 1), kind,
                                                         struct_pointer(0x3fffffff, 0, 1)})));
            // A list of structs that are themselves lists of the same structs.
            const std::uint64_t list = list_pointer(0x3ffffffe, pointer_elements, 2);
            static_cast<void>(accepts(which, message_of({struct_pointer(0, 1, 1), kind, list})));
        }
    }
}

TEST_CASE("segment tables that lie") {
    for (std::size_t which = 0; which < decoder_count; ++which) {
        for (const std::uint64_t first :
             {0x00000000ULL, 0x00000001ULL, 0x000001ffULL, 0x00000200ULL, 0x7fffffffULL,
              0xfffffffeULL, 0xffffffffULL}) {
            for (const std::uint64_t size : {0ULL, 1ULL, 2ULL, 0x7fffffffULL, 0xffffffffULL}) {
                Bytes bytes(64);
                set_word(bytes, 0, size << 32 | first);
                test::reset_allocations();
                static_cast<void>(accepts(which, bytes));
                CHECK(test::largest_allocation() < std::size_t{1} << 20);
            }
        }
    }
}

TEST_CASE("far pointers that lie") {
    for (std::size_t which = 0; which < decoder_count; ++which) {
        for (const std::uint64_t segment : {0ULL, 1ULL, 0xffffffffULL}) {
            for (const std::uint64_t landing : {0ULL, 1ULL, 2ULL, 0x1fffffffULL}) {
                for (const std::uint64_t twice : {0ULL, 1ULL}) {
                    const std::uint64_t far = segment << 32 | landing << 3 | twice << 2 | 2;
                    static_cast<void>(accepts(which, message_of({far})));
                    static_cast<void>(accepts(which, message_of({far, far, far, far})));
                    static_cast<void>(
                        accepts(which, message_of({struct_pointer(0, 1, 1), 1, far, far})));
                }
            }
        }
    }
}

TEST_CASE("an unknown kind of message is refused") {
    for (std::size_t which = 0; which < decoder_count; ++which) {
        // Both 16-bit halves in which the kind may lie, in every word of the data.
        bool refused = false;
        const Bytes whole = valid_messages()[which].front();
        for (std::size_t at = 16; at + 2 <= std::min<std::size_t>(whole.size(), 40); at += 2) {
            Bytes bytes = whole;
            bytes[at] = std::byte{0x77};
            bytes[at + 1] = std::byte{0x77};
            refused = refused || !accepts(which, bytes);
        }
        CHECK(refused);
    }
}

TEST_CASE("text without its final zero") {
    const WorkerFailed failed{{.code = ErrorCode::decode,
                               .component = Component::worker,
                               .subject = "1234567",
                               .what = "abcdefg",
                               .cause = {},
                               .hint = {}},
                              0};
    Bytes bytes = encode(FromWorker(failed));
    REQUIRE(accepts(3, bytes));
    std::uint64_t text = 0;
    std::memcpy(&text, "1234567", 8);
    bool found = false;
    for (std::size_t i = 0; i < bytes.size() / 8; ++i) {
        if (word_at(bytes, i) != text) continue;
        bytes[i * 8 + 7] = std::byte{'8'};
        found = true;
    }
    CHECK(found);
    CHECK_FALSE(accepts(3, bytes));
    // A text of no bytes at all: not even the zero.
    Bytes empty = encode(FromWorker(failed));
    const std::uint64_t eight_bytes = 8ULL << 35 | byte_elements << 32;
    for (std::size_t i = 1; i < empty.size() / 8; ++i)
        if ((word_at(empty, i) >> 32 << 32) == eight_bytes && (word_at(empty, i) & 3) == 1)
            set_word(empty, i, (word_at(empty, i) & 0xffffffff) | byte_elements << 32);
    static_cast<void>(accepts(3, empty));
}

}  // namespace
TEST_CASE("buses of sound that wait for themselves, or share a key, are refused") {
    const auto is_accepted = [](const std::vector<SoundBus>& buses) {
        return accepts(4, encode(ToCompositor{MixSound{
                              {.samples = 10, .voices = {}, .buses = buses, .slots = {}}}}));
    };
    SoundBus plain{.key = 1,
                   .layout_mask = 3,
                   .count = 10,
                   .effects = {},
                   .routes = {{0, 0}},
                   .points = {0},
                   .gains = {1}};
    SoundEffect duck{.kind = SoundEffectKind::duck, .values = {}, .key = 0};
    for (const SoundEffectParameter& parameter : duck.type().parameters)
        duck.values.push_back(parameter.otherwise);
    SoundBus ducked = plain;
    ducked.key = 2;
    ducked.effects = {duck};
    CHECK(is_accepted({plain, ducked}));
    // Added to the bus that turns it down, which waits for it.
    ducked.parent = 0;
    CHECK_FALSE(is_accepted({plain, ducked}));
    ducked.parent = main_bus;
    ducked.effects[0].key = 1;
    CHECK_FALSE(is_accepted({plain, ducked}));
    CHECK_FALSE(is_accepted({plain, plain}));
}

}  // namespace reelpool::wire
