// Regular languages over bytes, laid as a nondeterministic automaton.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace genre {

// States and transitions to be laid by hand. Not thread-safe.
class ByteGraph {
 public:
  using State = std::int32_t;
  static constexpr std::size_t kMaximumStates = 200'000;
  struct Arrow {
    unsigned char low, high;
    State to;
  };

  State add();  // throws Error(kResources) beyond the maximum
  void arrow(State from, unsigned char low, unsigned char high, State to);  // any byte in [low, high]
  void jump(State from, State to);                                          // without a byte
  // A new path that spells the text; returns its end.
  State path(State from, std::string_view text);

  std::size_t size() const { return nodes_.size(); }
  std::span<const Arrow> arrows(State from) const { return nodes_[static_cast<std::size_t>(from)].arrows; }
  std::span<const State> jumps(State from) const { return nodes_[static_cast<std::size_t>(from)].jumps; }

 private:
  struct Node {
    std::vector<Arrow> arrows;
    std::vector<State> jumps;
  };
  std::vector<Node> nodes_;
};

// The byte strings that lead from start to end.
struct ByteLanguage {
  ByteGraph graph;
  ByteGraph::State start = 0, end = 0;
};

// Adds the strings that are in both languages behind `from`; returns their end, which nothing reaches where there are
// none.
ByteGraph::State add_intersection(ByteGraph& graph, ByteGraph::State from, const ByteLanguage& a,
                                  const ByteLanguage& b);
// Whether no string is in both.
bool disjoint(const ByteLanguage& a, const ByteLanguage& b);

}  // namespace genre
