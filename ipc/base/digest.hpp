#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace reelpool {

/// 128 bits that tell contents apart (XXH3): by chance no two differ and agree. No protection
/// against those who try.
struct Digest {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend bool operator==(const Digest&, const Digest&) = default;
};

/// 32 hexadecimal digits.
[[nodiscard]] std::string to_text(const Digest& digest);
/// Nothing if the text is none of to_text's.
[[nodiscard]] std::optional<Digest> parse_digest(std::string_view text);

/// Digests what it is given, in order.
class Digester {
  public:
    Digester();
    Digester(Digester&&) noexcept;
    Digester& operator=(Digester&&) noexcept;
    ~Digester();

    void add(std::span<const std::byte> bytes);
    /// With its length, so that two texts are not one.
    void add_text(std::string_view text);
    /// A number's bytes, as they are in memory.
    template <class Number>
    void add_number(Number number) {
        static_assert(std::is_arithmetic_v<Number> || std::is_enum_v<Number>);
        add(std::as_bytes(std::span(&number, 1)));
    }
    /// Of everything so far.
    [[nodiscard]] Digest digest() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace reelpool
