#include "genre/text/vocabulary.h"

#include "genre/base/error.h"
#include "genre/text/tokenizer_json_parts.h"

namespace genre {

Vocabulary::Vocabulary(VocabularyEntries entries) : tokens_(entries.size()) {
  std::vector<bool> seen(entries.size());
  ids_.reserve(entries.size());
  for (auto& [token, id] : entries) {
    constexpr std::size_t kLongestToken = 4096;
    if (token.size() > kLongestToken)
      refuse_tokenizer("token " + std::to_string(id) + " has " + std::to_string(token.size()) + " bytes");
    if (id < 0 || static_cast<std::size_t>(id) >= seen.size())
      refuse_tokenizer("id " + std::to_string(id) + " of token '" + token + "' is outside [0, " +
                       std::to_string(seen.size()) + "): the vocabulary has a hole");
    const auto place = static_cast<std::size_t>(id);
    if (seen[place])
      refuse_tokenizer("id " + std::to_string(id) + " appears twice, the second time as '" + token + "'");
    seen[place] = true;
    tokens_[place] = std::move(token);
    if (!ids_.emplace(tokens_[place], id).second) refuse_tokenizer("token '" + tokens_[place] + "' appears twice");
  }
}

std::optional<std::int32_t> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::int32_t Vocabulary::at(std::string_view token) const {
  const auto found = find(token);
  if (!found) refuse_tokenizer("the vocabulary has no token '" + std::string(token) + "'");
  return *found;
}

}  // namespace genre
