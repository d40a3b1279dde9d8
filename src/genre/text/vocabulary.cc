#include "genre/text/vocabulary.h"

#include "genre/base/error.h"

namespace genre {
namespace {

[[noreturn]] void refuse(const std::string& fault) { throw Error(ErrorCode::kData, fault, "fetch the model again"); }

}  // namespace

Vocabulary::Vocabulary(VocabularyEntries entries) : tokens_(entries.size()) {
  std::vector<bool> seen(entries.size());
  ids_.reserve(entries.size());
  for (auto& [token, id] : entries) {
    constexpr std::size_t kLongestToken = 4096;
    if (token.size() > kLongestToken)
      refuse("token " + std::to_string(id) + " has " + std::to_string(token.size()) + " bytes");
    if (id < 0 || static_cast<std::size_t>(id) >= seen.size())
      refuse("id " + std::to_string(id) + " of token '" + token + "' is outside [0, " + std::to_string(seen.size()) +
             "): the vocabulary has a hole");
    const auto place = static_cast<std::size_t>(id);
    if (seen[place]) refuse("id " + std::to_string(id) + " appears twice, the second time as '" + token + "'");
    seen[place] = true;
    tokens_[place] = std::move(token);
    if (!ids_.emplace(tokens_[place], id).second) refuse("token '" + tokens_[place] + "' appears twice");
  }
}

std::optional<std::int32_t> Vocabulary::find(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::int32_t Vocabulary::at(std::string_view token) const {
  const auto found = find(token);
  if (!found) refuse("the vocabulary has no token '" + std::string(token) + "'");
  return *found;
}

}  // namespace genre
