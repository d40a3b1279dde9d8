#include "genre/lm/json_number_graph.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/automaton_test.h"
#include "genre/lm/byte_automaton.h"

namespace genre {
namespace {

bool inside(const JsonNumberRange& range, double value) {
  if (range.low && (range.low->exclusive ? value <= range.low->value : value < range.low->value)) return false;
  return !(range.high && (range.high->exclusive ? value >= range.high->value : value > range.high->value));
}

TEST(JsonNumberGraph, AcceptsExactlyTheNumbersOfTheRange) {
  RandomStream random(1, "test");
  const auto number = [&] {
    const int places = static_cast<int>(random.below(4));
    const double scale = std::pow(10, places);
    return (static_cast<double>(random.below(3000)) - 1500) / scale;
  };
  int accepted = 0, refused = 0;
  for (int trial = 0; trial < 400; ++trial) {
    JsonNumberRange range;
    range.integer = trial % 2;
    if (random.below(4)) range.low = {number(), random.below(2) == 0};
    if (random.below(4)) range.high = {number(), random.below(2) == 0};
    ByteGraph graph;
    const auto start = graph.add(), end = add_json_numbers(graph, start, range);
    std::optional<ByteAutomaton> automaton;
    try {
      automaton.emplace(graph, start, end);
    } catch (const Error&) {
      ASSERT_TRUE(range.low && range.high && range.high->value - range.low->value < 1);
      continue;
    }
    for (int i = 0; i < 200; ++i) {
      double value = number();
      if (i % 8 == 0 && range.low) value = range.low->value;
      if (i % 8 == 1 && range.high) value = range.high->value;
      const std::string text = range.integer ? fmt::format("{:.0f}", value) : fmt::format("{:.{}f}", value, i % 5);
      const bool minus_zero = text.starts_with('-') && std::strtod(text.c_str(), nullptr) == 0;
      const bool want = !minus_zero && inside(range, std::strtod(text.c_str(), nullptr));
      ASSERT_EQ(accepts(*automaton, text), want) << text;
      (want ? accepted : refused)++;
    }
  }
  EXPECT_GT(accepted, 10000);
  EXPECT_GT(refused, 10000);
}

// Beside a step: every text of a number that is a multiple, with as many decimal places as the step has, and no other.
TEST(JsonNumberGraph, AcceptsExactlyTheMultiplesOfAStep) {
  RandomStream random(3, "test");
  int accepted = 0;
  for (const double value : {1.0, 2.0, 7.0, 60.0, 1000.0, 0.5, 0.25, 0.01, 0.007, 1.5}) {
    const DecimalStep step = decimal_step(value);
    for (const bool integer : {false, true}) {
      const JsonNumberRange range = {.low = {{-30.5}}, .high = {{3000, true}}, .step = step, .integer = integer};
      ByteGraph graph;
      const auto start = graph.add();
      ByteAutomaton automaton(graph, start, add_json_numbers(graph, start, range));
      for (int i = 0; i < 2000; ++i) {
        const int places = integer ? 0 : static_cast<int>(random.below(4));
        const auto scaled = static_cast<std::int64_t>(random.below(4'000'000)) - 100'000;  // of 0.001
        const std::string text =
            fmt::format("{:.{}f}", static_cast<double>(scaled) / (i % 3 == 0 ? 1000.0 : 10'000.0), places);
        const double number = std::strtod(text.c_str(), nullptr);
        if (number == 0) continue;
        const auto thousandths = std::llround(number * 1000), unit = std::llround(value * 1000);
        const bool want = thousandths % unit == 0 && inside(range, number) && places <= step.places;
        ASSERT_EQ(accepts(automaton, text), want) << text << " by " << value;
        accepted += want;
      }
    }
  }
  EXPECT_GT(accepted, 1000);
  for (const double bad : {0.0, -1.0, 1001.0, 1e-10, 0.3333333333}) EXPECT_THROW(decimal_step(bad), Error) << bad;
  const auto common = common_step(decimal_step(0.5), decimal_step(0.2));
  EXPECT_EQ(common->digits, 10);
  EXPECT_EQ(common->places, 1);
  EXPECT_THROW(common_step(decimal_step(999), decimal_step(1000)), Error);
}

TEST(JsonNumberGraph, RefusesWhatIsNoJsonNumber) {
  ByteGraph graph;
  const auto start = graph.add();
  ByteAutomaton automaton(graph, start, add_json_numbers(graph, start, {}));
  for (const char* good : {"0", "-1", "0.5", "999999999999999.999999999", "10", "1.0"})
    EXPECT_TRUE(accepts(automaton, good)) << good;
  for (const char* bad : {"", "-", "00", "01", "1.", ".5", "-0", "-0.0", "1e5", "+1", "1000000000000000"})
    EXPECT_FALSE(accepts(automaton, bad)) << bad;
}

TEST(JsonNumberGraph, RandomWalksAreNumbersOfTheRange) {
  RandomStream random(2, "test");
  for (int trial = 0; trial < 200; ++trial) {
    const double low = -5 + static_cast<double>(random.below(100)) / 8;
    const JsonNumberRange range = {.low = {{low, true}}, .high = {{low + 7.25}}};
    ByteGraph graph;
    const auto start = graph.add();
    ByteAutomaton automaton(graph, start, add_json_numbers(graph, start, range));
    std::string text;
    auto state = automaton.start();
    while (automaton.continues(state) && !(automaton.accepts(state) && random.below(6) == 0)) {
      const auto byte = static_cast<unsigned char>("-.0123456789"[random.below(12)]);
      if (const auto next = automaton.step(state, byte); next >= 0) {
        state = next;
        text += static_cast<char>(byte);
      }
    }
    ASSERT_TRUE(inside(range, nlohmann::json::parse(text).get<double>())) << text;
  }
}

TEST(JsonNumberGraph, BoundsFinerThanItsDigitsAreRefused) {
  ByteGraph graph;
  EXPECT_THROW(add_json_numbers(graph, graph.add(), {.low = {{1e-12}}}), Error);
}

}  // namespace
}  // namespace genre
