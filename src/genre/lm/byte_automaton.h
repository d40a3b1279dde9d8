// Regular languages over bytes, run as a deterministic automaton that is made of a graph as far as a run needs it
// (subset construction; Rabin and Scott 1959).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "genre/lm/byte_graph.h"

namespace genre {

// Accepts the byte strings that lead from start to end. Every state can still reach the end. Not thread-safe: steps
// make states.
class ByteAutomaton {
 public:
  using State = std::int32_t;
  static constexpr State kNone = -1;

  static constexpr std::size_t kMaximumStates = 100'000;

  // Throws Error(kConfig) when nothing leads to the end.
  ByteAutomaton(ByteGraph graph, ByteGraph::State start, ByteGraph::State end);

  State start() const { return 0; }
  // kNone: the byte is refused. Throws Error(kResources) beyond the maximum of states.
  State step(State from, unsigned char byte) {
    const State known = steps_[static_cast<std::size_t>(from)][byte];
    return known != kUnknown ? known : make_step(from, byte);
  }
  bool accepts(State state) const { return states_[static_cast<std::size_t>(state)].accepts; }
  // Whether some byte leads on.
  bool continues(State state) const { return states_[static_cast<std::size_t>(state)].continues; }
  // One of the shortest byte strings from here to the end.
  std::string shortest(State state) const;

 private:
  static constexpr State kUnknown = -2;
  struct Subset {
    std::vector<ByteGraph::State> nodes;  // ascending, closed under jumps, those that cannot reach the end left out
    bool accepts, continues;
  };
  struct Way {                   // the shortest to the end
    std::int32_t distance = -1;  // in bytes; -1: there is none
    ByteGraph::State next = -1;
    std::int16_t byte = -1;  // that leads to `next`; -1: a jump
  };
  bool live(ByteGraph::State node) const { return ways_[static_cast<std::size_t>(node)].distance >= 0; }
  State make_step(State from, unsigned char byte);
  State intern(std::vector<ByteGraph::State> nodes);

  ByteGraph graph_;
  ByteGraph::State end_;
  std::vector<Way> ways_;  // of each node
  std::vector<Subset> states_;
  std::vector<std::array<State, 256>> steps_;
  std::map<std::vector<ByteGraph::State>, State> known_;
};

}  // namespace genre
