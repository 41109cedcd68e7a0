#include "ipc/base/digest.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// With -Og, as sanitizer builds have it, GCC cannot inline what xxhash insists on.
#define XXH_NO_INLINE_HINTS 1
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <charconv>
#include <cstdio>

namespace reelpool {

struct Digester::State {
    XXH3_state_t hash;
};

std::string to_text(const Digest& digest) {
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%016llx%016llx",
                  static_cast<unsigned long long>(digest.high),
                  static_cast<unsigned long long>(digest.low));
    return text.data();
}

std::optional<Digest> parse_digest(std::string_view text) {
    if (text.size() != 32) return std::nullopt;
    Digest digest;
    const char* const middle = text.data() + 16;
    const char* const end = text.data() + 32;
    if (std::from_chars(text.data(), middle, digest.high, 16).ptr != middle ||
        std::from_chars(middle, end, digest.low, 16).ptr != end || to_text(digest) != text)
        return std::nullopt;
    return digest;
}

Digester::Digester() : state_(std::make_unique<State>()) {
    XXH3_128bits_reset(&state_->hash);
}
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;
Digester::~Digester() = default;

void Digester::add(std::span<const std::byte> bytes) {
    XXH3_128bits_update(&state_->hash, bytes.data(), bytes.size());
}

void Digester::add_text(std::string_view text) {
    add_number(static_cast<std::uint64_t>(text.size()));
    add(std::as_bytes(std::span(text.data(), text.size())));
}

Digest Digester::digest() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(&state_->hash);
    return {hash.high64, hash.low64};
}

}  // namespace reelpool
