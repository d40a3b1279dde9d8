#include "genre/lm/json_string_graph.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

namespace genre {
namespace {

using State = ByteGraph::State;

// One character between two states, spelled in UTF-8 or by an escape.
class CharacterGraph {
 public:
  CharacterGraph(ByteGraph& graph, State from, State to) : graph_(graph), from_(from), to_(to) {}

  void add(const CodePoints& set) {
    constexpr std::string_view kEscaped = "\"\\/\b\f\n\r\t", kLetters = "\"\\/bfnrt";
    State escape = -1;
    for (std::size_t i = 0; i < kEscaped.size(); ++i) {
      const auto c = static_cast<char32_t>(kEscaped[i]);
      if (std::ranges::none_of(set, [&](const auto& range) { return range.first <= c && c <= range.second; })) continue;
      if (escape < 0) escape = graph_.path(from_, "\\");
      const auto letter = static_cast<unsigned char>(kLetters[i]);
      graph_.arrow(escape, letter, letter, to_);
    }
    // What may stand as it is, by the number of its bytes: no control characters, quotes, backslashes, surrogates.
    constexpr std::pair<char32_t, char32_t> kRaw[] = {
        {0x20, '"' - 1}, {'"' + 1, '\\' - 1}, {'\\' + 1, 0x7F},         {0x80, 0x7FF},
        {0x800, 0xD7FF}, {0xE000, 0xFFFF},    {0x10000, kLastCodePoint}};
    for (const auto& [low, high] : set)
      for (const auto& [raw_low, raw_high] : kRaw)
        if (std::max(low, raw_low) <= std::min(high, raw_high))
          add_range(std::max(low, raw_low), std::min(high, raw_high));
  }

 private:
  using Bytes = std::array<unsigned char, 4>;

  // Code points that have as many bytes each.
  void add_range(char32_t low, char32_t high) {
    Bytes a{}, b{};
    const int size = encode(low, a);
    encode(high, b);
    add_bytes(from_, a.data(), b.data(), size);
  }

  // Byte strings between two, as long as both, all behind a first byte continuation bytes.
  void add_bytes(State from, const unsigned char* low, const unsigned char* high, int size) {
    if (size == 1) return graph_.arrow(from, *low, *high, to_);
    const auto whole = [&](const unsigned char* bytes, unsigned char wanted) {
      return std::all_of(bytes + 1, bytes + size, [&](unsigned char byte) { return byte == wanted; });
    };
    constexpr unsigned char kLeast = 0x80, kMost = 0xBF;
    constexpr Bytes kLowest = {kLeast, kLeast, kLeast}, kHighest = {kMost, kMost, kMost};
    unsigned char first = *low, last = *high;
    if (first == last && !(whole(low, kLeast) && whole(high, kMost)))
      return add_bytes(byte(from, first), low + 1, high + 1, size - 1);
    if (!whole(low, kLeast)) add_bytes(byte(from, first++), low + 1, kHighest.data(), size - 1);
    if (!whole(high, kMost)) add_bytes(byte(from, last--), kLowest.data(), high + 1, size - 1);
    if (first <= last) graph_.arrow(from, first, last, continuation(size - 1));
  }

  State byte(State from, unsigned char value) {
    const State next = graph_.add();
    graph_.arrow(from, value, value, next);
    return next;
  }

  // Before so many bytes of any continuation.
  State continuation(int count) {
    if (count == 0) return to_;
    State& known = continuations_[static_cast<std::size_t>(count)];
    if (known >= 0) return known;
    const State next = continuation(count - 1);
    known = graph_.add();
    graph_.arrow(known, 0x80, 0xBF, next);
    return known;
  }

  static int encode(char32_t c, Bytes& out) {
    const auto tail = [&](int shift) { return static_cast<unsigned char>(0x80 | (c >> shift & 0x3F)); };
    if (c < 0x80) return out = {static_cast<unsigned char>(c)}, 1;
    if (c < 0x800) return out = {static_cast<unsigned char>(0xC0 | c >> 6), tail(0)}, 2;
    if (c < 0x10000) return out = {static_cast<unsigned char>(0xE0 | c >> 12), tail(6), tail(0)}, 3;
    return out = {static_cast<unsigned char>(0xF0 | c >> 18), tail(12), tail(6), tail(0)}, 4;
  }

  ByteGraph& graph_;
  State from_, to_;
  std::array<State, 4> continuations_ = {-1, -1, -1, -1};
};

State add_expression(ByteGraph& graph, State from, const RegularExpression& expression) {
  using Kind = RegularExpression::Kind;
  switch (expression.kind) {
    case Kind::kCharacters: {
      const State end = graph.add();
      CharacterGraph(graph, from, end).add(expression.characters);
      return end;
    }
    case Kind::kSequence:
      for (const RegularExpression& part : expression.parts) from = add_expression(graph, from, part);
      return from;
    case Kind::kChoice: {
      const State end = graph.add();
      for (const RegularExpression& part : expression.parts) graph.jump(add_expression(graph, from, part), end);
      return end;
    }
    case Kind::kRepetition:
      break;
  }
  const RegularExpression& part = expression.parts[0];
  for (std::size_t i = 0; i < expression.least; ++i) from = add_expression(graph, from, part);
  const State end = graph.add();
  graph.jump(from, end);
  if (!expression.most) {
    graph.jump(add_expression(graph, end, part), end);
    return end;
  }
  for (std::size_t i = expression.least; i < *expression.most; ++i) {
    from = add_expression(graph, from, part);
    graph.jump(from, end);
  }
  return end;
}

// The strings, without their quotes, that are in all of the expressions.
ByteLanguage language(std::span<const RegularExpression> all) {
  ByteLanguage out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ByteLanguage next;
    next.start = next.graph.add();
    next.end = add_expression(next.graph, next.start, all[i]);
    if (i == 0) {
      out = std::move(next);
      continue;
    }
    ByteLanguage both;
    both.start = both.graph.add();
    both.end = add_intersection(both.graph, both.start, out, next);
    out = std::move(both);
  }
  return out;
}

}  // namespace

State add_json_string(ByteGraph& graph, State from, std::span<const RegularExpression> all) {
  assert(!all.empty());
  const State begin = graph.path(from, "\"");
  if (all.size() == 1) return graph.path(add_expression(graph, begin, all[0]), "\"");
  ByteLanguage last;
  last.start = last.graph.add();
  last.end = add_expression(last.graph, last.start, all.back());
  return graph.path(add_intersection(graph, begin, language(all.first(all.size() - 1)), last), "\"");
}

bool disjoint_json_strings(std::span<const RegularExpression> a, std::span<const RegularExpression> b) {
  return disjoint(language(a), language(b));
}

}  // namespace genre
