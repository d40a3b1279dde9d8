#include "genre/lm/byte_automaton.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "genre/base/error.h"

namespace genre {
namespace {

std::size_t place(std::int32_t i) { return static_cast<std::size_t>(i); }

}  // namespace

ByteAutomaton::ByteAutomaton(ByteGraph graph, ByteGraph::State start, ByteGraph::State end)
    : graph_(std::move(graph)), end_(end) {
  struct Back {
    ByteGraph::State from;
    std::int16_t byte;
  };
  std::vector<std::vector<Back>> back(graph_.size());
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    const auto from = static_cast<State>(i);
    for (const auto& arrow : graph_.arrows(from)) back[place(arrow.to)].push_back({from, arrow.low});
    for (const auto to : graph_.jumps(from)) back[place(to)].push_back({from, -1});
  }
  // Breadth first from the end; jumps cost nothing, so they go to the front.
  ways_.resize(graph_.size());
  std::deque<std::pair<ByteGraph::State, Way>> open = {{end, {.distance = 0}}};
  while (!open.empty()) {
    const auto [node, way] = open.front();
    open.pop_front();
    if (live(node)) continue;
    ways_[place(node)] = way;
    for (const Back& b : back[place(node)]) {
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
  for (const auto node : states_[place(from)].nodes)
    for (const auto& arrow : graph_.arrows(node))
      if (arrow.low <= byte && byte <= arrow.high) nodes.push_back(arrow.to);
  const State to = intern(std::move(nodes));
  steps_[place(from)][byte] = to;
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
    open.insert(open.end(), graph_.jumps(node).begin(), graph_.jumps(node).end());
  }
  if (nodes.empty()) return kNone;
  const auto [found, fresh] = known_.try_emplace(std::move(nodes), static_cast<State>(states_.size()));
  if (!fresh) return found->second;
  if (states_.size() == kMaximumStates)
    throw Error(ErrorCode::kResources, fmt::format("the grammar led to more than {} states", kMaximumStates),
                "lower maxLength and maxItems, or write fewer alternatives");
  const auto leads_on = [&](ByteGraph::State node) {
    return std::ranges::any_of(graph_.arrows(node), [&](const auto& a) { return live(a.to); });
  };
  states_.push_back(
      {found->first, std::ranges::binary_search(found->first, end_), std::ranges::any_of(found->first, leads_on)});
  steps_.emplace_back().fill(kUnknown);
  return found->second;
}

std::string ByteAutomaton::shortest(State state) const {
  auto node =
      *std::ranges::min_element(states_[place(state)].nodes, {}, [&](auto n) { return ways_[place(n)].distance; });
  std::string text;
  for (; ways_[place(node)].distance > 0; node = ways_[place(node)].next)
    if (ways_[place(node)].byte >= 0) text += static_cast<char>(ways_[place(node)].byte);
  return text;
}

}  // namespace genre
