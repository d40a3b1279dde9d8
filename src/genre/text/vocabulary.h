// Tokens by id and ids by token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace genre {

using VocabularyEntries = std::vector<std::pair<std::string, std::int32_t>>;

// Immutable, so shareable between threads.
class Vocabulary {
 public:
  // Ids are 0 to entries.size() - 1 in any order. Throws Error(kData) when an id or a token appears twice, an id is out
  // of range, or a token has more than 4,096 bytes.
  explicit Vocabulary(VocabularyEntries entries);
  Vocabulary(Vocabulary&&) noexcept = default;

  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }
  const std::string& token(std::int32_t id) const { return tokens_[static_cast<std::size_t>(id)]; }
  std::optional<std::int32_t> find(std::string_view token) const;
  std::int32_t at(std::string_view token) const;  // throws Error(kData) that names the token

 private:
  std::vector<std::string> tokens_;
  std::unordered_map<std::string_view, std::int32_t> ids_;
};

}  // namespace genre
