#include "genre/lm/gguf_tokenizer.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/text/json_integer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kWhole = "tokenizer.huggingface.json";
constexpr std::string_view kWordStart = "\u2581";
enum TokenType : std::int32_t { kNormal = 1, kControl = 3, kUserDefined = 4, kUnused = 5 };
// Names in tokenizer_config.json and in GGUF, whose misspelling is part of the format.
constexpr std::pair<const char*, const char*> kSpecial[] = {
    {"bos_token", "bos_token_id"},     {"eos_token", "eos_token_id"},       {"unk_token", "unknown_token_id"},
    {"pad_token", "padding_token_id"}, {"sep_token", "seperator_token_id"}, {"cls_token", "cls_token_id"},
    {"mask_token", "mask_token_id"}};

[[noreturn]] void refuse_tokenizer_of(const fs::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "choose another model", {.file = path.string()});
}

Json parse_or_empty(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) ? Json::parse(read_file(path)) : Json::object();
}

// GGUF writes the words of WordPiece with a mark at their start instead of one at their continuations.
std::string gguf_word(const std::string& token) {
  if (token.starts_with('[') && token.ends_with(']')) return token;
  return token.starts_with("##") ? token.substr(2) : std::string(kWordStart) + token;
}
std::string word_of_gguf(const std::string& token) {
  if (token.starts_with('[') && token.ends_with(']')) return token;
  return token.starts_with(kWordStart) ? token.substr(kWordStart.size()) : "##" + token;
}

// The name that GGUF gives to a way of splitting text before merging.
std::string split_name(const Json& tokenizer, const std::string& architecture) {
  const std::string text = tokenizer.contains("pre_tokenizer") ? tokenizer.at("pre_tokenizer").dump() : "";
  if (architecture.starts_with("qwen")) return "qwen2";
  if (text.find("{1,3}") != std::string::npos) return "llama-bpe";
  return text.find("Digits") != std::string::npos ? "smollm" : "gpt-2";
}

