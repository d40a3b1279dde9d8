#include "genre/text/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/text/byte_level.h"
#include "genre/text/byte_pair.h"
#include "genre/text/wordpiece.h"

namespace genre {
namespace {

using nlohmann::json;
using Kind = TemplatePart::Kind;

[[noreturn]] void refuse(const std::string& fault) { throw Error(ErrorCode::kData, fault, "fetch the model again"); }

[[noreturn]] void refuse_kind(const std::string& what, const std::string& found, const std::string& wanted) {
  throw Error(ErrorCode::kData, what + " is '" + found + "', which is not supported; supported: " + wanted,
              "choose a model with another tokenizer");
}

std::string type_of(const json& part) { return part.is_null() ? "none" : part.at("type").get<std::string>(); }

void expect_type(const json& part, const char* what, const std::string& wanted) {
  if (const std::string found = type_of(part); found != wanted) refuse_kind(what, found, wanted);
}

bool flag(const json& part, const char* key, bool otherwise) {
  const auto found = part.find(key);
  return found == part.end() || found->is_null() ? otherwise : found->get<bool>();
}

std::string text_or_none(const json& part, const char* key) {
  const auto found = part.find(key);
  return found == part.end() || found->is_null() ? std::string() : found->get<std::string>();
}

// The members of a Sequence, or the part itself, or nothing.
std::vector<json> steps(const json& part, const char* key) {
  if (part.is_null()) return {};
  if (part.at("type") != "Sequence") return {part};
  std::vector<json> out;
  for (const json& step : part.at(key))
    for (json& inner : steps(step, key)) out.push_back(std::move(inner));
  return out;
}

struct Entries {
  VocabularyEntries entries;
  std::vector<AddedToken> added;
};

Entries read_vocabulary(const json& file) {
  Entries out;
  const json& tokens = file.at("model").at("vocab");
  if (!tokens.is_object()) refuse("model.vocab is not an object");
  for (const auto& [token, id] : tokens.items()) out.entries.emplace_back(token, id.get<std::int32_t>());
  for (const json& added : file.at("added_tokens")) {
    AddedToken token{.content = added.at("content").get<std::string>(),
                     .id = added.at("id").get<std::int32_t>(),
                     .special = flag(added, "special", true),
                     .left_strip = flag(added, "lstrip", false),
                     .right_strip = flag(added, "rstrip", false),
                     .normalized = flag(added, "normalized", false)};
    if (flag(added, "single_word", false))
      refuse("added token '" + token.content + "' is single_word, which is not supported");
    const auto known = tokens.find(token.content);
    if (known == tokens.end()) {
      out.entries.emplace_back(token.content, token.id);
    } else if (*known != token.id) {
      refuse("added token '" + token.content + "' has id " + std::to_string(token.id) + ", the vocabulary says " +
             known->dump());
    }
    out.added.push_back(std::move(token));
  }
  return out;
}

// The special tokens around texts, from every form of post-processor.
SequenceTemplate read_template(const json& processor, const Vocabulary& vocabulary) {
  const auto token = [&](const std::string& name, std::int32_t segment) {
    return TemplatePart{Kind::kToken, vocabulary.at(name), segment};
  };
  const TemplatePart first{Kind::kFirst};
  const std::string type = type_of(processor);
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    const auto begin = processor.at("cls").at(0).get<std::string>(), end = processor.at("sep").at(0).get<std::string>();
    const bool bert = type == "BertProcessing";
    std::vector<TemplatePart> pair{token(begin, 0), first, token(end, 0)};
    if (!bert) pair.push_back(token(end, 0));
    pair.push_back({Kind::kSecond, 0, bert});
    pair.push_back(token(end, bert));
    return {{token(begin, 0), first, token(end, 0)}, std::move(pair)};
  }
  if (type != "TemplateProcessing")
    refuse_kind("post_processor", type, "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel");
  const auto read = [&](const char* key) {
    std::vector<TemplatePart> out;
    for (const json& part : processor.value(key, json::array())) {
      if (part.contains("Sequence")) {
        const json& text = part.at("Sequence");
        out.push_back({text.at("id") == "A" ? Kind::kFirst : Kind::kSecond, 0, text.value("type_id", 0)});
        continue;
      }
      const json& special = part.at("SpecialToken");
      const auto name = special.at("id").get<std::string>();
      const std::int32_t segment = special.value("type_id", 0);
      const json& table = processor.value("special_tokens", json::object());
      if (!table.contains(name)) {
        out.push_back(token(name, segment));
        continue;
      }
      for (const json& id : table.at(name).at("ids")) {
        const auto number = id.get<std::int32_t>();
        if (number < 0 || number >= vocabulary.size())
          refuse("post_processor names the id " + std::to_string(number) + ", the vocabulary has " +
                 std::to_string(vocabulary.size()) + " tokens");
        out.push_back({Kind::kToken, number, segment});
      }
    }
    return out;
  };
  return {read("single"), read("pair")};
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
  options.normalizer.strip_accents = flag(normalizer, "strip_accents", options.normalizer.lowercase);
  options.continuing_prefix = model.at("continuing_subword_prefix").get<std::string>();
  options.maximum_word_characters = model.at("max_input_chars_per_word").get<int>();
  options.unknown_token = model.at("unk_token").get<std::string>();
  if (file.contains("decoder") && !file["decoder"].is_null()) options.cleanup = flag(file["decoder"], "cleanup", true);

