// Byte-pair encoding: R. Sennrich et al., "Neural machine translation of rare words with subword units" (2016).
#pragma once

#include <array>
#include <optional>
#include <unordered_map>

#include "genre/text/merge_table.h"
#include "genre/text/subword_model.h"
#include "genre/text/vocabulary.h"

namespace genre {

struct BytePairOptions {
  bool byte_level = true;            // tokens are spelled in the alphabet of byte_level.h; else in characters
  bool byte_fallback = false;        // characters without a token become the tokens <0x00> to <0xFF> of their bytes
  std::string unknown_token;         // for characters without one; empty: they are left out
  bool fuse_unknown = false;         // one unknown token for neighbours
  bool ignore_merges = false;        // a piece that is a token is that token
  std::vector<std::int32_t> hidden;  // special tokens, which no text is merged to
};

// Merges the pair of lowest rank, the leftmost first, until none is left. A piece of n symbols takes O(n log n) steps.
class BytePair final : public SubwordModel {
 public:
  struct Merge {
    std::string_view left, right;
    std::uint32_t rank;  // merges of one token may share a rank
  };
  // Throws Error(kData) when a merge names or makes a token that the vocabulary lacks.
  BytePair(const Vocabulary& vocabulary, const std::vector<Merge>& merges, const BytePairOptions& options);

  void append(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const override;

 private:
  static constexpr std::int32_t kNone = -1;
  struct Symbol {
    std::int32_t id;
    std::uint32_t length;  // bytes of the piece
  };
  void read_symbols(std::string_view piece, std::vector<Symbol>& symbols) const;
  void merge_few(std::vector<Symbol>& symbols) const;
  void merge_many(std::vector<Symbol>& symbols) const;

  MergeTable merges_;
  std::array<std::int32_t, 256> bytes_;  // of the byte alphabet, or of the fallback
  std::unordered_map<char32_t, std::int32_t> characters_;
  std::unordered_map<std::string, std::int32_t> whole_;  // pieces that are tokens, where merges are ignored
  bool byte_level_, byte_fallback_, fuse_unknown_;
  std::int32_t unknown_ = kNone;
};

}  // namespace genre
