#include "json_value.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "reference_error.hpp"

namespace reelpool::reference {
namespace {

/// Builds the tree from the parser's events; only this interface shows a number's digits.
class TreeBuilder {
  public:
    using number_integer_t = nlohmann::json::number_integer_t;
    using number_unsigned_t = nlohmann::json::number_unsigned_t;
    using number_float_t = nlohmann::json::number_float_t;
    using string_t = nlohmann::json::string_t;
    using binary_t = nlohmann::json::binary_t;

    JsonValue root;

    bool null() { return add({}); }
    bool boolean(bool value) {
        JsonValue made{.kind = JsonValue::Kind::boolean,
                       .boolean = value,
                       .text = {},
                       .items = {},
                       .members = {}};
        return add(std::move(made));
    }
    bool number_integer(number_integer_t value) { return number(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) { return number(std::to_string(value)); }
    bool number_float(number_float_t /*value*/, const string_t& digits) { return number(digits); }
    bool string(string_t& value) {
        JsonValue made;
        made.kind = JsonValue::Kind::string;
        made.text = value;
        return add(std::move(made));
    }
    bool binary(binary_t& /*value*/) { return false; }
    bool start_object(std::size_t /*size*/) { return open(JsonValue::Kind::object); }
    bool start_array(std::size_t /*size*/) { return open(JsonValue::Kind::array); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(string_t& value) {
        keys_.back() = value;
        return true;
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::json::exception& problem) {
        throw ReferenceError(problem.what());
    }

  private:
    bool number(const std::string& digits) {
        JsonValue made;
        made.kind = JsonValue::Kind::number;
        made.text = digits;
        return add(std::move(made));
    }
    bool add(JsonValue value) {
        if (open_.empty()) {
            root = std::move(value);
        } else if (open_.back().kind == JsonValue::Kind::object) {
            open_.back().members.emplace_back(keys_.back(), std::move(value));
        } else {
            open_.back().items.push_back(std::move(value));
        }
        return true;
    }
    bool open(JsonValue::Kind kind) {
        open_.emplace_back();
        open_.back().kind = kind;
        keys_.emplace_back();
        return true;
    }
    bool close() {
        JsonValue done = std::move(open_.back());
        open_.pop_back();
        keys_.pop_back();
        return add(std::move(done));
    }

    std::vector<JsonValue> open_;
    std::vector<std::string> keys_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view name) const {
    for (const auto& [key, value] : members) {
        if (key == name) return &value;
    }
    return nullptr;
}

JsonValue parse_json(const std::string& text) {
    TreeBuilder builder;
    if (!nlohmann::json::sax_parse(text, &builder)) throw ReferenceError("not JSON");
    return std::move(builder.root);
}

JsonValue parse_json_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw ReferenceError("cannot open " + path.string());
    return parse_json(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace reelpool::reference
