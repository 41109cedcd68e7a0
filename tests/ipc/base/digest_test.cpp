#include "ipc/base/digest.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace reelpool;

namespace {

Digest digest_of(const std::string& text) {
    Digester digester;
    digester.add(std::as_bytes(std::span(text.data(), text.size())));
    return digester.digest();
}

}  // namespace

TEST_CASE("digests are XXH3's 128 bits") {
    // What `xxhsum -H128` says.
    CHECK(to_text(digest_of("")) == "99aa06d3014798d86001c324468d497f");
    CHECK(to_text(digest_of("abc")) == "06b05ab6733a618578af5f94892f3950");
}

TEST_CASE("a digest does not depend on the pieces") {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += static_cast<char>(i * 7);
    Digester digester;
    for (std::size_t at = 0; at < text.size(); at += 37)
        digester.add(std::as_bytes(
            std::span(text).subspan(at, std::min<std::size_t>(37, text.size() - at))));
    CHECK(digester.digest() == digest_of(text));
    CHECK(digester.digest() == digest_of(text));
}

TEST_CASE("a digest's text is read back, and nothing else is") {
    const Digest digest{0x0123456789abcdefU, 0xfedcba98U};
    CHECK(to_text(digest) == "0123456789abcdef00000000fedcba98");
    CHECK(parse_digest(to_text(digest)) == digest);
    for (const char* text :
         {"", "0123456789abcdef00000000fedcba9", "0123456789ABCDEF00000000fedcba98",
          "0123456789abcdef00000000fedcba988", "g123456789abcdef00000000fedcba98",
          "-123456789abcdef00000000fedcba98", " 123456789abcdef00000000fedcba98"}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(parse_digest(text));
    }
}
