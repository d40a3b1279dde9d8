// Words of one meaning, from the files of WordNet (Debian's wordnet-base). Source: Miller, "WordNet: A Lexical Database
// for English" (1995); file formats wndb(5WN).
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace genre {

// Immutable, so shareable between threads.
class Synonyms {
 public:
  // Reads index.POS and data.POS of nouns, verbs, adjectives and adverbs. Throws Error(kNotFound), or Error(kData)
  // naming file and line.
  explicit Synonyms(const std::filesystem::path& folder);

  // Other single words, in lower case and bytewise order, that share the commonest meaning of `word` (in lower case) in
  // any part of speech; empty for a word that is not known.
  std::span<const std::string> of(std::string_view word) const;
  std::size_t size() const { return words_.size(); }

 private:
  std::unordered_map<std::string, std::vector<std::string>> words_;
};

}  // namespace genre
