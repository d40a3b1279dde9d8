#include "genre/text/tokenizer.h"

#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/text/tokenizer_gguf.h"
#include "genre/text/tokenizer_json.h"
#include "genre/text/wordpiece.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

std::unique_ptr<Tokenizer> from_vocabulary(const fs::path& path, const fs::path& settings) {
  VocabularyEntries vocabulary;
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

std::unique_ptr<Tokenizer> load_tokenizer(const fs::path& model) {
  if (model.extension() == ".gguf") return load_tokenizer(GgufFile(model));
  const fs::path whole = model / "tokenizer.json", vocabulary = model / "vocab.txt";
  const bool has_whole = fs::exists(whole);
  if (!has_whole && !fs::exists(vocabulary)) {
    if (fs::is_directory(model))
      for (const auto& entry : fs::directory_iterator(model))
        if (entry.path().extension() == ".gguf") return load_tokenizer(GgufFile(entry.path()));
    throw Error(ErrorCode::kNotFound, "no tokenizer.json, no vocab.txt and no GGUF file", "name a folder that holds a model",
                {.file = model.string()});
  }
  const fs::path& path = has_whole ? whole : vocabulary;
  try {
    return has_whole ? tokenizer_from_json(read_file(path))
                     : from_vocabulary(path, model / "tokenizer_config.json");
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kData, std::string("not a valid tokenizer: ") + e.what(), "fetch the model again",
                {.file = path.string()});
  } catch (const Error& e) {
    if (!e.place().file.empty()) throw;
    throw Error(e.code(), e.message(), e.hint(), {.file = path.string()});
  }
}

}  // namespace genre
