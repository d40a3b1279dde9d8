// The WordPiece tokenizer of the BERT family.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "genre/text/bert_normalizer.h"
#include "genre/text/subword_tokenizer.h"
#include "genre/text/token_trie.h"

namespace genre {

struct WordPieceOptions {
  BertNormalizerOptions normalizer;
  std::string continuing_prefix = "##";
  int maximum_word_characters = 100;  // a longer word is one unknown token
  std::string unknown_token = "[UNK]";
  std::string class_token = "[CLS]", separator_token = "[SEP]";
  std::vector<std::string> special_tokens;  // cut out of the text before anything else, and kept whole
  std::optional<SequenceTemplate> around;   // none: [CLS] text [SEP], and [CLS] first [SEP] second [SEP]
  bool cleanup = true;                      // decoded text has no space before . , ! ? 's and the like
};

// One word to ids: greedily the longest vocabulary entry, the first without and the others with the continuing prefix.
class WordPieceModel final : public SubwordModel {
 public:
  // Special tokens are no pieces of words.
  WordPieceModel(const Vocabulary& vocabulary, const WordPieceOptions& options);
  void append(std::string_view word, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const override;

 private:
  TokenTrie trie_;
  TokenTrie::State continuing_;
  std::int32_t unknown_;
  std::size_t maximum_word_characters_;
};

// Equal to Hugging Face tokenizers with BertNormalizer, BertPreTokenizer and WordPiece. Words fall at spaces and
// punctuation. Ids come from one pass over the text; offsets and all else from the same stages one after another.
class WordPiece final : public Tokenizer {
 public:
  // Entries are (token, id), ids in [0, vocabulary size). Throws Error(kData) when an id appears twice, is out of
  // range, or a token that the options name is missing.
  WordPiece(VocabularyEntries vocabulary, const WordPieceOptions& options);

  std::vector<std::int32_t> encode(std::string_view text, int maximum_tokens) const override;
  std::vector<std::int32_t> encode_plain(std::string_view text) const override;
  TokenSequence encode_pair(std::string_view first, std::string_view second, int maximum_tokens) const override;
  std::vector<TokenOffset> offsets(std::string_view text, int maximum_tokens) const override {
    return stages_.offsets(text, maximum_tokens);
  }
  std::string decode(std::span<const std::int32_t> ids, Special special) const override {
    return stages_.decode(ids, special);
  }
  std::string_view bytes(std::int32_t id) const override { return stages_.bytes(id); }
  std::int32_t vocabulary_size() const override { return stages_.vocabulary_size(); }
  std::optional<std::int32_t> find(std::string_view token) const override { return stages_.find(token); }
  bool is_special(std::int32_t id) const override { return stages_.is_special(id); }
  // The same tokenizer in stages: slower, and the truth for tests.
  const Tokenizer& stages() const { return stages_; }

 private:
  void append(std::vector<std::int32_t>& ids, std::string_view text, std::size_t limit) const;
  void append_text(std::vector<std::int32_t>& ids, std::string_view text, std::size_t limit) const;

  BertNormalizer normalizer_;
  SubwordTokenizer stages_;
};

}  // namespace genre
