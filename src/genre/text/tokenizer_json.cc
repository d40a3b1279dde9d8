#include "genre/text/tokenizer_json.h"

#include <nlohmann/json.hpp>
#include <unordered_map>

#include "genre/base/error.h"
#include "genre/text/byte_pair.h"
#include "genre/text/json_integer.h"
#include "genre/text/tokenizer_json_parts.h"
#include "genre/text/tokenizer_stages_json.h"
#include "genre/text/unigram.h"
#include "genre/text/wordpiece.h"

namespace genre {
namespace {

using nlohmann::json;

void expect_type(const json& part, const char* what, const std::string& wanted) {
  if (const std::string found = type_of(part); found != wanted) refuse_kind(what, found, wanted);
}

std::string text_or_none(const json& part, const char* key) {
  const auto found = part.find(key);
  return found == part.end() || found->is_null() ? std::string() : found->get<std::string>();
}

struct Entries {
  VocabularyEntries entries;
  std::vector<AddedToken> added;
};

// `tokens` are those of the model, to which the added ones come that are not among them.
Entries read_vocabulary(const json& added_tokens, VocabularyEntries tokens) {
  Entries out{.entries = std::move(tokens), .added = {}};
  std::unordered_map<std::string, std::int32_t> known(out.entries.begin(), out.entries.end());
  for (const json& added : added_tokens) {
    AddedToken token{.content = added.at("content").get<std::string>(),
                     .id = json_integer(added.at("id")),
                     .special = flag_or(added, "special", true),
                     .left_strip = flag_or(added, "lstrip", false),
                     .right_strip = flag_or(added, "rstrip", false),
                     .normalized = flag_or(added, "normalized", false)};
    if (flag_or(added, "single_word", false))
      refuse_tokenizer("added token '" + token.content + "' is single_word, which is not supported");
    const auto [place, is_new] = known.emplace(token.content, token.id);
    if (is_new) {
      out.entries.emplace_back(token.content, token.id);
    } else if (place->second != token.id) {
      refuse_tokenizer("added token '" + token.content + "' has id " + std::to_string(token.id) +
                       ", the vocabulary says " + std::to_string(place->second));
    }
    out.added.push_back(std::move(token));
  }
  return out;
}

VocabularyEntries tokens_of_object(const json& vocabulary) {
  if (!vocabulary.is_object()) refuse_tokenizer("model.vocab is not an object");
  VocabularyEntries out;
  out.reserve(vocabulary.size());
  for (const auto& [token, id] : vocabulary.items()) out.emplace_back(token, json_integer(id));
  return out;
}

std::vector<std::int32_t> special_ids(const std::vector<AddedToken>& added) {
  std::vector<std::int32_t> out;
  for (const AddedToken& token : added)
    if (token.special) out.push_back(token.id);
  return out;
}

std::unique_ptr<Tokenizer> read_wordpiece(const json& file) {
  const json& model = file.at("model");
  expect_type(file.at("pre_tokenizer"), "pre_tokenizer", "BertPreTokenizer");
  const json& normalizer = file.at("normalizer");
  expect_type(normalizer, "normalizer", "BertNormalizer");

  WordPieceOptions options;
  options.normalizer.clean_text = normalizer.at("clean_text").get<bool>();
  options.normalizer.handle_chinese_chars = normalizer.at("handle_chinese_chars").get<bool>();
  options.normalizer.lowercase = normalizer.at("lowercase").get<bool>();
  options.normalizer.strip_accents = flag_or(normalizer, "strip_accents", options.normalizer.lowercase);
  options.continuing_prefix = model.at("continuing_subword_prefix").get<std::string>();
  options.maximum_word_characters = json_integer(model.at("max_input_chars_per_word"));
  options.unknown_token = model.at("unk_token").get<std::string>();
  if (file.contains("decoder") && !file["decoder"].is_null())
    options.cleanup = flag_or(file["decoder"], "cleanup", true);

  auto [entries, added] = read_vocabulary(file.at("added_tokens"), tokens_of_object(model.at("vocab")));
  for (const AddedToken& token : added) {
    // Stripping of spaces changes nothing here: spaces make no tokens.
    if (token.normalized) refuse_tokenizer("added token '" + token.content + "' is normalized, which is not supported");
    options.special_tokens.push_back(token.content);
  }
  options.around = read_template(file.at("post_processor").dump(), Vocabulary(entries));
  return std::make_unique<WordPiece>(std::move(entries), options);
}

std::vector<BytePair::Merge> read_merges(const json& list) {
  std::vector<BytePair::Merge> out;
  out.reserve(list.size());
  for (const json& merge : list) {
    const auto rank = static_cast<std::uint32_t>(out.size());
    if (merge.is_array() && merge.size() == 2) {
      out.push_back({merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>(), rank});
      continue;
    }
    const std::string_view text = merge.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
      refuse_tokenizer("merge '" + std::string(text) + "' is not two tokens");
    out.push_back({text.substr(0, space), text.substr(space + 1), rank});
  }
  return out;
}

// Vocabulary, added tokens and stages; the file's model is read before and no longer in it.
TokenAlphabet read_parts(json& file, Entries entries, std::unique_ptr<SubwordParts>& parts) {
  parts = std::make_unique<SubwordParts>(
      SubwordParts{.vocabulary = Vocabulary(std::move(entries.entries)), .added_tokens = std::move(entries.added)});
  return read_stages(file.dump(), *parts);
}

std::unique_ptr<Tokenizer> read_byte_pair(json& file) {
  const json model = std::move(file["model"]);
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!text_or_none(model, key).empty()) refuse_kind(std::string("model.") + key, model[key].dump(), "none");
  if (const json dropout = model.value("dropout", json()); !dropout.is_null() && dropout != 0)
    refuse_kind("model.dropout", dropout.dump(), "none");

