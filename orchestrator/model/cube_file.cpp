#include "orchestrator/model/cube_file.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

#include "orchestrator/model/place.hpp"

namespace reelpool::model {
namespace {

/// Beyond this no table's value has a meaning.
constexpr float max_value = 65504;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

/// The words of one line, one after the other.
class Line {
  public:
    explicit Line(std::string_view text) : rest_(text) {}

    [[nodiscard]] std::string_view next() {
        while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
        std::size_t length = 0;
        while (length < rest_.size() && !is_blank(rest_[length])) ++length;
        const std::string_view word = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return word;
    }

  private:
    std::string_view rest_;
};

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<EffectTable> run() {
        while (!text_.empty()) {
            const std::size_t end = std::min(text_.find('\n'), text_.size());
            ++number_;
            REELPOOL_TRY_STATUS(read_line(text_.substr(0, end)));
            text_.remove_prefix(std::min(end + 1, text_.size()));
        }
        if (!has_size_) return refused("it has neither LUT_3D_SIZE nor LUT_1D_SIZE");
        if (table_.entries.size() < wanted())
            return refused("it ends after " + std::to_string(table_.entries.size()) + " of " +
                           std::to_string(wanted()) + " entries");
        for (std::size_t i = 0; i < 3; ++i)
            if (!(table_.low[i] < table_.high[i]))
                return refused("its domain is empty: the least input is not below the greatest");
        return std::move(table_);
    }

  private:
    [[nodiscard]] Unexpected refused(std::string what) const {
        return unexpected({.code = ErrorCode::project,
                           .component = Component::project,
                           .subject = {},
                           .what = std::move(what),
                           .cause = "line " + std::to_string(number_),
                           .hint = "write it again with the program that made it, as a .cube file"});
    }

    [[nodiscard]] std::size_t wanted() const {
        const std::size_t n = table_.size;
        return table_.dimensions == 1 ? n : n * n * n;
    }

    Status read_line(std::string_view text) {
        Line line(text);
        const std::string_view word = line.next();
        if (word.empty() || word.front() == '#') return ok();
        if (word == "TITLE") return ok();
        if (word == "LUT_1D_SIZE") return read_size(line, 1, max_table_size_1d);
        if (word == "LUT_3D_SIZE") return read_size(line, 3, max_table_size_3d);
        if (word == "DOMAIN_MIN") return read_triple(line.next(), line, table_.low);
        if (word == "DOMAIN_MAX") return read_triple(line.next(), line, table_.high);
        if (word == "LUT_1D_INPUT_RANGE" || word == "LUT_3D_INPUT_RANGE") return read_range(line);
        const char first = word.front();
        const bool is_number = (first >= '0' && first <= '9') || first == '-' || first == '+' ||
                               first == '.';
        if (!is_number) return refused("unknown keyword " + quoted(word));
        if (!has_size_) return refused("entries come before LUT_3D_SIZE or LUT_1D_SIZE");
        if (table_.entries.size() == wanted())
            return refused("it has more than " + std::to_string(wanted()) + " entries");
        return read_triple(word, line, table_.entries.emplace_back());
    }

    Status read_size(Line& line, std::uint32_t dimensions, std::uint32_t most) {
        if (has_size_) return refused("a second size: only one table in a file is supported");
        const std::string_view word = line.next();
        std::uint32_t size = 0;
        const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), size);
        if (problem != std::errc() || end != word.data() + word.size() || size < 2 || size > most)
            return refused("the size " + quoted(word) + " is outside 2.." + std::to_string(most));
        REELPOOL_TRY_STATUS(end_of(line));
        has_size_ = true;
        table_.dimensions = dimensions;
        table_.size = size;
        table_.entries.reserve(wanted());
        return ok();
    }

    Status read_range(Line& line) {
        float low = 0;
        float high = 0;
        REELPOOL_TRY_STATUS(read_number(line.next(), low));
        REELPOOL_TRY_STATUS(read_number(line.next(), high));
        table_.low.fill(low);
        table_.high.fill(high);
        return end_of(line);
    }

    Status read_triple(std::string_view first, Line& line, std::array<float, 3>& triple) {
        REELPOOL_TRY_STATUS(read_number(first, triple[0]));
        REELPOOL_TRY_STATUS(read_number(line.next(), triple[1]));
        REELPOOL_TRY_STATUS(read_number(line.next(), triple[2]));
        return end_of(line);
    }

    Status read_number(std::string_view word, float& number) const {
        if (word.empty()) return refused("a number is missing");
        std::string_view digits = word;
        if (digits.front() == '+') digits.remove_prefix(1);
        double value = 0;
        const auto [end, problem] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (problem == std::errc::result_out_of_range) value = 0;
        const bool is_number = problem != std::errc::invalid_argument &&
                               end == digits.data() + digits.size() &&
                               std::abs(value) <= max_value;
        if (!is_number) return refused(quoted(word) + " is no number from -65504 to 65504");
        number = static_cast<float>(value);
        return ok();
    }

    Status end_of(Line& line) const {
        const std::string_view more = line.next();
        if (!more.empty() && more.front() != '#')
            return refused("there is something behind the numbers: " + quoted(more));
        return ok();
    }

    std::string_view text_;
    std::uint32_t number_ = 0;
    bool has_size_ = false;
    EffectTable table_;
};

}  // namespace

Result<EffectTable> parse_cube(std::string_view text) {
    return Reader(text).run();
}

}  // namespace reelpool::model
