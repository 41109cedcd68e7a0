#include "ipc/wire/messages.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// A message: the first byte says whose. What is accepted says the same when it is sent on.

using namespace reelpool;

namespace {

template <class Decode>
void check(std::span<const std::byte> bytes, Decode decode) {
    const auto message = decode(bytes);
    if (!message) return;
    const auto again = decode(wire::encode(*message));
    // Numbers that are none are equal to nothing, so bytes are compared.
    fuzz::require(again.has_value() && wire::encode(*again) == wire::encode(*message));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto bytes = fuzz::bytes_of(data + 1, size - 1);
    switch (data[0] % 6) {
        case 0:
            check(bytes, wire::decode_to_zygote);
            break;
        case 1:
            check(bytes, wire::decode_from_zygote);
            break;
        case 2:
            check(bytes, wire::decode_to_worker);
            break;
        case 3:
            check(bytes, wire::decode_from_worker);
            break;
        case 4:
            check(bytes, wire::decode_to_compositor);
            break;
        case 5:
            check(bytes, wire::decode_from_compositor);
            break;
        default:
            break;
    }
    return 0;
}
