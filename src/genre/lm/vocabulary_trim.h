// The part of a vocabulary that given texts use, and a model's tokenizer files with that part alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace genre {

// Tokens that stay: those of the texts, special and added tokens, tokens of one character or byte, and what the
// settings of the folder name by id; in BPE also the tokens that the others are merged from. Merges between tokens that
// stay, longest matches and best paths of the texts are then the same as before, and so are their tokens.
class VocabularyTrim {
 public:
  // Of a folder with tokenizer.json (WordPiece, BPE or unigram) or with vocab.txt. The texts count with each of the
  // prompts before them as well. Throws Error(kNotFound), or Error(kData) for a tokenizer that cannot be trimmed.
  VocabularyTrim(const std::filesystem::path& folder, std::span<const std::string> texts,
                 std::span<const std::string> prompts);

  const std::vector<int>& kept() const { return kept_; }  // former ids, ascending: the new id is the place here
  std::int32_t before() const { return before_; }         // size of the vocabulary

  // Rewrites what knows ids in a copy of the folder: tokenizer.json, vocab.txt, tokenizer_config.json, and ids and
  // vocab_size of config.json. Removes vocab.json, merges.txt and SentencePiece files, which tokenizer.json replaces.
  void write(const std::filesystem::path& folder) const;

 private:
  int moved(std::int64_t id) const;  // the new id, -1 where it is gone
  std::vector<int> kept_, moved_;
  std::int32_t before_ = 0;
};

}  // namespace genre
