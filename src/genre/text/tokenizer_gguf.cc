#include "genre/text/tokenizer_gguf.h"

#include <algorithm>
#include <functional>

#include "genre/base/error.h"
#include "genre/text/byte_pair.h"
#include "genre/text/precompiled_charsmap.h"
#include "genre/text/tokenizer_json.h"
#include "genre/text/tokenizer_json_parts.h"
#include "genre/text/tokenizer_stages_json.h"
#include "genre/text/unigram.h"
#include "genre/text/wordpiece.h"

namespace genre {
namespace {

using Kind = TemplatePart::Kind;

VocabularyEntries entries(const std::vector<std::string>& tokens) {
  VocabularyEntries out;
  out.reserve(tokens.size());
  for (const std::string& token : tokens) out.emplace_back(token, static_cast<std::int32_t>(out.size()));
  return out;
}

// Control and user-defined tokens; the longer of two that begin alike wins wherever both fit.
std::vector<AddedToken> added_tokens(const GgufVocabulary& file) {
  constexpr std::int64_t kControl = 3, kUserDefined = 4;
  if (!file.token_types.empty() && file.token_types.size() != file.tokens.size())
    refuse_tokenizer(std::to_string(file.token_types.size()) + " token types for " +
                     std::to_string(file.tokens.size()) + " tokens");
  std::vector<AddedToken> out;
  for (std::size_t id = 0; id < file.token_types.size(); ++id)
    if (const std::int64_t type = file.token_types[id]; type == kControl || type == kUserDefined)
      out.push_back({.content = file.tokens[id], .id = static_cast<std::int32_t>(id), .special = type == kControl});
  return out;
}

std::int32_t checked(const std::optional<std::int64_t>& id, const char* what, const Vocabulary& vocabulary) {
  if (!id) refuse_tokenizer(std::string("the file names no ") + what + " token");
  if (*id < 0 || *id >= vocabulary.size())
    refuse_tokenizer(std::string(what) + " token " + std::to_string(*id) + " is outside [0, " +
                     std::to_string(vocabulary.size()) + ")");
  return static_cast<std::int32_t>(*id);
}

SequenceTemplate around(const GgufVocabulary& file, const Vocabulary& vocabulary, bool adds_begin, bool adds_end) {
  std::vector<TemplatePart> single{{Kind::kFirst}};
  if (file.adds_begin.value_or(adds_begin))
    single.insert(single.begin(), {Kind::kToken, checked(file.begin_token, "begin", vocabulary), 0});
  if (file.adds_end.value_or(adds_end)) single.push_back({Kind::kToken, checked(file.end_token, "end", vocabulary), 0});
  return {single, {}};
}

std::vector<std::int32_t> special_ids(const SubwordParts& parts) {
  std::vector<std::int32_t> out;
  for (const AddedToken& token : parts.added_tokens)
    if (token.special) out.push_back(token.id);
  return out;
}

std::unique_ptr<Tokenizer> make_byte_level(const GgufVocabulary& file) {
  SubwordParts parts{.vocabulary = Vocabulary(entries(file.tokens)), .added_tokens = added_tokens(file)};
  BytePairOptions options;
  bool adds_begin = false;
  if (file.pre == "gpt-2" || file.pre == "smollm") {
    if (file.pre == "smollm") parts.pre_tokenizers.push_back(make_digit_split(/*individual=*/true));
    parts.pre_tokenizers.push_back(make_pattern_split(SplitPattern::kGpt2));
  } else if (file.pre == "llama-bpe" || file.pre == "llama3" || file.pre == "llama-v3") {
    parts.pre_tokenizers.push_back(make_pattern_split(SplitPattern::kLlama3));
    options.ignore_merges = adds_begin = true;
  } else if (file.pre == "qwen2") {
    parts.normalizers.push_back(make_unicode_form(UnicodeForm::kNfc));
    parts.pre_tokenizers.push_back(make_pattern_split(SplitPattern::kQwen2));
  } else {
    throw Error(ErrorCode::kData, "tokenizer.ggml.pre is '" + file.pre + "', which is not supported",
                "supported: gpt-2, smollm, llama-bpe, qwen2; choose one of these families");
  }
  if (file.adds_space.value_or(false)) parts.pre_tokenizers.insert(parts.pre_tokenizers.begin(), make_prefix_space());
  parts.around = around(file, parts.vocabulary, adds_begin, /*adds_end=*/false);

  std::vector<BytePair::Merge> merges;
  merges.reserve(file.merges.size());
  for (const std::string_view merge : file.merges) {
    const std::size_t space = merge.find(' ');
    if (space == std::string_view::npos) refuse_tokenizer("merge '" + std::string(merge) + "' is not two tokens");
    merges.push_back({merge.substr(0, space), merge.substr(space + 1), static_cast<std::uint32_t>(merges.size())});
  }
  options.hidden = special_ids(parts);
  parts.model = std::make_unique<BytePair>(parts.vocabulary, merges, options);
  spell_tokens(TokenAlphabet::kBytes, /*joins_bytes=*/false, parts);
  return std::make_unique<SubwordTokenizer>(std::move(parts));
}

constexpr const char* kSpace = "\xE2\x96\x81";  // U+2581

// What both models of SentencePiece share: spaces, and tokens that texts may become.
SubwordParts sentence_piece_parts(const GgufVocabulary& file, bool adds_begin, bool adds_end) {
  if (file.scores.size() != file.tokens.size())
    refuse_tokenizer(std::to_string(file.scores.size()) + " scores for " + std::to_string(file.tokens.size()) +
                     " tokens");
  SubwordParts parts{.vocabulary = Vocabulary(entries(file.tokens)), .added_tokens = added_tokens(file)};
  if (!file.charsmap.empty()) parts.normalizers.push_back(make_precompiled_charsmap(file.charsmap));
  if (file.removes_spaces.value_or(false)) {
    parts.normalizers.push_back(make_strip(/*left=*/true, /*right=*/true));
    parts.normalizers.push_back(make_replace_space_runs(" "));
  }
  if (file.adds_space.value_or(true)) {
    parts.normalizers.push_back(make_prepend(" "));
    parts.first_space = FirstSpace::kDropOne;
  }
  parts.normalizers.push_back(make_replace(" ", kSpace));
  parts.around = around(file, parts.vocabulary, adds_begin, adds_end);
  spell_tokens(TokenAlphabet::kCharacters, /*joins_bytes=*/true, parts);
  return parts;
}

// SentencePiece merges the pair whose token has the greatest score, the leftmost first: every way to part a token in
// two is a merge of that token's rank.
std::unique_ptr<Tokenizer> make_sentence_piece_bpe(const GgufVocabulary& file) {
  SubwordParts parts = sentence_piece_parts(file, /*adds_begin=*/true, /*adds_end=*/false);
  constexpr std::int64_t kNormal = 1;
  std::vector<std::size_t> by_score;
  for (std::size_t id = 0; id < file.tokens.size(); ++id)
    if (file.token_types.empty() || file.token_types[id] == kNormal) by_score.push_back(id);
  std::ranges::stable_sort(by_score, std::ranges::greater(), [&](std::size_t id) { return file.scores[id]; });
  std::vector<BytePair::Merge> merges;
  for (std::size_t rank = 0; rank < by_score.size(); ++rank) {
    const std::string_view token = file.tokens[by_score[rank]];
    for (std::size_t at = 1; at < token.size(); ++at) {
      if ((static_cast<unsigned char>(token[at]) & 0xC0) == 0x80) continue;
      const std::string_view left = token.substr(0, at), right = token.substr(at);
      if (parts.vocabulary.find(left) && parts.vocabulary.find(right))
        merges.push_back({left, right, static_cast<std::uint32_t>(rank)});
    }
  }
  BytePairOptions options{
      .byte_level = false, .byte_fallback = true, .fuse_unknown = true, .hidden = special_ids(parts)};
  if (file.unknown_token)
    options.unknown_token = parts.vocabulary.token(checked(file.unknown_token, "unknown", parts.vocabulary));
  parts.model = std::make_unique<BytePair>(parts.vocabulary, merges, options);
  return std::make_unique<SubwordTokenizer>(std::move(parts));
}

std::unique_ptr<Tokenizer> make_sentence_piece_unigram(const GgufVocabulary& file) {
  SubwordParts parts = sentence_piece_parts(file, /*adds_begin=*/false, /*adds_end=*/true);
  parts.model = std::make_unique<Unigram>(
      parts.vocabulary, UnigramOptions{.scores = file.scores,
                                       .unknown = checked(file.unknown_token, "unknown", parts.vocabulary),
                                       .byte_fallback = true,
                                       .hidden = special_ids(parts)});
  return std::make_unique<SubwordTokenizer>(std::move(parts));
}

// A word of GGUF has a mark at its start, where WordPiece has one at continuations; special tokens have neither.
std::string wordpiece_token(const std::string& token) {
  const bool marked = token.starts_with(kSpace) && token != kSpace;
  if (marked) return token.substr(std::string_view(kSpace).size());
  return token.starts_with('[') && token.ends_with(']') ? token : "##" + token;
}

std::unique_ptr<Tokenizer> make_wordpiece(const GgufVocabulary& file) {
  VocabularyEntries words = entries(file.tokens);
  for (auto& [token, id] : words) token = wordpiece_token(token);
  const auto named = [&](const std::optional<std::int64_t>& id, const char* otherwise) {
    if (!id) return std::string(otherwise);
    if (*id < 0 || *id >= std::ssize(words))
      refuse_tokenizer("token " + std::to_string(*id) + " is outside [0, " + std::to_string(words.size()) + ")");
    return words[static_cast<std::size_t>(*id)].first;
  };
  WordPieceOptions options;
  options.unknown_token = named(file.unknown_token, "[UNK]");
  options.class_token = named(file.class_token ? file.class_token : file.begin_token, "[CLS]");
  options.separator_token = named(file.separator_token ? file.separator_token : file.end_token, "[SEP]");
  options.special_tokens = {options.unknown_token, options.class_token, options.separator_token};
  for (const char* const token : {"[PAD]", "[MASK]"})
    if (std::ranges::find(words, token, &VocabularyEntries::value_type::first) != words.end())
      options.special_tokens.emplace_back(token);
  return std::make_unique<WordPiece>(std::move(words), options);
}

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(const GgufVocabulary& file) {
  if (file.model == "gpt2") return make_byte_level(file);
  if (file.model == "llama") return make_sentence_piece_bpe(file);
  if (file.model == "t5") return make_sentence_piece_unigram(file);
  if (file.model == "bert") return make_wordpiece(file);
  throw Error(ErrorCode::kData, "tokenizer.ggml.model is '" + file.model + "', which is not supported",
              "supported: gpt2, llama, t5, bert");
}

std::unique_ptr<Tokenizer> load_tokenizer(const GgufFile& file) {
  const auto bytes_of = [](const std::vector<std::int64_t>* list) {
    std::string out;
    if (list != nullptr)
      for (const std::int64_t byte : *list) out += static_cast<char>(byte);
    return out;
  };
  const auto key = [](const char* name) { return std::string("tokenizer.ggml.") + name; };
  const auto copy = [](const auto* list) { return list == nullptr ? std::decay_t<decltype(*list)>() : *list; };
  try {
    if (!file.text(key("model"))) refuse_tokenizer("the metadata has no tokenizer (tokenizer.ggml.model)");
    const auto kept = file.text("tokenizer.huggingface.json");
    if (kept && *file.text(key("model")) == "bert") return tokenizer_from_json(*kept);
    return make_tokenizer({.model = *file.text(key("model")),
                           .pre = file.text(key("pre")).value_or(""),
                           .tokens = copy(file.texts(key("tokens"))),
                           .merges = copy(file.texts(key("merges"))),
                           .token_types = copy(file.integers(key("token_type"))),
                           .scores = copy(file.numbers(key("scores"))),
                           .charsmap = bytes_of(file.integers(key("precompiled_charsmap"))),
                           .begin_token = file.integer(key("bos_token_id")),
                           .end_token = file.integer(key("eos_token_id")),
                           .unknown_token = file.integer(key("unknown_token_id")),
                           .class_token = file.integer(key("cls_token_id")),
                           .separator_token = file.integer(key("seperator_token_id")),  // as the format spells it
                           .adds_begin = file.boolean(key("add_bos_token")),
                           .adds_end = file.boolean(key("add_eos_token")),
                           .adds_space = file.boolean(key("add_space_prefix")),
                           .removes_spaces = file.boolean(key("remove_extra_whitespaces"))});
  } catch (const Error& e) {
    if (!e.place().file.empty()) throw;
    throw Error(e.code(), e.message(), e.hint(), {.file = file.path().string()});
  }
}

}  // namespace genre
