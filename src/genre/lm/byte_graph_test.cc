#include "genre/lm/byte_graph.h"

#include <gtest/gtest.h>

#include "genre/base/error.h"
#include "genre/base/random.h"
#include "genre/lm/byte_automaton.h"

namespace genre {
namespace {

// Random arrows and jumps over three letters.
ByteLanguage random_language(RandomStream& random) {
  ByteLanguage out;
  const int nodes = 2 + static_cast<int>(random.below(6));
  for (int i = 0; i < nodes; ++i) out.graph.add();
  out.end = nodes - 1;
  const auto node = [&] { return static_cast<ByteGraph::State>(random.below(static_cast<std::uint64_t>(nodes))); };
  for (std::uint64_t i = 3 + random.below(14); i > 0; --i) {
    const auto from = node(), to = node();
    const auto low = static_cast<unsigned char>('a' + random.below(3));
    if (random.below(4) == 0)
      out.graph.jump(from, to);
    else
      out.graph.arrow(from, low, static_cast<unsigned char>(low + random.below(2)), to);
  }
  return out;
}

bool language_accepts(const ByteLanguage& language, const std::string& text) {
  try {
    ByteAutomaton automaton(language.graph, language.start, language.end);
    auto state = automaton.start();
    for (const char c : text)
      if (state >= 0) state = automaton.step(state, static_cast<unsigned char>(c));
    return state >= 0 && automaton.accepts(state);
  } catch (const Error&) {
    return false;  // nothing leads to the end
  }
}

TEST(ByteGraph, AnIntersectionHoldsTheStringsOfBothAndDisjointMeansNone) {
  RandomStream random(5, "test");
  std::vector<std::string> texts = {""};
  for (std::size_t i = 0; texts.size() < 364; ++i)
    for (const char c : {'a', 'b', 'c'}) texts.push_back(texts[i] + c);
  int met = 0, apart = 0;
  for (int trial = 0; trial < 120; ++trial) {
    const ByteLanguage a = random_language(random), b = random_language(random);
    ByteLanguage both;
    both.start = both.graph.add();
    both.end = add_intersection(both.graph, both.start, a, b);
    bool any = false;
    for (const auto& text : texts) {
      const bool wanted = language_accepts(a, text) && language_accepts(b, text);
      ASSERT_EQ(language_accepts(both, text), wanted) << text;
      any = any || wanted;
    }
    EXPECT_FALSE(any && disjoint(a, b));
    (any ? met : apart)++;
  }
  EXPECT_GT(met, 20);
  EXPECT_GT(apart, 20);
}

TEST(ByteGraph, TooManyStatesAreRefused) {
  ByteGraph graph;
  EXPECT_THROW(graph.path(graph.add(), std::string(ByteGraph::kMaximumStates, 'a')), Error);
}

}  // namespace
}  // namespace genre
