// The WordPiece tokenizer of the BERT family.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "genre/text/bert_normalizer.h"
#include "genre/text/token_trie.h"
#include "genre/text/tokenizer.h"

namespace genre {

struct WordPieceOptions {
  BertNormalizerOptions normalizer;
  std::string continuing_prefix = "##";
  int maximum_word_characters = 100;  // a longer word is one unknown token
  std::string unknown_token = "[UNK]";
  std::string class_token = "[CLS]", separator_token = "[SEP]";
  std::vector<std::string> special_tokens;  // cut out of the text before anything else, and kept whole
};

// Equal to Hugging Face tokenizers with BertNormalizer, BertPreTokenizer, WordPiece and the template
// [CLS] text [SEP]. Words fall at spaces and punctuation and are matched greedily by the longest vocabulary entry.
class WordPiece final : public Tokenizer {
 public:
  // Entries are (token, id), ids in [0, vocabulary size). Throws Error(kData) when an id appears twice, is out of
  // range, or a token that the options name is missing.
  WordPiece(std::vector<std::pair<std::string, std::int32_t>> vocabulary, const WordPieceOptions& options);

  std::vector<std::int32_t> encode(std::string_view text, int maximum_tokens) const override;
  std::int32_t vocabulary_size() const override { return vocabulary_size_; }

 private:
  void append_text(std::vector<std::int32_t>& ids, std::string_view text, std::size_t limit) const;
  void append_word(std::vector<std::int32_t>& ids, std::string_view word) const;

  BertNormalizer normalizer_;
  TokenTrie trie_;
  TokenTrie::State continuing_;
  TokenTrie special_;
  std::string special_first_bytes_;
  std::int32_t vocabulary_size_, unknown_, class_, separator_;
  std::size_t maximum_word_characters_;
};

}  // namespace genre
