// The unigram language model of SentencePiece: T. Kudo, "Subword regularization" (2018).
#pragma once

#include <array>

#include "genre/text/subword_model.h"
#include "genre/text/token_trie.h"
#include "genre/text/vocabulary.h"

namespace genre {

struct UnigramOptions {
  std::vector<double> scores;        // by id: log probabilities
  std::int32_t unknown = -1;         // for characters without a token, one for neighbours
  bool byte_fallback = false;        // these become the tokens <0x00> to <0xFF> of their bytes instead
  std::vector<std::int32_t> hidden;  // special tokens, which no text becomes
};

// The tokens whose scores have the greatest sum (Viterbi), as the reference breaks ties. A piece of n bytes takes at
// most n times as many steps as the longest token has bytes.
class Unigram final : public SubwordModel {
 public:
  // Throws Error(kData) when a score is missing or not finite, or there is no unknown token.
  Unigram(const Vocabulary& vocabulary, const UnigramOptions& options);
  void append(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const override;

 private:
  static constexpr std::int32_t kNone = -1;
  TokenTrie trie_;
  std::vector<double> scores_;
  double unknown_score_;
  std::int32_t unknown_;
  std::array<std::int32_t, 256> bytes_;  // kNone without fallback
};

}  // namespace genre
