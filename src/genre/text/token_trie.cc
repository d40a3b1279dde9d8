#include "genre/text/token_trie.h"

#include <algorithm>

namespace genre {

struct TokenTrie::Builder {
  std::vector<std::pair<std::string, std::int32_t>> entries;  // sorted
  std::vector<Node>& nodes;
  std::vector<bool> used;      // places
  std::size_t first_open = 0;  // blocks of 256 before it are nearly full

  // A base at which every child's place is free. Places of one base stay inside one block of 256.
  std::int32_t find_base(const std::vector<unsigned char>& bytes) {
    std::size_t block = first_open;
    int failures = 0;
    for (;; ++block) {
      if ((block + 1) * 256 > nodes.size()) {
        nodes.resize((block + 1) * 256);
        used.resize((block + 1) * 256);
      }
      for (std::size_t low = 0; low < 256; ++low) {
        const std::size_t base = block * 256 + low;
        if (std::ranges::none_of(bytes, [&](unsigned char b) { return used[base ^ b]; }))
          return static_cast<std::int32_t>(base);
      }
      if (bytes.size() == 1) first_open = block + 1;  // no single place is free
      if (++failures > 8) first_open = std::max(first_open, block - 6);
    }
  }

  void build(State state, std::size_t begin, std::size_t end, std::size_t depth) {
    if (begin < end && entries[begin].first.size() == depth) nodes[state].id = entries[begin++].second;
    if (begin == end) return;
    const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(entries[i].first[depth]); };
    std::vector<unsigned char> bytes;
    std::vector<std::size_t> starts;
    for (std::size_t i = begin; i < end; ++i) {
      if (!bytes.empty() && bytes.back() == byte_at(i)) continue;
      bytes.push_back(byte_at(i));
      starts.push_back(i);
    }
    starts.push_back(end);
    const std::int32_t base = find_base(bytes);
    nodes[state].base = base;
    for (const unsigned char byte : bytes) {
      used[base ^ byte] = true;
      nodes[base ^ byte].parent = state;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) build(base ^ bytes[i], starts[i], starts[i + 1], depth + 1);
  }
};

TokenTrie::TokenTrie(std::vector<std::pair<std::string, std::int32_t>> entries) {
  std::ranges::sort(entries);
  nodes_.resize(256);
  Builder builder{std::move(entries), nodes_, std::vector<bool>(256)};
  builder.used[kRoot] = true;
  builder.build(kRoot, 0, builder.entries.size(), 0);
}

TokenTrie::State TokenTrie::walk(State from, std::string_view prefix) const {
  for (const char c : prefix) {
    from = step(from, static_cast<unsigned char>(c));
    if (from == kNone) break;
  }
  return from;
}

TokenTrie::Match TokenTrie::longest(State from, std::string_view text) const {
  Match match;
  for (std::size_t i = 0; i < text.size(); ++i) {
    from = step(from, static_cast<unsigned char>(text[i]));
    if (from == kNone) break;
    if (id(from) != kNone) match = {id(from), i + 1};
  }
  return match;
}

}  // namespace genre
