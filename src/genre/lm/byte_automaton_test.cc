#include "genre/lm/byte_automaton.h"

#include <gtest/gtest.h>

#include <set>

#include "genre/base/error.h"
#include "genre/base/random.h"

namespace genre {
namespace {

struct RandomGraph {
  ByteGraph graph;
  struct Arrow {
    int from, to;
    int low, high;  // low -1: a jump
  };
  std::vector<Arrow> arrows;
};

RandomGraph random_graph(RandomStream& random, int nodes) {
  RandomGraph g;
  for (int i = 0; i < nodes; ++i) g.graph.add();
  for (std::uint64_t i = random.below(20); i > 0; --i) {
    const auto node = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(nodes))); };
    const int from = node(), to = node();
    if (random.below(3) == 0) {
      g.graph.jump(from, to);
      g.arrows.push_back({from, to, -1, -1});
    } else {
      const int low = 'a' + static_cast<int>(random.below(3)), high = low + static_cast<int>(random.below(2));
      g.graph.arrow(from, static_cast<unsigned char>(low), static_cast<unsigned char>(high), to);
      g.arrows.push_back({from, to, low, high});
    }
  }
  return g;
}

// Nodes that a text leads to, followed one by one.
std::set<int> plain_nodes(const RandomGraph& g, const std::string& text) {
  std::set<int> nodes = {0};
  const auto close = [&] {
    for (bool grew = true; grew;) {
      grew = false;
      for (const auto& a : g.arrows) grew |= a.low < 0 && nodes.contains(a.from) && nodes.insert(a.to).second;
    }
  };
  close();
  for (const char c : text) {
    std::set<int> next;
    for (const auto& a : g.arrows)
      if (a.low >= 0 && nodes.contains(a.from) && a.low <= c && c <= a.high) next.insert(a.to);
    nodes = next;
    close();
  }
  return nodes;
}

TEST(ByteAutomaton, AcceptsWhatTheGraphAcceptsAndKeepsOnlyWhatCanEnd) {
  RandomStream random(1, "test");
  int ran = 0;
  for (int trial = 0; trial < 150; ++trial) {
    const int nodes = 2 + static_cast<int>(random.below(8)), end = nodes - 1;
    const RandomGraph g = random_graph(random, nodes);
    std::vector<std::string> texts = {""};
    for (std::size_t i = 0; texts.size() < 300; ++i)
      for (const char c : {'a', 'b', 'c', 'd'}) texts.push_back(texts[i] + c);
    std::set<std::string> language, prefixes;
    for (const auto& text : texts) {
      if (!plain_nodes(g, text).contains(end)) continue;
      language.insert(text);
      for (std::size_t n = 0; n <= text.size(); ++n) prefixes.insert(text.substr(0, n));
    }
    if (language.empty()) continue;
    ++ran;
    ByteAutomaton automaton(g.graph, 0, end);
    for (const auto& text : texts) {
      auto state = automaton.start();
      for (const char c : text)
        if (state >= 0) state = automaton.step(state, static_cast<unsigned char>(c));
      ASSERT_EQ(state >= 0 && automaton.accepts(state), language.contains(text)) << text;
      if (prefixes.contains(text)) {
        ASSERT_GE(state, 0) << text;
      }
      if (state < 0) continue;
      const std::string rest = automaton.shortest(state);
      EXPECT_TRUE(plain_nodes(g, text + rest).contains(end));
      for (const auto& other : language)
        if (other.starts_with(text)) {
          ASSERT_LE(rest.size(), other.size() - text.size());
        }
      bool continues = false;
      for (const char c : {'a', 'b', 'c', 'd'}) continues |= automaton.step(state, static_cast<unsigned char>(c)) >= 0;
      ASSERT_EQ(automaton.continues(state), continues);
    }
  }
  EXPECT_GT(ran, 40);
}

TEST(ByteAutomaton, AnEmptyLanguageIsRefused) {
  ByteGraph graph;
  const auto start = graph.add(), end = graph.add();
  EXPECT_THROW(ByteAutomaton(graph, start, end), Error);
  EXPECT_EQ(ByteAutomaton(graph, start, graph.path(start, "ab")).shortest(0), "ab");
}

}  // namespace
}  // namespace genre
