#include "genre/lm/json_number_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <tuple>

#include "genre/base/error.h"

namespace genre {
namespace {

constexpr int kWhole = 15, kFraction = 9, kLargestStep = 1000;

// A magnitude as kWhole + kFraction decimal digits.
struct Magnitude {
  std::string digits;
  bool exclusive;
};
const Magnitude kAboveZero = {std::string(kWhole + kFraction, '0'), true};
const Magnitude kFromZero = {std::string(kWhole + kFraction, '0'), false};
const Magnitude kLargest = {std::string(kWhole + kFraction, '9'), false};

Magnitude magnitude(const JsonNumberRange::Bound& bound) {
  const double value = std::abs(bound.value);
  if (value >= 1e15) return kLargest;
  std::string text = fmt::format("{:025.9f}", value);
  if (std::strtod(text.c_str(), nullptr) != value)
    throw Error(ErrorCode::kConfig, fmt::format("the bound {} has more than nine decimal places", bound.value));
  text.erase(kWhole, 1);
  return {text, bound.exclusive};
}

// Digit strings between two magnitudes that are multiples of a step. The state after some digits is their number,
// whether they are still the first digits of the lower or upper bound, and what their value leaves of the step's
// digits.
class MagnitudeGraph {
 public:
  MagnitudeGraph(ByteGraph& graph, Magnitude low, Magnitude high, const JsonNumberRange& range, ByteGraph::State end)
      : graph_(graph),
        low_(std::move(low)),
        high_(std::move(high)),
        step_(range.step.value_or(DecimalStep{})),
        places_(range.integer ? 0
                : range.step  ? range.step->places
                              : kFraction),
        stepped_(range.step.has_value()),
        end_(end) {}

  void add(ByteGraph::State from) {
    for (int length = 1; length <= kWhole; ++length) {
      const int begin = kWhole - length;
      const bool below = low_.digits.find_first_not_of('0') < static_cast<std::size_t>(begin);
      const bool under_high = high_.digits.find_first_not_of('0') < static_cast<std::size_t>(begin);
      if (!below) add_digits(from, {begin, true, !under_high}, /*smallest=*/length > 1 ? '1' : '0');
    }
  }

 private:
  struct At {
    int place;
    bool on_low, on_high;
    int rest = 0;
    auto operator<=>(const At&) const = default;
  };

  // Whether a number may end here, so that all further digits count as 0.
  bool may_end(const At& at) const {
    const auto rest_is_zero = [&](const Magnitude& m) {
      return m.digits.find_first_not_of('0', static_cast<std::size_t>(at.place)) == std::string::npos;
    };
    if (at.on_low && (!rest_is_zero(low_) || low_.exclusive)) return false;
    if (at.on_high && rest_is_zero(high_) && high_.exclusive) return false;
    int rest = at.rest;
    for (int place = at.place - kWhole; stepped_ && place < step_.places; ++place) rest = 10 * rest % step_.digits;
    return rest == 0;
  }

  void add_digits(ByteGraph::State from, const At& at, char smallest) {
    const auto place = static_cast<std::size_t>(at.place);
    const char least = at.on_low ? std::max(smallest, low_.digits[place]) : smallest;
    const char most = at.on_high ? high_.digits[place] : '9';
    for (char digit = least; digit <= most; ++digit) {
      const At next = {at.place + 1, at.on_low && digit == low_.digits[place],
                       at.on_high && digit == high_.digits[place],
                       stepped_ ? (10 * at.rest + (digit - '0')) % step_.digits : 0};
      graph_.arrow(from, static_cast<unsigned char>(digit), static_cast<unsigned char>(digit), state(next));
    }
  }

  ByteGraph::State state(const At& at) {
    const auto [found, fresh] = states_.try_emplace(at);
    if (!fresh) return found->second;
    const ByteGraph::State here = found->second = graph_.add();
    if (at.place < kWhole) {
      add_digits(here, at, '0');
      return here;
    }
    if (may_end(at)) graph_.jump(here, end_);
    if (at.place == kWhole + places_) return here;
    add_digits(at.place == kWhole ? graph_.path(here, ".") : here, at, '0');
    return here;
  }

  ByteGraph& graph_;
  Magnitude low_, high_;
  DecimalStep step_;
  int places_;  // behind the point
  bool stepped_;
  ByteGraph::State end_;
  std::map<At, ByteGraph::State> states_;
};

}  // namespace

void JsonNumberRange::raise(const Bound& bound) {
  if (!low || bound.value > low->value || (bound.value == low->value && bound.exclusive)) low = bound;
}

void JsonNumberRange::lower(const Bound& bound) {
  if (!high || bound.value < high->value || (bound.value == high->value && bound.exclusive)) high = bound;
}

DecimalStep decimal_step(double value) {
  DecimalStep step;
  double scaled = value;
  for (; step.places < kFraction && scaled != std::floor(scaled); ++step.places)
    scaled = std::strtod(fmt::format("{}e{}", value, step.places + 1).c_str(), nullptr);
  if (!(scaled >= 1 && scaled <= kLargestStep && scaled == std::floor(scaled)))
    throw Error(ErrorCode::kConfig,
                fmt::format("a step of {} is not supported, wanted at most {} times a power of 0.1 down to 1e-9", value,
                            kLargestStep));
  step.digits = static_cast<int>(scaled);
  return step;
}

std::optional<DecimalStep> common_step(const std::optional<DecimalStep>& a, const std::optional<DecimalStep>& b) {
  if (!a || !b) return a ? a : b;
  const auto scaled = [places = std::max(a->places, b->places)](const DecimalStep& step) {
    std::int64_t digits = step.digits;
    for (int place = step.places; place < places; ++place) digits *= 10;
    return digits;
  };
  const std::int64_t both = std::lcm(scaled(*a), scaled(*b));
  if (both > kLargestStep)
    throw Error(ErrorCode::kConfig, fmt::format("the common step of two multipleOf has digits above {}", kLargestStep));
  return DecimalStep{static_cast<int>(both), std::max(a->places, b->places)};
}

ByteGraph::State add_json_numbers(ByteGraph& graph, ByteGraph::State from, const JsonNumberRange& range) {
  const ByteGraph::State end = graph.add();
  const auto& low = range.low;
  const auto& high = range.high;
  if ((low && low->value >= 1e15) || (high && high->value <= -1e15)) return end;
  if (!high || high->value >= 0) {
    const bool from_zero = !low || low->value < 0;
    MagnitudeGraph(graph, from_zero ? kFromZero : magnitude(*low), high ? magnitude(*high) : kLargest, range, end)
        .add(from);
  }
  if (!low || low->value < 0) {
    const bool to_zero = !high || high->value >= 0;
    MagnitudeGraph(graph, to_zero ? kAboveZero : magnitude(*high), low ? magnitude(*low) : kLargest, range, end)
        .add(graph.path(from, "-"));
  }
  return end;
}

}  // namespace genre
