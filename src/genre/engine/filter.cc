#include "genre/engine/filter.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

#include "genre/base/error.h"
#include "genre/base/text_distance.h"

namespace genre {
namespace {

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

struct Literal {
  std::string text;
  std::optional<double> number;  // set for number literals
};

// Three-way comparison of a present value with a literal, or nothing where they cannot be compared.
std::optional<int> compare(const std::string& value, const Literal& literal) {
  if (literal.number) {
    const auto number = number_of(value);
    if (!number) return std::nullopt;
    return *number < *literal.number ? -1 : *number > *literal.number ? 1 : 0;
  }
  const int order = value.compare(literal.text);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

struct Filter::Node {
  std::function<bool(std::int32_t)> test;
};

class FilterParser {
 public:
  using Test = std::function<bool(std::int32_t)>;
  FilterParser(std::string_view text, const FieldTable& fields) : text_(text), fields_(fields) {}

  Test parse() {
    Test test = either(0);
    skip_space();
    if (at_ < text_.size()) fail("wanted 'and', 'or' or the end");
    return test;
  }

 private:
  static constexpr int kMaximumDepth = 64;

  [[noreturn]] void fail(const std::string& wanted) const {
    const std::string_view found = text_.substr(at_, 20);
    throw Error(ErrorCode::kUsage,
                fmt::format("filter, column {}: {}, found {}", at_ + 1, wanted,
                            found.empty() ? "the end" : "'" + std::string(found) + "'"),
                "for example: year >= 1990 and genres contains \"Comedy\"", {.key = "filter"});
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }

  static bool word_char(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }

  std::string_view peek_word() {
    skip_space();
    std::size_t end = at_;
    while (end < text_.size() && word_char(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  bool take_word(std::string_view word) {
    if (peek_word() != word) return false;
    at_ += word.size();
    return true;
  }

  bool take_symbol(std::string_view symbol) {
    skip_space();
    if (text_.substr(at_, symbol.size()) != symbol) return false;
    at_ += symbol.size();
    return true;
  }

  Test either(int depth) {
    Test left = both(depth);
    while (take_word("or")) left = [a = left, b = both(depth)](std::int32_t i) { return a(i) || b(i); };
    return left;
  }

  Test both(int depth) {
    Test left = negation(depth);
    while (take_word("and")) left = [a = left, b = negation(depth)](std::int32_t i) { return a(i) && b(i); };
    return left;
  }

  Test negation(int depth) {
    if (depth > kMaximumDepth) fail("wanted fewer nested expressions");
    if (take_word("not")) return [a = negation(depth + 1)](std::int32_t i) { return !a(i); };
    if (take_symbol("(")) {
      Test inside = either(depth + 1);
      if (!take_symbol(")")) fail("wanted ')'");
      return inside;
    }
    return comparison();
  }

  Literal literal() {
    skip_space();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const char quote = text_[at_++];
      std::string out;
      while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        out += text_[at_++];
      }
      if (at_ == text_.size()) fail("wanted a closing quote");
      ++at_;
      return {out, std::nullopt};
    }
    if (take_word("true")) return {"true", std::nullopt};
    if (take_word("false")) return {"false", std::nullopt};
    std::size_t end = at_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '.' ||
                                  text_[end] == '-' || text_[end] == '+'))
      ++end;
    const std::string_view token = text_.substr(at_, end - at_);
    const auto number = number_of(token);
    if (!number) fail("wanted a number or \"text\"");
    at_ = end;
    return {std::string(token), number};
  }

  const std::vector<std::string>& field() {
    const std::string name(peek_word());
    if (name.empty()) fail("wanted a field name");
    const auto found = fields_.fields.find(name);
    if (found == fields_.fields.end()) {
      std::vector<std::string> names;
      for (const auto& [key, unused] : fields_.fields) names.push_back(key);
      const auto nearest = nearest_name(name, names);
      throw Error(ErrorCode::kUsage, fmt::format("filter, column {}: unknown field '{}'", at_ + 1, name),
                  nearest ? "did you mean '" + *nearest + "'?" : fmt::format("fields: {}", fmt::join(names, ", ")),
                  {.key = "filter"});
    }
    at_ += name.size();
    return found->second;
  }

  Test comparison() {
    const auto& values = field();
    if (take_word("contains")) {
      return [&values, wanted = literal()](std::int32_t i) {
        return !values[i].empty() && values[i].find(wanted.text) != std::string::npos;
      };
    }
    if (take_word("in")) {
      if (!take_symbol("[")) fail("wanted '['");
      std::vector<Literal> wanted;
      while (!take_symbol("]")) {
        if (!wanted.empty() && !take_symbol(",")) fail("wanted ',' or ']'");
        wanted.push_back(literal());
      }
      return [&values, wanted](std::int32_t i) {
        if (values[i].empty()) return false;
        for (const auto& one : wanted)
          if (compare(values[i], one) == 0) return true;
        return false;
      };
    }
    for (const std::string_view symbol : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!take_symbol(symbol)) continue;
      return [&values, symbol, wanted = literal()](std::int32_t i) {
        const auto order = values[i].empty() ? std::nullopt : compare(values[i], wanted);
        if (!order) return false;
        if (symbol == "==") return *order == 0;
        if (symbol == "!=") return *order != 0;
        if (symbol == "<") return *order < 0;
        if (symbol == "<=") return *order <= 0;
        if (symbol == ">") return *order > 0;
        return *order >= 0;
      };
    }
    fail("wanted ==, !=, <, <=, >, >=, in or contains");
  }

  std::string_view text_;
  const FieldTable& fields_;
  std::size_t at_ = 0;
};

Filter::Filter(std::string_view expression, const FieldTable& fields) : root_(std::make_unique<Node>()) {
  root_->test = FilterParser(expression, fields).parse();
}

Filter::~Filter() = default;

bool Filter::matches(std::int32_t item) const { return root_->test(item); }

std::vector<std::uint8_t> Filter::mask(std::int32_t items) const {
  std::vector<std::uint8_t> out(items);
  for (std::int32_t i = 0; i < items; ++i) out[i] = matches(i) ? 1 : 0;
  return out;
}

}  // namespace genre
