// Generations that say one of given token sequences, such as item ids or titles.
#pragma once

#include <span>
#include <vector>

#include "genre/lm/token_constraint.h"

namespace genre {

// A trie of the choices; a state is a node of it. Immutable.
class ChoiceConstraint : public TokenConstraint {
 public:
  // Equal sequences count once. Throws Error(kConfig) when there are none or one is empty.
  explicit ChoiceConstraint(std::vector<std::vector<std::int32_t>> choices);

  void allowed(State state, std::vector<std::int32_t>& ids) const override;
  State next(State state, std::int32_t id) const override;
  bool complete(State state) const override;
  std::vector<std::int32_t> closing(State state) const override;
  int closing_length(State state) const override;

 private:
  struct Node {
    std::int32_t id = -1;                  // that leads here
    State first_child = 0, end_child = 0;  // [first, end)
    int to_end = 0;                        // tokens to the nearest end of a choice
  };
  static std::size_t at(State state) { return static_cast<std::size_t>(state); }
  std::span<const Node> children(State state) const;

  std::vector<Node> nodes_;  // the children of a node lie side by side, by id
};

}  // namespace genre
