// A tokenizer in stages: added tokens, normalisation, pieces, a subword model, special tokens around the whole.
#pragma once

#include "genre/text/added_tokens.h"
#include "genre/text/pre_tokenizer.h"
#include "genre/text/sequence_template.h"
#include "genre/text/subword_model.h"
#include "genre/text/text_normalizer.h"
#include "genre/text/vocabulary.h"

namespace genre {

// How decoded text begins.
enum class FirstSpace {
  kKeep,
  kDropOne,   // without its first space
  kDropToken  // without the spaces of its first token
};

struct SubwordParts {
  Vocabulary vocabulary;  // added tokens included
  std::vector<AddedToken> added_tokens;
  TextNormalizers normalizers;
  PreTokenizers pre_tokenizers;
  std::unique_ptr<const SubwordModel> model;
  SequenceTemplate around;
  std::vector<std::string> bytes;  // what each token adds to a text; its own spelling where added after training
  std::vector<bool> is_byte;       // tokens <0x00> to <0xFF>; empty where there are none
  FirstSpace first_space = FirstSpace::kKeep;
  bool trim_offsets = false;  // offsets leave spaces at the ends of tokens out
  bool adds_space = false;    // a space that was added before the text is left to its first token's offsets
};

// Equal to Hugging Face tokenizers made of the same parts.
class SubwordTokenizer final : public Tokenizer {
 public:
  explicit SubwordTokenizer(SubwordParts parts);

  std::vector<std::int32_t> encode(std::string_view text, int maximum_tokens) const override;
  std::vector<std::int32_t> encode_plain(std::string_view text) const override;
  TokenSequence encode_pair(std::string_view first, std::string_view second, int maximum_tokens) const override;
  std::vector<TokenOffset> offsets(std::string_view text, int maximum_tokens) const override;
  std::string decode(std::span<const std::int32_t> ids, Special special) const override;
  std::string_view bytes(std::int32_t id) const override;
  std::int32_t vocabulary_size() const override { return parts_.vocabulary.size(); }
  std::optional<std::int32_t> find(std::string_view token) const override { return parts_.vocabulary.find(token); }
  bool is_special(std::int32_t id) const override;

  const AddedTokens& added() const { return raw_; }  // that are looked for in the text as it is
  const SequenceTemplate& around() const { return parts_.around; }
  const SubwordModel& model() const { return *parts_.model; }

 private:
  struct Output;
  void append(std::string_view text, bool plain, Output& out) const;
  void append_normal(TracedText text, Output& out) const;
  void trim(std::string_view text, Output& out) const;
  static void move_offsets(std::string_view ill_formed, Output& out);

  SubwordParts parts_;
  AddedTokens raw_, normalized_;
  std::vector<bool> added_, special_;  // by id
  bool asks_for_start_;
};

}  // namespace genre
