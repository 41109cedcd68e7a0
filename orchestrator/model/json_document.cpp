#include "orchestrator/model/json_document.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace reelpool::model {
namespace {

/// Walks over the text and tells a shared place how far the reader has come.
class CountingIterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator() = default;
    CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        *reached_ = ++at_;
        return *this;
    }
    CountingIterator operator++(int) {
        CountingIterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
        return a.at_ == b.at_;
    }

  private:
    const char* at_ = nullptr;
    const char** reached_ = nullptr;
};

bool is_number_char(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// What the JSON library says, without its own prefix and position.
std::string reason_of(std::string_view what) {
    for (const std::string_view prefix : {"syntax error ", "] "}) {
        const std::size_t at = what.find(prefix);
        if (at != std::string_view::npos) {
            what.remove_prefix(at + prefix.size());
            break;
        }
    }
    std::string shown;
    for (const char c : what.substr(0, 200))
        shown.push_back(
            static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c);
    return shown;
}

}  // namespace

/// Receives the JSON library's events and builds the tree.
class JsonBuilder {
  public:
    JsonBuilder(JsonDocument& document, const char* const& reached)
        : document_(document), reached_(reached) {}

    bool null() { return literal(JsonKind::null, 4, false); }
    bool boolean(bool value) { return literal(JsonKind::boolean, value ? 4 : 5, value); }
    bool number_integer(nlohmann::json::number_integer_t) { return number(); }
    bool number_unsigned(nlohmann::json::number_unsigned_t) { return number(); }
    bool number_float(nlohmann::json::number_float_t, const std::string&) { return number(); }

    bool string(std::string& value) {
        const std::size_t begin = string_begin();
        const std::uint32_t node = add(JsonKind::string, begin);
        if (node == JsonDocument::none) return false;
        document_.nodes_[node].text = store(begin, value);
        return true;
    }
    bool binary(nlohmann::json::binary_t&) { return false; }

    bool start_object(std::size_t) { return open(JsonKind::object); }
    bool start_array(std::size_t) { return open(JsonKind::array); }
    bool end_array() { return close(); }
    bool end_object() {
        if (!names_are_unique()) return false;
        return close();
    }

    bool key(std::string& value) {
        key_offset_ = string_begin();
        key_ = store(key_offset_, value);
        return true;
    }

    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception& problem) {
        const std::string_view what = problem.what();
        const std::size_t at = position > 0 ? position - 1 : 0;
        if (what.find("number overflow") != std::string_view::npos) {
            fail(at, "a number is too large", reason_of(what));
        } else {
            fail(at, "this is not valid JSON", reason_of(what));
        }
        return false;
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    struct Open {
        std::uint32_t node;
        std::uint32_t last_child;
    };

    std::size_t reached() const {
        return static_cast<std::size_t>(reached_ - document_.source_.data());
    }

    void fail(std::size_t offset, std::string what, std::string cause, std::string hint = {}) {
        error_ = project_error(document_.position_of(offset), "", std::move(what), std::move(hint));
        error_->cause = std::move(cause);
    }

    /// The reader stands behind a string's closing quote; finds its opening quote.
    std::size_t string_begin() const {
        const std::string_view source = document_.source_;
        std::size_t at = reached() - 1;
        for (;;) {
            do --at;
            while (source[at] != '"');
            std::size_t slashes = 0;
            while (slashes < at && source[at - 1 - slashes] == '\\') ++slashes;
            if (slashes % 2 == 0) return at;
        }
    }

    std::uint32_t store(std::size_t begin, std::string& value) {
        const std::string_view raw = document_.source_.substr(begin + 1, reached() - begin - 2);
        if (raw.size() == value.size()) return store_view(raw);
        document_.unescaped_.push_back(std::move(value));
        return store_view(document_.unescaped_.back());
    }

    std::uint32_t store_view(std::string_view text) {
        document_.texts_.push_back(text);
        return static_cast<std::uint32_t>(document_.texts_.size() - 1);
    }

    bool literal(JsonKind kind, std::size_t length, bool value) {
        const std::uint32_t node = add(kind, reached() - length);
        if (node == JsonDocument::none) return false;
        document_.nodes_[node].boolean = value;
        return true;
    }

    /// The reader stands behind a number, or one further: it had to see that it ends.
    bool number() {
        const std::string_view source = document_.source_;
        std::size_t end = reached();
        if (!is_number_char(source[end - 1])) --end;
        std::size_t begin = end;
        while (begin > 0 && is_number_char(source[begin - 1])) --begin;
        const std::uint32_t node = add(JsonKind::number, begin);
        if (node == JsonDocument::none) return false;
        document_.nodes_[node].text = store_view(source.substr(begin, end - begin));
        return true;
    }

    bool open(JsonKind kind) {
        const std::size_t at = reached() - 1;
        if (open_.size() >= max_json_depth) {
            fail(at, "lists and objects lie more than " + std::to_string(max_json_depth) + " deep",
                 "");
            return false;
        }
        const std::uint32_t node = add(kind, at);
        if (node == JsonDocument::none) return false;
        open_.push_back({node, JsonDocument::none});
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    std::uint32_t add(JsonKind kind, std::size_t offset) {
        auto& nodes = document_.nodes_;
        if (nodes.size() >= max_json_values) {
            fail(offset, "the file holds more than " + std::to_string(max_json_values) + " values",
                 "");
            return JsonDocument::none;
        }
        const auto index = static_cast<std::uint32_t>(nodes.size());
        nodes.push_back({.offset = static_cast<std::uint32_t>(offset), .kind = kind});
        if (open_.empty()) return index;
        Open& parent = open_.back();
        if (nodes[parent.node].kind == JsonKind::object) {
            nodes[index].key = key_;
            nodes[index].key_offset = static_cast<std::uint32_t>(key_offset_);
        } else {
            nodes[index].key_offset = static_cast<std::uint32_t>(offset);
        }
        if (parent.last_child == JsonDocument::none) {
            nodes[parent.node].first = index;
        } else {
            nodes[parent.last_child].next = index;
        }
        parent.last_child = index;
        ++nodes[parent.node].size;
        return index;
    }

    bool names_are_unique() {
        const auto& nodes = document_.nodes_;
        std::vector<std::uint32_t> members;
        for (std::uint32_t child = nodes[open_.back().node].first; child != JsonDocument::none;
             child = nodes[child].next)
            members.push_back(child);
        const auto name = [&](std::uint32_t child) { return document_.texts_[nodes[child].key]; };
        std::stable_sort(members.begin(), members.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return name(a) < name(b); });
        const auto twin = std::adjacent_find(
            members.begin(), members.end(),
            [&](std::uint32_t a, std::uint32_t b) { return name(a) == name(b); });
        if (twin == members.end()) return true;
        const TextPosition first = document_.position_of(nodes[*twin].key_offset);
        fail(nodes[*(twin + 1)].key_offset,
             "the name " + quoted(name(*twin)) + " stands twice in one object",
             "the first is in line " + std::to_string(first.line) + ", column " +
                 std::to_string(first.column));
        return false;
    }

    JsonDocument& document_;
    const char* const& reached_;
    std::vector<Open> open_;
    std::uint32_t key_ = JsonDocument::none;
    std::size_t key_offset_ = 0;
    std::optional<Error> error_;
};

