#include "genre/data/event_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "genre/base/error.h"

namespace genre {

class ValueConditionParser {
 public:
  ValueConditionParser(std::string_view text, std::string_view key) : text_(text), key_(key) {}

  std::vector<std::vector<ValueCondition::Comparison>> parse() {
    std::vector<std::vector<ValueCondition::Comparison>> any_of(1);
    while (true) {
      any_of.back().push_back(comparison());
      skip_spaces();
      if (at_ == text_.size()) return any_of;
      if (word("or"))
        any_of.emplace_back();
      else if (!word("and"))
        fail("'and', 'or' or the end");
    }
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool word(std::string_view wanted) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(wanted)) return false;
    const std::size_t end = at_ + wanted.size();
    if (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) || text_[end] == '_')) return false;
    at_ = end;
    return true;
  }

  ValueCondition::Comparison comparison() {
    using Operator = ValueCondition::Operator;
    static constexpr std::pair<std::string_view, Operator> kOperators[] = {
        {"<=", Operator::kLessEqual}, {">=", Operator::kGreaterEqual}, {"==", Operator::kEqual},
        {"!=", Operator::kNotEqual},  {"<", Operator::kLess},          {">", Operator::kGreater}};
    if (!word("value")) fail("'value'");
    skip_spaces();
    const auto* const found = std::find_if(std::begin(kOperators), std::end(kOperators), [&](const auto& entry) {
      return text_.substr(at_).starts_with(entry.first);
    });
    if (found == std::end(kOperators)) fail("one of < <= > >= == !=");
    at_ += found->first.size();
    skip_spaces();
    double number = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
    if (error != std::errc{} || !std::isfinite(number)) fail("a number");
    at_ = static_cast<std::size_t>(end - text_.data());
    return {found->second, number};
  }

  [[noreturn]] void fail(std::string_view wanted) {
    skip_spaces();
    const std::string found = at_ == text_.size() ? "the end" : fmt::format("'{}'", text_.substr(at_));
    throw Error(ErrorCode::kConfig,
                fmt::format("'{}' cannot be read: at column {} wanted {}, found {}", text_, at_ + 1, wanted, found),
                "write comparisons such as \"value >= 4 and value < 6\"",
                {.file = {}, .line = 0, .key = std::string(key_)});
  }

  std::string_view text_, key_;
  std::size_t at_ = 0;
};

ValueCondition::ValueCondition(std::string_view text, std::string_view key) {
  if (text.find_first_not_of(" \t") != std::string_view::npos) any_of_ = ValueConditionParser(text, key).parse();
}

bool ValueCondition::Comparison::holds(double value) const {
  switch (op) {
    case Operator::kLess:
      return value < number;
    case Operator::kLessEqual:
      return value <= number;
    case Operator::kGreater:
      return value > number;
    case Operator::kGreaterEqual:
      return value >= number;
    case Operator::kEqual:
      return value == number;
    case Operator::kNotEqual:
      return value != number;
  }
  return false;
}

bool ValueCondition::holds(double value) const {
  if (any_of_.empty()) return true;
  return std::any_of(any_of_.begin(), any_of_.end(), [&](const auto& all_of) {
    return std::all_of(all_of.begin(), all_of.end(),
                       [&](const Comparison& comparison) { return comparison.holds(value); });
  });
}

EventRule::EventRule(const EventTypeOptions& options, std::string_view key)
    : weight_(options.weight),
      latest_(options.repeats == "latest"),
      logarithmic_(options.weight_scale == "log"),
      positive_(options.positive, key) {}

double EventRule::scaled(double value) const {
  return logarithmic_ ? std::copysign(std::log1p(std::abs(value)), value) : value;
}

}  // namespace genre
