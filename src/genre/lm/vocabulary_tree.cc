#include "genre/lm/vocabulary_tree.h"

#include <algorithm>

#include "genre/text/tokenizer.h"

namespace genre {
namespace {

std::vector<std::pair<std::string, std::int32_t>> tokens_of(const Tokenizer& tokenizer) {
  std::vector<std::pair<std::string, std::int32_t>> tokens;
  for (std::int32_t id = 0; id < tokenizer.vocabulary_size(); ++id) tokens.emplace_back(tokenizer.bytes(id), id);
  return tokens;
}

}  // namespace

VocabularyTree::VocabularyTree(const Tokenizer& tokenizer) : VocabularyTree(tokens_of(tokenizer)) {}

VocabularyTree::VocabularyTree(std::vector<std::pair<std::string, std::int32_t>> tokens) {
  std::erase_if(tokens, [](const auto& token) { return token.first.empty() || token.first.size() > 65535; });
  std::ranges::sort(tokens);
  std::vector<std::size_t> path;  // nodes from the root to the last token
  std::string_view before;
  const auto close = [&](std::size_t depth) {
    for (; path.size() > depth; path.pop_back()) nodes_[path.back()].skip = static_cast<std::int32_t>(nodes_.size());
  };
  for (const auto& [bytes, id] : tokens) {
    const auto shared = static_cast<std::size_t>(std::ranges::mismatch(before, bytes).in1 - before.begin());
    close(shared);
    for (std::size_t depth = shared; depth < bytes.size(); ++depth) {
      path.push_back(nodes_.size());
      nodes_.push_back({0, static_cast<std::int32_t>(sorted_.size()), static_cast<std::uint16_t>(depth + 1),
                        static_cast<unsigned char>(bytes[depth])});
    }
    sorted_.push_back(id);
    if (static_cast<std::size_t>(id) >= bytes_.size()) bytes_.resize(static_cast<std::size_t>(id) + 1);
    bytes_[static_cast<std::size_t>(id)] = bytes;
    deepest_ = std::max(deepest_, bytes.size());
    before = bytes;
  }
  close(0);
  nodes_.push_back({0, static_cast<std::int32_t>(sorted_.size()), 0, 0});
}

std::string_view VocabularyTree::bytes(std::int32_t id) const {
  return static_cast<std::size_t>(id) < bytes_.size() ? std::string_view(bytes_[static_cast<std::size_t>(id)])
                                                      : std::string_view();
}

std::vector<std::int32_t> VocabularyTree::spell(std::string_view text) const {
  std::vector<std::int32_t> ids;
  while (!text.empty()) {
    std::int32_t longest = -1;
    const auto along_text = [&](std::int32_t at, unsigned char byte) {
      const auto i = static_cast<std::size_t>(at);
      return i < text.size() && static_cast<unsigned char>(text[i]) == byte ? at + 1 : -1;
    };
    walk(0, along_text, [&](std::int32_t id) { longest = id; });
    if (longest < 0) return {};
    ids.push_back(longest);
    text.remove_prefix(bytes(longest).size());
  }
  return ids;
}

}  // namespace genre