  auto [entries, added] = read_vocabulary(file);
  for (const AddedToken& token : added) {
    // Stripping of spaces changes nothing here: spaces make no tokens.
    if (token.normalized) refuse("added token '" + token.content + "' is normalized, which is not supported");
    options.special_tokens.push_back(token.content);
  }
  options.around = read_template(file.at("post_processor"), Vocabulary(entries));
  return std::make_unique<WordPiece>(std::move(entries), options);
}

void read_normalizers(const json& normalizer, SubwordParts& parts) {
  for (const json& step : steps(normalizer, "normalizers")) {
    const std::string type = type_of(step);
    if (type == "NFC") {
      parts.normalizers.push_back(make_nfc());
    } else {
      refuse_kind("normalizer", type, "NFC");
    }
  }
}

void read_pre_tokenizers(const json& pre_tokenizer, SubwordParts& parts) {
  auto& out = parts.pre_tokenizers;
  for (const json& step : steps(pre_tokenizer, "pretokenizers")) {
    const std::string type = type_of(step);
    if (type == "ByteLevel") {
      if (flag(step, "add_prefix_space", true)) out.push_back(make_prefix_space());
      if (flag(step, "use_regex", true)) out.push_back(make_pattern_split(SplitPattern::kGpt2));
    } else if (type == "Digits") {
      out.push_back(make_digit_split(flag(step, "individual_digits", false)));
    } else if (type == "Split") {
      const auto expression = text_or_none(step.at("pattern"), "Regex");
      const auto pattern = split_pattern(expression);
      const auto behavior = step.at("behavior").get<std::string>();
      if (!pattern)
        refuse_kind("pre_tokenizer's pattern", step.at("pattern").dump(), "those of GPT-2, Llama 3 and Qwen2");
      if (behavior != "Isolated" && !(behavior == "Removed" && flag(step, "invert", false)))
        refuse_kind("pre_tokenizer's behavior", behavior, "Isolated");
      out.push_back(make_pattern_split(*pattern));
    } else {
      refuse_kind("pre_tokenizer", type, "ByteLevel, Digits, Split, Sequence of these");
    }
  }
}

void read_post_processors(const json& processor, SubwordParts& parts) {
  for (const json& step : steps(processor, "processors")) {
    const std::string type = type_of(step);
    if (type == "ByteLevel" || type == "RobertaProcessing") {
      parts.trim_offsets = flag(step, "trim_offsets", true);
      parts.adds_space = flag(step, "add_prefix_space", true);
    }
    if (type != "ByteLevel") parts.around = read_template(step, parts.vocabulary);
  }
}

std::vector<BytePair::Merge> read_merges(const json& list) {
  std::vector<BytePair::Merge> out;
  out.reserve(list.size());
  for (const json& merge : list) {
    if (merge.is_array() && merge.size() == 2) {
      out.emplace_back(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>());
      continue;
    }
    const std::string_view text = merge.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos)
      refuse("merge '" + std::string(text) + "' is not two tokens");
    out.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
  return out;
}

std::unique_ptr<Tokenizer> read_byte_pair(const json& file) {
  const json& model = file.at("model");
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!text_or_none(model, key).empty()) refuse_kind(std::string("model.") + key, model[key].dump(), "none");
  if (!model.value("dropout", json()).is_null() && model["dropout"] != 0)
    refuse_kind("model.dropout", model["dropout"].dump(), "none");

  auto [entries, added] = read_vocabulary(file);
  SubwordParts parts{.vocabulary = Vocabulary(std::move(entries)), .added_tokens = std::move(added)};
  read_normalizers(file.value("normalizer", json()), parts);
  const json pre_tokenizer = file.value("pre_tokenizer", json());
  read_pre_tokenizers(pre_tokenizer, parts);
  read_post_processors(file.value("post_processor", json()), parts);

  BytePairOptions options{
      .byte_level = std::ranges::any_of(steps(pre_tokenizer, "pretokenizers"),
                                        [](const json& step) { return type_of(step) == "ByteLevel"; }),
      .byte_fallback = flag(model, "byte_fallback", false),
      .unknown_token = text_or_none(model, "unk_token"),
      .fuse_unknown = flag(model, "fuse_unk", false),
      .ignore_merges = flag(model, "ignore_merges", false)};
  if (!options.byte_level) refuse_kind("pre_tokenizer of a BPE model", type_of(pre_tokenizer), "one with ByteLevel");
  for (const AddedToken& token : parts.added_tokens)
    if (token.special) options.hidden.push_back(token.id);
  parts.model = std::make_unique<BytePair>(parts.vocabulary, read_merges(model.at("merges")), options);

  for (std::int32_t id = 0; id < parts.vocabulary.size(); ++id) {
    const std::string& token = parts.vocabulary.token(id);
    parts.bytes.push_back(bytes_of_characters(token).value_or(token));
  }
  for (const AddedToken& token : parts.added_tokens) parts.bytes[static_cast<std::size_t>(token.id)] = token.content;
  return std::make_unique<SubwordTokenizer>(std::move(parts));
}

}  // namespace

std::unique_ptr<Tokenizer> tokenizer_from_json(std::string_view text) {
  try {
    const json file = json::parse(text);
    const std::string type = type_of(file.at("model"));
    if (type == "WordPiece") return read_wordpiece(file);
    if (type == "BPE") return read_byte_pair(file);
    refuse_kind("model", type, "WordPiece, BPE");
  } catch (const nlohmann::json::exception& e) {
    refuse(std::string("not a valid tokenizer: ") + e.what());
  }
}

}  // namespace genre
