// What an event of one type counts, and whether it is a positive one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "genre/data/options.h"

namespace genre {

// "value >= 4", "value >= 2 and value < 4 or value == 9": comparisons (< <= > >= == !=) of `value` with a number,
// joined by `and` (binds tighter) and `or`. An empty text holds for every value.
class ValueCondition {
 public:
  ValueCondition() = default;
  // Throws Error(kConfig) with the column (from 1) of the fault; `key` is its place in the configuration.
  explicit ValueCondition(std::string_view text, std::string_view key = {});
  bool holds(double value) const;

 private:
  enum class Operator { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual };
  struct Comparison {
    Operator op;
    double number;
    bool holds(double value) const;
  };
  friend class ValueConditionParser;
  std::vector<std::vector<Comparison>> any_of_;  // any of groups whose comparisons all hold
};

class EventRule {
 public:
  // Throws Error(kConfig) for a `positive` that cannot be read.
  explicit EventRule(const EventTypeOptions& options, std::string_view key = {});
  bool positive(double value) const { return positive_.holds(value); }
  // What `value` counts, before the weight: itself, or sign(value) ln(1 + |value|).
  double scaled(double value) const;
  double weight(double value) const { return weight_ * scaled(value); }
  bool latest() const { return latest_; }  // repeats replace, rather than add up

 private:
  double weight_;
  bool latest_, logarithmic_;
  ValueCondition positive_;
};

}  // namespace genre
