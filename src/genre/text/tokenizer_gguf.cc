#include "genre/text/tokenizer_gguf.h"

#include "genre/base/error.h"
#include "genre/text/byte_level.h"
#include "genre/text/byte_pair.h"
#include "genre/text/subword_tokenizer.h"

namespace genre {
namespace {

using Kind = TemplatePart::Kind;

[[noreturn]] void refuse(const std::string& fault) { throw Error(ErrorCode::kData, fault, "fetch the model again"); }

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
    refuse(std::to_string(file.token_types.size()) + " token types for " + std::to_string(file.tokens.size()) +
           " tokens");
  std::vector<AddedToken> out;
  for (std::size_t id = 0; id < file.token_types.size(); ++id)
    if (const std::int64_t type = file.token_types[id]; type == kControl || type == kUserDefined)
      out.push_back({.content = file.tokens[id], .id = static_cast<std::int32_t>(id), .special = type == kControl});
  return out;
}

std::int32_t checked(const std::optional<std::int64_t>& id, const char* what, const Vocabulary& vocabulary) {
  if (!id) refuse(std::string("the file names no ") + what + " token");
  if (*id < 0 || *id >= vocabulary.size())
    refuse(std::string(what) + " token " + std::to_string(*id) + " is outside [0, " +
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
    parts.normalizers.push_back(make_nfc());
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
    if (space == std::string_view::npos) refuse("merge '" + std::string(merge) + "' is not two tokens");
    merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  for (const AddedToken& token : parts.added_tokens)
    if (token.special) options.hidden.push_back(token.id);
  parts.model = std::make_unique<BytePair>(parts.vocabulary, merges, options);
  for (const std::string& token : file.tokens) parts.bytes.push_back(bytes_of_characters(token).value_or(token));
  for (const AddedToken& token : parts.added_tokens) parts.bytes[static_cast<std::size_t>(token.id)] = token.content;
  return std::make_unique<SubwordTokenizer>(std::move(parts));
}

}  // namespace

std::unique_ptr<Tokenizer> make_tokenizer(const GgufVocabulary& file) {
  if (file.model == "gpt2") return make_byte_level(file);
  throw Error(ErrorCode::kData, "tokenizer.ggml.model is '" + file.model + "', which is not supported",
              "supported: gpt2");
}

std::unique_ptr<Tokenizer> load_tokenizer(const GgufFile& file) {
  const auto key = [](const char* name) { return std::string("tokenizer.ggml.") + name; };
  const auto copy = [](const auto* list) { return list == nullptr ? std::decay_t<decltype(*list)>() : *list; };
  try {
    if (!file.text(key("model"))) refuse("the metadata has no tokenizer (tokenizer.ggml.model)");
    return make_tokenizer({.model = *file.text(key("model")),
                           .pre = file.text(key("pre")).value_or(""),
                           .tokens = copy(file.texts(key("tokens"))),
                           .merges = copy(file.texts(key("merges"))),
                           .token_types = copy(file.integers(key("token_type"))),
                           .begin_token = file.integer(key("bos_token_id")),
                           .end_token = file.integer(key("eos_token_id")),
                           .unknown_token = file.integer(key("unknown_token_id")),
                           .adds_begin = file.boolean(key("add_bos_token")),
                           .adds_end = file.boolean(key("add_eos_token")),
                           .adds_space = file.boolean(key("add_space_prefix"))});
  } catch (const Error& e) {
    if (!e.place().file.empty()) throw;
    throw Error(e.code(), e.message(), e.hint(), {.file = file.path().string()});
  }
}

}  // namespace genre
