#include "genre/lm/byte_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "genre/base/error.h"

namespace genre {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

// Walks pairs of states that some string leads to together, from the pair of starts.
class Pairs {
 public:
  using State = ByteGraph::State;
  using Pair = std::pair<State, State>;

  Pairs(const ByteLanguage& a, const ByteLanguage& b) : a_(a), b_(b) {}

  // enter(pair) sees every pair once; jump(from, to) and arrow(from, low, high, to) the ways between them.
  void walk(const auto& enter, const auto& jump, const auto& arrow) {
    reach({a_.start, b_.start}, enter);
    while (!open_.empty()) {
      const Pair from = open_.back();
      open_.pop_back();
      const auto go = [&](Pair to) {
        reach(to, enter);
        jump(from, to);
      };
      for (const State to : a_.graph.jumps(from.first)) go({to, from.second});
      for (const State to : b_.graph.jumps(from.second)) go({from.first, to});
      for (const auto& x : a_.graph.arrows(from.first)) {
        for (const auto& y : b_.graph.arrows(from.second)) {
          const unsigned char low = std::max(x.low, y.low), high = std::min(x.high, y.high);
          if (low > high) continue;
          reach({x.to, y.to}, enter);
          arrow(from, low, high, Pair{x.to, y.to});
        }
      }
    }
  }

 private:
  void reach(Pair pair, const auto& enter) {
    if (!seen_.emplace(pair, true).second) return;
    enter(pair);
    open_.push_back(pair);
  }

  const ByteLanguage &a_, &b_;
  std::map<Pair, bool> seen_;
  std::vector<Pair> open_;
};

}  // namespace

ByteGraph::State ByteGraph::add() {
  if (nodes_.size() == kMaximumStates)
    throw Error(ErrorCode::kResources, fmt::format("the grammar needs more than {} states", kMaximumStates),
                "lower maxLength, maxItems or the nesting");
  nodes_.emplace_back();
  return static_cast<State>(nodes_.size() - 1);
}

void ByteGraph::arrow(State from, unsigned char low, unsigned char high, State to) {
  nodes_[at(from)].arrows.push_back({low, high, to});
}

void ByteGraph::jump(State from, State to) { nodes_[at(from)].jumps.push_back(to); }

ByteGraph::State ByteGraph::path(State from, std::string_view text) {
  for (const char c : text) {
    const State to = add();
    arrow(from, static_cast<unsigned char>(c), static_cast<unsigned char>(c), to);
    from = to;
  }
  return from;
}

ByteGraph::State add_intersection(ByteGraph& graph, ByteGraph::State from, const ByteLanguage& a,
                                  const ByteLanguage& b) {
  std::map<Pairs::Pair, ByteGraph::State> states;
  Pairs(a, b).walk([&](Pairs::Pair pair) { states[pair] = graph.add(); },
                   [&](Pairs::Pair x, Pairs::Pair y) { graph.jump(states.at(x), states.at(y)); },
                   [&](Pairs::Pair x, unsigned char low, unsigned char high, Pairs::Pair y) {
                     graph.arrow(states.at(x), low, high, states.at(y));
                   });
  graph.jump(from, states.at({a.start, b.start}));
  const auto end = states.find({a.end, b.end});
  return end != states.end() ? end->second : graph.add();
}

bool disjoint(const ByteLanguage& a, const ByteLanguage& b) {
  bool meet = false;
  std::size_t pairs = 0;
  Pairs(a, b).walk(
      [&](Pairs::Pair pair) {
        meet = meet || pair == Pairs::Pair{a.end, b.end};
        if (++pairs > ByteGraph::kMaximumStates)
          throw Error(ErrorCode::kResources, "two patterns are too large to be compared", "lower their repetitions");
      },
      [](auto, auto) {}, [](auto, auto, auto, auto) {});
  return !meet;
}

}  // namespace genre
