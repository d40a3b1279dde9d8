#include "genre/lm/choice_constraint.h"

#include <algorithm>
#include <utility>

#include "genre/base/error.h"

namespace genre {

ChoiceConstraint::ChoiceConstraint(std::vector<std::vector<std::int32_t>> choices) {
  if (choices.empty()) throw Error(ErrorCode::kConfig, "there are no choices");
  std::ranges::sort(choices);
  const auto repeated = std::ranges::unique(choices);
  choices.erase(repeated.begin(), repeated.end());
  if (choices.front().empty()) throw Error(ErrorCode::kConfig, "a choice has no tokens", "leave out empty choices");
  nodes_.emplace_back();
  // Breadth first, so that children lie side by side.
  struct Open {
    State node;
    std::size_t begin, end, depth;
  };
  std::vector<Open> open = {{kStart, 0, choices.size(), 0}};
  for (std::size_t o = 0; o < open.size(); ++o) {
    auto [node, begin, end, depth] = open[o];
    nodes_[at(node)].to_end = choices[begin].size() == depth ? 0 : -1;
    if (choices[begin].size() == depth) ++begin;
    nodes_[at(node)].first_child = static_cast<State>(nodes_.size());
    while (begin < end) {
      const std::int32_t id = choices[begin][depth];
      std::size_t next = begin;
      while (next < end && choices[next][depth] == id) ++next;
      open.push_back({static_cast<State>(nodes_.size()), begin, next, depth + 1});
      nodes_.push_back({.id = id});
      begin = next;
    }
    nodes_[at(node)].end_child = static_cast<State>(nodes_.size());
  }
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    if (node->to_end == 0) continue;
    const auto below = std::span(nodes_).subspan(at(node->first_child), at(node->end_child - node->first_child));
    node->to_end = 1 + std::ranges::min_element(below, {}, &Node::to_end)->to_end;
  }
}

std::span<const ChoiceConstraint::Node> ChoiceConstraint::children(State state) const {
  const Node& node = nodes_[at(state)];
  return std::span(nodes_).subspan(at(node.first_child), at(node.end_child - node.first_child));
}

void ChoiceConstraint::allowed(State state, std::vector<std::int32_t>& ids) const {
  ids.clear();
  for (const Node& child : children(state)) ids.push_back(child.id);
}

TokenConstraint::State ChoiceConstraint::next(State state, std::int32_t id) const {
  const auto below = children(state);
  const auto child = std::ranges::lower_bound(below, id, {}, &Node::id);
  return nodes_[at(state)].first_child + static_cast<State>(child - below.begin());
}

bool ChoiceConstraint::complete(State state) const { return nodes_[at(state)].to_end == 0; }

std::vector<std::int32_t> ChoiceConstraint::closing(State state) const {
  std::vector<std::int32_t> ids;
  while (!complete(state)) {
    const auto below = children(state);
    ids.push_back(std::ranges::min_element(below, {}, &Node::to_end)->id);
    state = next(state, ids.back());
  }
  return ids;
}

int ChoiceConstraint::closing_length(State state) const { return nodes_[at(state)].to_end; }

}  // namespace genre