  std::unique_ptr<SubwordParts> parts;
  const TokenAlphabet alphabet =
      read_parts(file, read_vocabulary(file.at("added_tokens"), tokens_of_object(model.at("vocab"))), parts);
  const BytePairOptions options{.byte_level = alphabet == TokenAlphabet::kBytes,
                                .byte_fallback = flag_or(model, "byte_fallback", false),
                                .unknown_token = text_or_none(model, "unk_token"),
                                .fuse_unknown = flag_or(model, "fuse_unk", false),
                                .ignore_merges = flag_or(model, "ignore_merges", false),
                                .hidden = special_ids(parts->added_tokens)};
  parts->model = std::make_unique<BytePair>(parts->vocabulary, read_merges(model.at("merges")), options);
  return std::make_unique<SubwordTokenizer>(std::move(*parts));
}

std::unique_ptr<Tokenizer> read_unigram(json& file) {
  const json model = std::move(file["model"]);
  VocabularyEntries tokens;
  UnigramOptions options;
  for (const json& piece : model.at("vocab")) {
    tokens.emplace_back(piece.at(0).get<std::string>(), static_cast<std::int32_t>(tokens.size()));
    options.scores.push_back(piece.at(1).get<double>());
  }
  std::unique_ptr<SubwordParts> parts;
  if (read_parts(file, read_vocabulary(file.at("added_tokens"), std::move(tokens)), parts) == TokenAlphabet::kBytes)
    refuse_kind("pre_tokenizer of a Unigram model", "ByteLevel", "Metaspace, WhitespaceSplit");
  if (const json unknown = model.value("unk_id", json()); !unknown.is_null()) options.unknown = json_integer(unknown);
  options.byte_fallback = flag_or(model, "byte_fallback", false);
  options.hidden = special_ids(parts->added_tokens);
  parts->model = std::make_unique<Unigram>(parts->vocabulary, options);
  return std::make_unique<SubwordTokenizer>(std::move(*parts));
}

}  // namespace

std::unique_ptr<Tokenizer> tokenizer_from_json(std::string_view text) {
  try {
    json file = json::parse(text);
    const std::string type = type_of(file.at("model"));
    if (type == "WordPiece") return read_wordpiece(file);
    if (type == "BPE") return read_byte_pair(file);
    if (type == "Unigram") return read_unigram(file);
    refuse_kind("model", type, "WordPiece, BPE, Unigram");
  } catch (const nlohmann::json::exception& e) {
    refuse_tokenizer(std::string("not a valid tokenizer: ") + e.what());
  }
}

}  // namespace genre