Json split_of_name(const std::string& name) {
  const auto byte_level = [](bool split) {
    return Json{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", split}};
  };
  const auto by_pattern = [&](const std::string& digits) {
    const std::string pattern = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + digits +
                                "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    const Json split = {
        {"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
    return Json{{"type", "Sequence"}, {"pretokenizers", {split, byte_level(false)}}};
  };
  if (name == "gpt-2" || name == "default") return byte_level(true);
  if (name == "qwen2") return by_pattern("");
  if (name == "llama-bpe") return by_pattern("{1,3}");
  if (name == "smollm")
    return {{"type", "Sequence"},
            {"pretokenizers", {Json{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}}};
  return {};
}

std::optional<std::string> special_text(const Json& config, const char* name) {
  if (!config.contains(name)) return std::nullopt;
  const Json& value = config.at(name);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content")) return value.at("content").get<std::string>();
  return std::nullopt;
}

struct Vocabulary {
  std::vector<std::string> tokens;
  std::vector<std::int32_t> types;
};

Vocabulary read_vocabulary(const Json& tokenizer, const fs::path& path, std::int64_t rows) {
  Vocabulary out{std::vector<std::string>(rows), std::vector<std::int32_t>(rows, kUnused)};
  const auto enter = [&](std::int64_t id, const std::string& token, TokenType type) {
    if (id < 0 || id >= rows)
      refuse_tokenizer_of(path, "token '" + token + "' has id " + std::to_string(id) + ", the embedding " +
                                    std::to_string(rows) + " rows");
    out.tokens[id] = token;
    out.types[id] = type;
  };
  for (const auto& [token, id] : tokenizer.at("model").at("vocab").items()) enter(json_integer(id), token, kNormal);
  if (tokenizer.contains("added_tokens"))
    for (const Json& added : tokenizer.at("added_tokens"))
      enter(json_integer(added.at("id")), added.at("content").get<std::string>(),
            added.value("special", false) ? kControl : kUserDefined);
  for (std::int64_t id = 0; id < rows; ++id)
    if (out.types[id] == kUnused) out.tokens[id] = "[PAD" + std::to_string(id) + "]";
  return out;
}

std::vector<std::string> read_merges(const Json& model) {
  std::vector<std::string> out;
  for (const Json& merge : model.at("merges"))
    out.push_back(merge.is_string() ? merge.get<std::string>()
                                    : merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>());
  return out;
}

}  // namespace

void write_gguf_tokenizer(const fs::path& folder, const std::string& architecture, std::int64_t vocabulary,
                          GgufWriter& out) {
  const fs::path path = folder / "tokenizer.json";
  const std::string whole = read_file(path);
  try {
    const Json tokenizer = Json::parse(whole), config = parse_or_empty(folder / "tokenizer_config.json");
    const Json& model = tokenizer.at("model");
    const std::string kind = model.value("type", "");
    if (model.value("byte_fallback", false) || (kind != "BPE" && kind != "WordPiece"))
      refuse_tokenizer_of(
          path, "a tokenizer of kind '" + kind + "' is not written to GGUF, wanted byte-level BPE or WordPiece");
    Vocabulary words = read_vocabulary(tokenizer, path, vocabulary);
    std::map<std::string, std::uint32_t> ids;
    for (std::size_t id = 0; id < words.tokens.size(); ++id) ids[words.tokens[id]] = static_cast<std::uint32_t>(id);
    if (kind == "BPE") {
      out.set_text("tokenizer.ggml.model", "gpt2");
      out.set_text("tokenizer.ggml.pre", split_name(tokenizer, architecture));
      out.set_texts("tokenizer.ggml.merges", read_merges(model));
    } else {
      out.set_text("tokenizer.ggml.model", "bert");
      for (auto& token : words.tokens) token = gguf_word(token);
    }
    out.set_texts("tokenizer.ggml.tokens", words.tokens);
    out.set_integers("tokenizer.ggml.token_type", words.types);
    const Json model_config = parse_or_empty(folder / "config.json");
    for (const auto& [name, key] : kSpecial) {
      const auto token = special_text(config, name);
      const std::string by_id = std::string(name) + "_id";
      if (token && ids.contains(*token))
        out.set_integer(std::string("tokenizer.ggml.") + key, ids.at(*token));
      else if (model_config.contains(by_id) && model_config.at(by_id).is_number_unsigned())
        out.set_integer(std::string("tokenizer.ggml.") + key, model_config.at(by_id).get<std::uint32_t>());
    }
    if (config.contains("add_bos_token") && config.at("add_bos_token").is_boolean())
      out.set_boolean("tokenizer.ggml.add_bos_token", config.at("add_bos_token").get<bool>());
    std::error_code error;
    if (config.contains("chat_template") && config.at("chat_template").is_string())
      out.set_text("tokenizer.chat_template", config.at("chat_template").get<std::string>());
    else if (fs::is_regular_file(folder / "chat_template.jinja", error))
      out.set_text("tokenizer.chat_template", read_file(folder / "chat_template.jinja"));
    out.set_text(kWhole, whole);
  } catch (const nlohmann::json::exception& e) {
    refuse_tokenizer_of(path, std::string("not a tokenizer: ") + e.what());
  }
}

namespace {

Json tokenizer_of(const GgufFile& file, const std::vector<std::string>& tokens) {
  const std::string kind = file.text("tokenizer.ggml.model").value_or(""),
                    pre = file.text("tokenizer.ggml.pre").value_or("gpt-2");
  const auto* const types = file.integers("tokenizer.ggml.token_type");
  const auto type_of = [&](std::size_t id) -> std::int64_t {
    if (types == nullptr || id >= types->size()) return kNormal;
    return (*types)[id];
  };
  Json added = Json::array(), vocab = Json::object();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    const std::string token = kind == "bert" ? word_of_gguf(tokens[id]) : tokens[id];
    if (type_of(id) != kUnused) vocab[token] = id;
    if (type_of(id) == kControl || type_of(id) == kUserDefined)
      added.push_back({{"id", id},
                       {"content", token},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", type_of(id) == kControl}});
  }
  Json out = {{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"added_tokens", added}};
  if (kind == "bert") {
    out["normalizer"] = {{"type", "BertNormalizer"},
                         {"clean_text", true},
                         {"handle_chinese_chars", true},
                         {"strip_accents", nullptr},
                         {"lowercase", true}};
    out["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
    out["post_processor"] = {{"type", "BertProcessing"},
                             {"sep", {"[SEP]", vocab.value("[SEP]", 102)}},
                             {"cls", {"[CLS]", vocab.value("[CLS]", 101)}}};
    out["decoder"] = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
    out["model"] = {{"type", "WordPiece"},
                    {"unk_token", "[UNK]"},
                    {"continuing_subword_prefix", "##"},
                    {"max_input_chars_per_word", 100},
                    {"vocab", vocab}};
    return out;
  }
  const Json split = split_of_name(pre);
  const auto* const merges = file.texts("tokenizer.ggml.merges");
  if (kind != "gpt2" || split.is_null() || merges == nullptr)
    refuse_tokenizer_of(file.path(),
                        "a tokenizer of kind '" + kind + "', '" + pre + "' is not converted, wanted gpt2 or bert");
  out["normalizer"] = pre == "qwen2" ? Json{{"type", "NFC"}} : Json();
  out["pre_tokenizer"] = split;
  out["post_processor"] = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  out["decoder"] = out["post_processor"];
  out["model"] = {{"type", "BPE"},
                  {"dropout", nullptr},
                  {"unk_token", nullptr},
                  {"continuing_subword_prefix", nullptr},
                  {"end_of_word_suffix", nullptr},
                  {"fuse_unk", false},
                  {"byte_fallback", false},
                  {"vocab", vocab},
                  {"merges", *merges}};
  return out;
}

}  // namespace

void write_folder_tokenizer(const GgufFile& file, const fs::path& folder) {
  const auto* const tokens = file.texts("tokenizer.ggml.tokens");
  const auto whole = file.text(kWhole);
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  if (whole)
    write_file_atomic(folder / "tokenizer.json", *whole);
  else if (tokens != nullptr)
    write_file_atomic(folder / "tokenizer.json", tokenizer_of(file, *tokens).dump(-1, ' ', false, kReplace));
  std::error_code error;
  if (tokens == nullptr || fs::exists(folder / "tokenizer_config.json", error)) return;
  Json config = {{"tokenizer_class", "PreTrainedTokenizerFast"}, {"clean_up_tokenization_spaces", false}};
  for (const auto& [name, key] : kSpecial) {
    const auto id = file.integer(std::string("tokenizer.ggml.") + key);
    if (id && *id >= 0 && *id < std::ssize(*tokens)) config[name] = (*tokens)[static_cast<std::size_t>(*id)];
  }
  if (const auto add = file.boolean("tokenizer.ggml.add_bos_token")) config["add_bos_token"] = *add;
  if (const auto chat = file.text("tokenizer.chat_template")) config["chat_template"] = *chat;
  write_file_atomic(folder / "tokenizer_config.json", config.dump(2, ' ', false, kReplace) + "\n");
}

}  // namespace genre
