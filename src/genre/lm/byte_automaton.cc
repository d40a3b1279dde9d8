#include "genre/lm/byte_automaton.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "genre/base/error.h"

namespace genre {
namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

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

ByteAutomaton::ByteAutomaton(ByteGraph graph, ByteGraph::State start, ByteGraph::State end)
    : graph_(std::move(graph)), end_(end) {
  struct Back {
    ByteGraph::State from;
    std::int16_t byte;
  };
  std::vector<std::vector<Back>> back(graph_.nodes_.size());
  for (std::size_t i = 0; i < graph_.nodes_.size(); ++i) {
    for (const auto& arrow : graph_.nodes_[i].arrows) back[at(arrow.to)].push_back({static_cast<State>(i), arrow.low});
    for (const auto to : graph_.nodes_[i].jumps) back[at(to)].push_back({static_cast<State>(i), -1});
  }
  // Breadth first from the end; jumps cost nothing, so they go to the front.
  ways_.resize(graph_.nodes_.size());
  std::deque<std::pair<ByteGraph::State, Way>> open = {{end, {.distance = 0}}};
  while (!open.empty()) {
    const auto [node, way] = open.front();
    open.pop_front();
    if (live(node)) continue;
    ways_[at(node)] = way;
    for (const Back& b : back[at(node)]) {
      if (b.byte < 0)
        open.push_front({b.from, {way.distance, node, -1}});
      else
        open.push_back({b.from, {way.distance + 1, node, b.byte}});
    }
  }
  if (!live(start)) throw Error(ErrorCode::kConfig, "nothing can satisfy the grammar");
  intern({start});
}

ByteAutomaton::State ByteAutomaton::make_step(State from, unsigned char byte) {
  std::vector<ByteGraph::State> nodes;
  for (const auto node : states_[at(from)].nodes)
    for (const auto& arrow : graph_.nodes_[at(node)].arrows)
      if (arrow.low <= byte && byte <= arrow.high) nodes.push_back(arrow.to);
  const State to = intern(std::move(nodes));
  steps_[at(from)][byte] = to;
  return to;
}

ByteAutomaton::State ByteAutomaton::intern(std::vector<ByteGraph::State> nodes) {
  std::vector<ByteGraph::State> open;
  std::swap(open, nodes);
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    if (!live(node)) continue;
    const auto place = std::ranges::lower_bound(nodes, node);
    if (place != nodes.end() && *place == node) continue;
    nodes.insert(place, node);
    open.insert(open.end(), graph_.nodes_[at(node)].jumps.begin(), graph_.nodes_[at(node)].jumps.end());
  }
  if (nodes.empty()) return kNone;
  const auto [found, fresh] = known_.try_emplace(std::move(nodes), static_cast<State>(states_.size()));
  if (!fresh) return found->second;
  if (states_.size() == kMaximumStates)
    throw Error(ErrorCode::kResources, fmt::format("the grammar led to more than {} states", kMaximumStates),
                "lower maxLength and maxItems, or write fewer alternatives");
  const auto leads_on = [&](ByteGraph::State node) {
    return std::ranges::any_of(graph_.nodes_[at(node)].arrows, [&](const auto& a) { return live(a.to); });
  };
  states_.push_back(
      {found->first, std::ranges::binary_search(found->first, end_), std::ranges::any_of(found->first, leads_on)});
  steps_.emplace_back().fill(kUnknown);
  return found->second;
}

std::string ByteAutomaton::shortest(State state) const {
  auto node = *std::ranges::min_element(states_[at(state)].nodes, {}, [&](auto n) { return ways_[at(n)].distance; });
  std::string text;
  for (; ways_[at(node)].distance > 0; node = ways_[at(node)].next)
    if (ways_[at(node)].byte >= 0) text += static_cast<char>(ways_[at(node)].byte);
  return text;
}

}  // namespace genre
