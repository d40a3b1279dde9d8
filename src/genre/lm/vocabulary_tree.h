// The tokens of a vocabulary as a tree over their bytes, laid out in the order of a depth-first walk: an automaton over
// bytes is run along all tokens at once, and a prefix that it refuses skips every token below it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace genre {

class Tokenizer;

// Immutable, so shareable between threads.
class VocabularyTree {
 public:
  // Tokens without bytes, such as special ones, are left out; several tokens may have the same bytes.
  explicit VocabularyTree(const Tokenizer& tokenizer);
  explicit VocabularyTree(std::vector<std::pair<std::string, std::int32_t>> tokens);

  std::string_view bytes(std::int32_t id) const;                                  // empty for a token that was left out
  std::int32_t size() const { return static_cast<std::int32_t>(bytes_.size()); }  // above every id

  // Runs `step(state, byte)`, which returns the next state or a negative one for refusal, from `state` along every
  // token; calls accept(id) for those that it takes to their end. States are std::int32_t.
  template <class Step, class Accept>
  void walk(std::int32_t state, const Step& step, const Accept& accept) const;

  // A text as tokens, each the longest that fits. Nothing where a byte of the text is no token.
  std::vector<std::int32_t> spell(std::string_view text) const;

 private:
  struct Node {
    std::int32_t skip;    // the first node behind those below this one
    std::int32_t tokens;  // those that end here are sorted_[tokens, tokens of the next node)
    std::uint16_t depth;  // from 1
    unsigned char byte;
  };
  std::vector<Node> nodes_;  // and one behind the last
  std::vector<std::int32_t> sorted_;
  std::vector<std::string> bytes_;  // by id
  std::size_t deepest_ = 0;
};

template <class Step, class Accept>
void VocabularyTree::walk(std::int32_t state, const Step& step, const Accept& accept) const {
  std::vector<std::int32_t> states(deepest_ + 1);
  states[0] = state;
  for (std::size_t i = 0; i + 1 < nodes_.size();) {
    const Node& node = nodes_[i];
    const std::int32_t next = step(states[node.depth - 1], node.byte);
    if (next < 0) {
      i = static_cast<std::size_t>(node.skip);
      continue;
    }
    states[node.depth] = next;
    for (std::int32_t t = node.tokens; t < nodes_[i + 1].tokens; ++t) accept(sorted_[static_cast<std::size_t>(t)]);
    ++i;
  }
}

}  // namespace genre
