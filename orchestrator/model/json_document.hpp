#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ipc/base/result.hpp"
#include "orchestrator/model/place.hpp"

namespace reelpool::model {

/// The largest project file, in bytes.
inline constexpr std::size_t max_project_bytes = std::size_t{64} << 20;
/// How deep lists and objects may lie inside each other.
inline constexpr std::size_t max_json_depth = 64;
/// How many values one file may hold.
inline constexpr std::size_t max_json_values = 8'000'000;

enum class JsonKind : std::uint8_t { null, boolean, number, string, array, object };

/// "a number", "a list" and so on, for messages.
[[nodiscard]] const char* kind_name(JsonKind kind);

class JsonDocument;
class JsonIterator;

/// A value of a document. Owner: the document, which must outlive it.
class JsonValue {
  public:
    JsonValue(const JsonDocument& document, std::uint32_t index)
        : document_(&document), index_(index) {}

    [[nodiscard]] JsonKind kind() const;
    /// A number as it is written, or a string with its escapes resolved.
    [[nodiscard]] std::string_view text() const;
    [[nodiscard]] bool boolean() const;
    /// The name of a member of an object.
    [[nodiscard]] std::string_view key() const;
    /// Elements or members.
    [[nodiscard]] std::uint32_t size() const;
    /// Where the value begins.
    [[nodiscard]] TextPosition position() const;
    /// Where the member's name begins; the value's position for elements.
    [[nodiscard]] TextPosition key_position() const;
    /// Iterates over elements or members, in the file's order.
    [[nodiscard]] JsonIterator begin() const;
    [[nodiscard]] JsonIterator end() const;

  private:
    const JsonDocument* document_;
    std::uint32_t index_;
};

class JsonIterator {
  public:
    JsonIterator(const JsonDocument& document, std::uint32_t index)
        : document_(&document), index_(index) {}
    JsonValue operator*() const { return JsonValue(*document_, index_); }
    JsonIterator& operator++();
    friend bool operator==(const JsonIterator& a, const JsonIterator& b) {
        return a.index_ == b.index_;
    }

  private:
    const JsonDocument* document_;
    std::uint32_t index_;
};

/// A JSON text as a tree that knows where every value stands.
/// Numbers stay text, so that 0.1 is 1/10. Names are unique within their object.
class JsonDocument {
  public:
    static constexpr std::uint32_t none = 0xffffffff;

    /// Reads `text`, which must outlive the document.
    /// Errors: project, with line and column: not JSON, not UTF-8, too long, too deep, a name
    /// twice, a number without end.
    [[nodiscard]] static Result<JsonDocument> parse(std::string_view text);

    [[nodiscard]] JsonValue root() const { return JsonValue(*this, 0); }
    [[nodiscard]] TextPosition position_of(std::size_t offset) const;

  private:
    friend class JsonValue;
    friend class JsonIterator;
    friend class JsonBuilder;

    struct Node {
        std::uint32_t offset = 0;      ///< of the value's first byte
        std::uint32_t key_offset = 0;  ///< of the name's first byte
        std::uint32_t key = none;      ///< into texts_
        std::uint32_t text = none;     ///< into texts_
        std::uint32_t first = none;    ///< first child, into nodes_
        std::uint32_t next = none;     ///< next sibling, into nodes_
        std::uint32_t size = 0;
        JsonKind kind = JsonKind::null;
        bool boolean = false;
    };

    std::string_view source_;
    std::vector<Node> nodes_;
    std::vector<std::string_view> texts_;
    std::deque<std::string> unescaped_;  ///< a deque: its strings never move
    std::vector<std::uint32_t> line_starts_;
};

}  // namespace reelpool::model