const char* kind_name(JsonKind kind) {
    switch (kind) {
        case JsonKind::null:
            return "null";
        case JsonKind::boolean:
            return "true or false";
        case JsonKind::number:
            return "a number";
        case JsonKind::string:
            return "a text";
        case JsonKind::array:
            return "a list";
        case JsonKind::object:
            return "an object";
    }
    return "";
}

JsonKind JsonValue::kind() const {
    return document_->nodes_[index_].kind;
}
bool JsonValue::boolean() const {
    return document_->nodes_[index_].boolean;
}
std::uint32_t JsonValue::size() const {
    return document_->nodes_[index_].size;
}

std::string_view JsonValue::text() const {
    const std::uint32_t text = document_->nodes_[index_].text;
    return text == JsonDocument::none ? std::string_view() : document_->texts_[text];
}

std::string_view JsonValue::key() const {
    const std::uint32_t key = document_->nodes_[index_].key;
    return key == JsonDocument::none ? std::string_view() : document_->texts_[key];
}

TextPosition JsonValue::position() const {
    return document_->position_of(document_->nodes_[index_].offset);
}

TextPosition JsonValue::key_position() const {
    return document_->position_of(document_->nodes_[index_].key_offset);
}

JsonIterator JsonValue::begin() const {
    return JsonIterator(*document_, document_->nodes_[index_].first);
}

JsonIterator JsonValue::end() const {
    return JsonIterator(*document_, JsonDocument::none);
}

JsonIterator& JsonIterator::operator++() {
    index_ = document_->nodes_[index_].next;
    return *this;
}

TextPosition JsonDocument::position_of(std::size_t offset) const {
    const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    const auto line = static_cast<std::uint32_t>(next - line_starts_.begin());
    const std::size_t start = line == 0 ? 0 : line_starts_[line - 1];
    const std::size_t end = std::min(offset, source_.size());
    std::size_t column = end > start ? end - start : 0;
    // Columns count characters, except in lines so long that counting would cost too much.
    constexpr std::size_t longest_counted = 4096;
    if (column <= longest_counted) {
        column = static_cast<std::size_t>(
            std::count_if(source_.begin() + static_cast<std::ptrdiff_t>(start),
                          source_.begin() + static_cast<std::ptrdiff_t>(start + column),
                          [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
    }
    return {.line = std::max<std::uint32_t>(line, 1),
            .column = static_cast<std::uint32_t>(column + 1)};
}

Result<JsonDocument> JsonDocument::parse(std::string_view text) {
    if (text.size() > max_project_bytes)
        return unexpected(project_error({}, "", "the project file is larger than 64 MiB"));
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
        return unexpected(
            project_error({}, "", "the project file is UTF-16 text", "save it as UTF-8"));
    std::string_view content = text;
    if (content.starts_with("\xef\xbb\xbf")) content.remove_prefix(3);
    if (content.find_first_not_of(" \t\r\n") == std::string_view::npos)
        return unexpected(project_error({}, "", "the project file is empty"));

    JsonDocument document;
    document.source_ = content;
    document.line_starts_.push_back(0);
    for (std::size_t at = content.find('\n'); at != std::string_view::npos;
         at = content.find('\n', at + 1))
        document.line_starts_.push_back(static_cast<std::uint32_t>(at + 1));

    const char* reached = content.data();
    JsonBuilder builder(document, reached);
    const char* const end = content.data() + content.size();
    try {
        const bool whole = nlohmann::json::sax_parse(CountingIterator(content.data(), &reached),
                                                     CountingIterator(end, &reached), &builder);
        if (builder.error()) return unexpected(*builder.error());
        if (!whole) return unexpected(project_error({}, "", "this is not valid JSON"));
    } catch (const std::exception& problem) {
        Error error = project_error({}, "", "the project file cannot be read");
        error.cause = reason_of(problem.what());
        return unexpected(std::move(error));
    }
    return document;
}

}  // namespace reelpool::model
