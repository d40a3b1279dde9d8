// A vocabulary as a double-array trie over bytes, for longest matches.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace genre {

// Method: J. Aoe, "An efficient digital search algorithm by using a double-array structure" (1989). Immutable.
class TokenTrie {
 public:
  using State = std::int32_t;
  static constexpr State kRoot = 0, kNone = -1;

  // Keys must be distinct; ids are not negative.
  explicit TokenTrie(std::vector<std::pair<std::string, std::int32_t>> entries);

  State step(State state, unsigned char byte) const {
    const State next = nodes_[state].base ^ byte;
    return nodes_[next].parent == state ? next : kNone;
  }
  // kNone when no key begins with the prefix.
  State walk(State from, std::string_view prefix) const;
  // The id of the key that ends here, or kNone.
  std::int32_t id(State state) const { return nodes_[state].id; }

  struct Match {
    std::int32_t id = kNone;
    std::size_t length = 0;
  };
  // The longest non-empty key that continues `from` along the text.
  Match longest(State from, std::string_view text) const;

 private:
  // The child of state s by byte c is at s.base ^ c, and its parent is s. Every base is a multiple of 256 apart from
  // its low byte, so a child's place always exists.
  struct Node {
    std::int32_t base = 0;
    State parent = kNone;
    std::int32_t id = kNone;
  };
  struct Builder;
  std::vector<Node> nodes_;
};

}  // namespace genre
