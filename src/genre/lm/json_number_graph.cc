#include "genre/lm/json_number_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <tuple>

#include "genre/base/error.h"

namespace genre {
namespace {

constexpr int kWhole = 15, kFraction = 9;

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

// Digit strings between two magnitudes. The state after some digits is their number and whether they are still the
// first digits of the lower or upper bound.
class MagnitudeGraph {
 public:
  MagnitudeGraph(ByteGraph& graph, Magnitude low, Magnitude high, bool integer, ByteGraph::State end)
      : graph_(graph), low_(std::move(low)), high_(std::move(high)), integer_(integer), end_(end) {}

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
    auto operator<=>(const At&) const = default;
  };

  // Whether a number may end here, so that all further digits count as 0.
  bool may_end(const At& at) const {
    const auto rest_is_zero = [&](const Magnitude& m) {
      return m.digits.find_first_not_of('0', static_cast<std::size_t>(at.place)) == std::string::npos;
    };
    if (at.on_low && (!rest_is_zero(low_) || low_.exclusive)) return false;
    return !(at.on_high && rest_is_zero(high_) && high_.exclusive);
  }

  void add_digits(ByteGraph::State from, const At& at, char smallest) {
    const auto place = static_cast<std::size_t>(at.place);
    const char least = at.on_low ? std::max(smallest, low_.digits[place]) : smallest;
    const char most = at.on_high ? high_.digits[place] : '9';
    for (char digit = least; digit <= most; ++digit) {
      const At next = {at.place + 1, at.on_low && digit == low_.digits[place],
                       at.on_high && digit == high_.digits[place]};
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
    if (integer_ || at.place == kWhole + kFraction) return here;
    add_digits(at.place == kWhole ? graph_.path(here, ".") : here, at, '0');
    return here;
  }

  ByteGraph& graph_;
  Magnitude low_, high_;
  bool integer_;
  ByteGraph::State end_;
  std::map<At, ByteGraph::State> states_;
};

}  // namespace

ByteGraph::State add_json_numbers(ByteGraph& graph, ByteGraph::State from, const JsonNumberRange& range) {
  const ByteGraph::State end = graph.add();
  const auto& [low, high, integer] = range;
  if ((low && low->value >= 1e15) || (high && high->value <= -1e15)) return end;
  if (!high || high->value >= 0) {
    const bool from_zero = !low || low->value < 0;
    MagnitudeGraph(graph, from_zero ? kFromZero : magnitude(*low), high ? magnitude(*high) : kLargest, integer, end)
        .add(from);
  }
  if (!low || low->value < 0) {
    const bool to_zero = !high || high->value >= 0;
    MagnitudeGraph(graph, to_zero ? kAboveZero : magnitude(*high), low ? magnitude(*low) : kLargest, integer, end)
        .add(graph.path(from, "-"));
  }
  return end;
}

}  // namespace genre
