#include "genre/rec/vocabulary.h"

#include <algorithm>
#include <utility>

#include "genre/rec/tensors.h"
#include "genre/rec/words.h"

namespace genre {

Vocabulary::Vocabulary(std::vector<std::string> words) : words_(words) {
  for (std::string& word : words) {
    const auto number = static_cast<std::int32_t>(numbers_.size());
    numbers_.emplace(std::move(word), number);
  }
}

std::optional<std::int32_t> Vocabulary::find(const std::string& word) const {
  const auto found = numbers_.find(word);
  return found != numbers_.end() ? std::optional(found->second) : std::nullopt;
}

std::vector<std::int32_t> Vocabulary::numbers(std::string_view text) const {
  std::vector<std::int32_t> out;
  for (const std::string& word : genre::words(text))
    if (const auto number = find(word)) out.push_back(*number);
  std::ranges::sort(out);
  return out;
}

void Vocabulary::save(SafetensorsWriter& out, const std::string& prefix) const { words_.save(out, prefix); }

Vocabulary Vocabulary::load(const SafetensorsFile& in, const std::string& prefix) {
  const ItemTexts texts = ItemTexts::load(in, prefix);
  std::vector<std::string> words;
  for (std::int32_t w = 0; w < texts.size(); ++w) words.emplace_back(texts.of(w));
  Vocabulary out(std::move(words));
  if (out.size() != texts.size()) bad_tensor(in, prefix + "texts", "holds a word twice");
  return out;
}

}  // namespace genre
