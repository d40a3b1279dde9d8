#include "genre/text/tokenizer.h"

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/text/wordpiece.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;
using Entries = std::vector<std::pair<std::string, std::int32_t>>;

[[noreturn]] void refuse(const std::string& fault) { throw Error(ErrorCode::kData, fault, "fetch the model again"); }

void expect_type(const json& part, const char* what, const std::string& wanted) {
  const std::string found = part.is_null() ? "none" : part.at("type").get<std::string>();
  if (found != wanted)
    throw Error(ErrorCode::kData, std::string(what) + " is '" + found + "', wanted '" + wanted + "'",
                "choose a model with a BERT tokenizer");
}

// The one token before and the one after the text, from either form of post-processor.
void read_template(const json& processor, WordPieceOptions& options) {
  if (processor.is_object() && processor.at("type") == "BertProcessing") {
    options.class_token = processor.at("cls").at(0).get<std::string>();
    options.separator_token = processor.at("sep").at(0).get<std::string>();
    return;
  }
  expect_type(processor, "post_processor", "TemplateProcessing");
  const json& parts = processor.at("single");
  if (parts.size() != 3 || !parts.at(0).contains("SpecialToken") || !parts.at(1).contains("Sequence") ||
      !parts.at(2).contains("SpecialToken"))
    refuse("post_processor is not one token, the text, one token");
  const auto token = [&](std::size_t i) { return parts.at(i).at("SpecialToken").at("id").get<std::string>(); };
  options.class_token = token(0);
  options.separator_token = token(2);
}

std::unique_ptr<Tokenizer> from_json(const fs::path& path) {
  const json file = json::parse(read_file(path));
  const json& model = file.at("model");
  expect_type(model, "model", "WordPiece");
  expect_type(file.at("pre_tokenizer"), "pre_tokenizer", "BertPreTokenizer");
  const json& normalizer = file.at("normalizer");
  expect_type(normalizer, "normalizer", "BertNormalizer");

  WordPieceOptions options;
  options.normalizer.clean_text = normalizer.at("clean_text").get<bool>();
  options.normalizer.handle_chinese_chars = normalizer.at("handle_chinese_chars").get<bool>();
  options.normalizer.lowercase = normalizer.at("lowercase").get<bool>();
  const json& strip_accents = normalizer.at("strip_accents");
  options.normalizer.strip_accents = strip_accents.is_null() ? options.normalizer.lowercase : strip_accents.get<bool>();
  options.continuing_prefix = model.at("continuing_subword_prefix").get<std::string>();
  options.maximum_word_characters = model.at("max_input_chars_per_word").get<int>();
  options.unknown_token = model.at("unk_token").get<std::string>();
  read_template(file.at("post_processor"), options);

  Entries vocabulary;
  const json& entries = model.at("vocab");
  if (!entries.is_object()) refuse("model.vocab is not an object");
  for (const auto& [token, id] : entries.items()) vocabulary.emplace_back(token, id.get<std::int32_t>());
  for (const json& added : file.at("added_tokens")) {
    const auto content = added.at("content").get<std::string>();
    // Stripping of spaces changes nothing here: spaces make no tokens.
    if (added.at("normalized").get<bool>() || added.at("single_word").get<bool>())
      refuse("added token '" + content + "' is normalized or single_word, which is not supported");
    const auto id = added.at("id").get<std::int32_t>();
    const auto known = entries.find(content);
    if (known == entries.end()) {
      vocabulary.emplace_back(content, id);
    } else if (*known != id) {
      refuse("added token '" + content + "' has id " + std::to_string(id) + ", the vocabulary says " + known->dump());
    }
    options.special_tokens.push_back(content);
  }
  return std::make_unique<WordPiece>(std::move(vocabulary), options);
}

std::unique_ptr<Tokenizer> from_vocabulary(const fs::path& path, const fs::path& settings) {
  Entries vocabulary;
  const std::string text = read_file(path);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const bool carriage_return = end > begin && text[end - 1] == '\r';
    vocabulary.emplace_back(text.substr(begin, end - begin - carriage_return),
                            static_cast<std::int32_t>(vocabulary.size()));
    begin = end + 1;
  }
  WordPieceOptions options;
  const json config = fs::exists(settings) ? json::parse(read_file(settings)) : json::object();
  options.normalizer.lowercase = config.value("do_lower_case", true);
  options.normalizer.handle_chinese_chars = config.value("tokenize_chinese_chars", true);
  const json strip_accents = config.value("strip_accents", json());
  options.normalizer.strip_accents = strip_accents.is_null() ? options.normalizer.lowercase : strip_accents.get<bool>();
  const auto token = [&](const char* key, const std::string& otherwise) {
    const json value = config.value(key, json(otherwise));
    const auto content = (value.is_object() ? value.at("content") : value).get<std::string>();
    options.special_tokens.push_back(content);
    return content;
  };
  options.unknown_token = token("unk_token", "[UNK]");
  options.class_token = token("cls_token", "[CLS]");
  options.separator_token = token("sep_token", "[SEP]");
  token("pad_token", "[PAD]");
  token("mask_token", "[MASK]");
  return std::make_unique<WordPiece>(std::move(vocabulary), options);
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& model_folder) {
  const fs::path whole = model_folder / "tokenizer.json", vocabulary = model_folder / "vocab.txt";
  const bool has_whole = fs::exists(whole);
  if (!has_whole && !fs::exists(vocabulary))
    throw Error(ErrorCode::kNotFound, "no tokenizer.json and no vocab.txt", "name a folder that holds a model",
                {.file = model_folder.string()});
  const fs::path& path = has_whole ? whole : vocabulary;
  try {
    return has_whole ? from_json(path) : from_vocabulary(path, model_folder / "tokenizer_config.json");
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kData, std::string("not a valid tokenizer: ") + e.what(), "fetch the model again",
                {.file = path.string()});
  } catch (const Error& e) {
    if (!e.place().file.empty()) throw;
    throw Error(e.code(), e.message(), e.hint(), {.file = path.string()});
  }
}

}  // namespace genre
