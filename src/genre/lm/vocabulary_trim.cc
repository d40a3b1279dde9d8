#include "genre/lm/vocabulary_trim.h"

#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/text/json_integer.h"
#include "genre/text/tokenizer.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const fs::path& path, const std::string& fault) {
  throw Error(ErrorCode::kData, fault, "leave --vocabulary out", {.file = path.string()});
}

json parse(const fs::path& path) {
  try {
    return json::parse(read_file(path));
  } catch (const json::exception& e) {
    refuse(path, std::string("not valid JSON: ") + e.what());
  }
}

std::vector<std::string> lines_of(const fs::path& path) {
  const std::string text = read_file(path);
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    if (out.back().ends_with('\r')) out.back().pop_back();
    begin = end + 1;
  }
  return out;
}

bool one_character(std::string_view piece) {
  if (piece.starts_with("##")) piece.remove_prefix(2);
  std::size_t characters = 0;
  for (const char byte : piece) characters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return characters == 1;
}

// "<0x1F>", the byte of a tokenizer that falls back to bytes.
bool is_byte(std::string_view piece) { return piece.size() == 6 && piece.starts_with("<0x") && piece.ends_with('>'); }

// The pieces of tokenizer.json by id, those of added tokens among them.
std::map<std::int64_t, std::string> pieces_of(const json& file, const fs::path& path) {
  std::map<std::int64_t, std::string> out;
  const json& model = file.at("model");
  const std::string type = model.value("type", "");
  if (type == "WordPiece" || type == "BPE") {
    for (const auto& [piece, id] : model.at("vocab").items()) out[json_integer(id)] = piece;
  } else if (type == "Unigram") {
    for (const json& entry : model.at("vocab")) out[std::ssize(out)] = entry.at(0).get<std::string>();
  } else {
    refuse(path, "a tokenizer of kind '" + type + "' is not trimmed, wanted WordPiece, BPE or Unigram");
  }
  for (const json& token : file.value("added_tokens", json::array()))
    out[json_integer(token.at("id"))] = token.at("content").get<std::string>();
  return out;
}

std::pair<std::string, std::string> merge_of(const json& merge) {
  if (merge.is_array()) return {merge.at(0).get<std::string>(), merge.at(1).get<std::string>()};
  const std::string text = merge.get<std::string>();
  const auto space = text.find(' ', 1);
  return {text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1)};
}

// Adds what every kept piece of a BPE vocabulary may be merged from.
void add_parts(const json& model, const std::map<std::int64_t, std::string>& pieces, std::set<std::int64_t>& kept) {
  std::multimap<std::string, std::pair<std::string, std::string>> merges;
  for (const json& merge : model.at("merges")) {
    const auto parts = merge_of(merge);
    merges.emplace(parts.first + parts.second, parts);
  }
  std::map<std::string, std::int64_t> ids;
  for (const auto& [id, piece] : pieces) ids[piece] = id;
  std::vector<std::int64_t> open(kept.begin(), kept.end());
  while (!open.empty()) {
    const auto found = pieces.find(open.back());
    open.pop_back();
    if (found == pieces.end()) continue;
    const auto [begin, end] = merges.equal_range(found->second);
    for (auto merge = begin; merge != end; ++merge)
      for (const auto& part : {merge->second.first, merge->second.second}) {
        const auto id = ids.find(part);
        if (id != ids.end() && kept.insert(id->second).second) open.push_back(id->second);
      }
  }
}

// The price of an unknown character follows from the lowest score, which must not change.
std::int64_t least_likely(const json& vocabulary) {
  std::int64_t out = 0;
  for (std::int64_t id = 1; id < std::ssize(vocabulary); ++id)
    if (vocabulary.at(id).at(1).get<double>() < vocabulary.at(out).at(1).get<double>()) out = id;
  return out;
}

// What the post-processor puts around texts: calls body(id) with a reference to each id in it.
void for_each_id(json& processor, const auto& body) {
  if (!processor.is_object()) return;
  if (processor.contains("processors"))
    for (json& part : processor.at("processors")) for_each_id(part, body);
  for (const char* const key : {"sep", "cls"})
    if (processor.contains(key) && processor.at(key).is_array()) body(processor.at(key).at(1));
  if (processor.contains("special_tokens") && processor.at("special_tokens").is_object())
    for (auto& [unused, token] : processor.at("special_tokens").items())
      for (json& id : token.at("ids")) body(id);
}

// Ids in settings: "pad_token_id" and the like.
void for_each_setting(json& settings, const auto& body) {
  for (auto& [key, value] : settings.items())
    if (key.ends_with("_token_id") && value.is_number_integer()) body(value);
}

void write_json(const fs::path& path, const json& content) { write_file_atomic(path, content.dump(2) + "\n"); }

}  // namespace

VocabularyTrim::VocabularyTrim(const fs::path& folder, std::span<const std::string> texts,
                               std::span<const std::string> prompts) {
  const auto tokenizer = load_tokenizer(folder);
  before_ = tokenizer->vocabulary_size();
  std::set<std::int64_t> kept;
  const auto keep = [&](const json& id) {
    if (id.is_number_integer() && id.get<std::int64_t>() >= 0 && id.get<std::int64_t>() < before_)
      kept.insert(id.get<std::int64_t>());
  };
  const auto keep_text = [&](const std::string& text) {
    for (const std::int32_t id : tokenizer->encode(text, /*maximum_tokens=*/0)) kept.insert(id);
    for (const std::int32_t id : tokenizer->encode_plain(text)) kept.insert(id);
  };
  for (const auto& text : texts) {
    keep_text(text);
    for (const auto& prompt : prompts) keep_text(prompt + text);
  }
  for (const auto& prompt : prompts) keep_text(prompt);

  const fs::path whole = folder / "tokenizer.json";
  std::map<std::int64_t, std::string> pieces;
  json file;
  try {
    if (fs::exists(whole)) {
      file = parse(whole);
      pieces = pieces_of(file, whole);
      for (const json& token : file.value("added_tokens", json::array())) keep(token.at("id"));
      if (file.contains("post_processor")) for_each_id(file.at("post_processor"), [&](json& id) { keep(id); });
      const json& model = file.at("model");
      if (model.contains("unk_id")) keep(model.at("unk_id"));
      if (model.value("type", "") == "Unigram") kept.insert(least_likely(model.at("vocab")));
      if (model.contains("unk_token") && model.at("unk_token").is_string())
        if (const auto id = tokenizer->find(model.at("unk_token").get<std::string>())) kept.insert(*id);
    } else {
      for (auto& line : lines_of(folder / "vocab.txt")) pieces[std::ssize(pieces)] = std::move(line);
    }
    for (const auto& [id, piece] : pieces)
      if (one_character(piece) || is_byte(piece) || tokenizer->is_special(static_cast<std::int32_t>(id)))
        kept.insert(id);
    json config = parse(folder / "config.json");
    for_each_setting(config, [&](json& id) { keep(id); });
    if (file.is_object() && file.at("model").value("type", "") == "BPE") add_parts(file.at("model"), pieces, kept);
  } catch (const json::exception& e) {
    refuse(whole, std::string("not a tokenizer: ") + e.what());
  }
  kept_.assign(kept.begin(), kept.end());
  moved_.assign(before_, -1);
  for (std::size_t i = 0; i < kept_.size(); ++i) moved_[kept_[i]] = static_cast<int>(i);
}

int VocabularyTrim::moved(std::int64_t id) const { return id < 0 || id >= before_ ? -1 : moved_[id]; }

void VocabularyTrim::write(const fs::path& folder) const {
  const auto move_id = [&](json& id) {
    if (id.is_number_integer() && moved(id.get<std::int64_t>()) >= 0) id = moved(id.get<std::int64_t>());
  };
  const fs::path whole = folder / "tokenizer.json";
  if (fs::exists(whole)) {
    json file = parse(whole);
    json& model = file.at("model");
    if (model.at("type") == "Unigram") {
      json vocabulary = json::array();
      for (std::size_t id = 0; id < model.at("vocab").size(); ++id)
        if (moved(static_cast<std::int64_t>(id)) >= 0) vocabulary.push_back(std::move(model.at("vocab").at(id)));
      model.at("vocab") = std::move(vocabulary);
      if (model.contains("unk_id")) move_id(model.at("unk_id"));
    } else {
      json vocabulary = json::object();
      for (const auto& [piece, id] : model.at("vocab").items())
        if (moved(id.get<std::int64_t>()) >= 0) vocabulary[piece] = moved(id.get<std::int64_t>());
      model.at("vocab") = std::move(vocabulary);
    }
    if (model.contains("merges")) {
      json merges = json::array();
      const json& vocabulary = model.at("vocab");
      for (json& merge : model.at("merges")) {
        const auto [left, right] = merge_of(merge);
        if (vocabulary.contains(left) && vocabulary.contains(right) && vocabulary.contains(left + right))
          merges.push_back(std::move(merge));
      }
      model.at("merges") = std::move(merges);
    }
    if (file.contains("added_tokens"))
      for (json& token : file.at("added_tokens")) move_id(token.at("id"));
    if (file.contains("post_processor")) for_each_id(file.at("post_processor"), move_id);
    if (file.contains("padding") && file.at("padding").is_object() && file.at("padding").contains("pad_id"))
      move_id(file.at("padding").at("pad_id"));
    write_file_atomic(whole, file.dump() + "\n");
    for (const char* const name :
         {"vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "tokenizer.model"})
      fs::remove(folder / name);
  }
  if (fs::exists(folder / "vocab.txt")) {
    const auto lines = lines_of(folder / "vocab.txt");
    std::string kept;
    for (const int id : kept_)
      if (id < std::ssize(lines)) kept += lines[id] + "\n";
    write_file_atomic(folder / "vocab.txt", kept);
  }
  if (fs::exists(folder / "tokenizer_config.json")) {
    json settings = parse(folder / "tokenizer_config.json");
    if (settings.contains("added_tokens_decoder")) {
      json added = json::object();
      for (const auto& [key, token] : settings.at("added_tokens_decoder").items()) {
        std::int64_t id = -1;
        std::from_chars(key.data(), key.data() + key.size(), id);
        if (moved(id) >= 0) added[std::to_string(moved(id))] = token;
      }
      settings.at("added_tokens_decoder") = std::move(added);
    }
    write_json(folder / "tokenizer_config.json", settings);
  }
  json config = parse(folder / "config.json");
  for_each_setting(config, move_id);
  config["vocab_size"] = kept_.size();
  write_json(folder / "config.json", config);
}

}  // namespace genre
