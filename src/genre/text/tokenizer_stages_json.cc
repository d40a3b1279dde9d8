#include "genre/text/tokenizer_stages_json.h"

#include <array>
#include <nlohmann/json.hpp>

#include "genre/base/error.h"
#include "genre/text/byte_level.h"
#include "genre/text/json_integer.h"
#include "genre/text/precompiled_charsmap.h"
#include "genre/text/tokenizer_json_parts.h"

namespace genre {
namespace {

using nlohmann::json;
using Kind = TemplatePart::Kind;

constexpr std::string_view kMetaspace = "\xE2\x96\x81";  // U+2581, SentencePiece's space

// The members of a Sequence, or the part itself, or nothing.
std::vector<json> steps(const json& part, const char* key) {
  if (part.is_null()) return {};
  if (part.at("type") != "Sequence") return {part};
  std::vector<json> out;
  for (const json& step : part.at(key))
    for (json& inner : steps(step, key)) out.push_back(std::move(inner));
  return out;
}

std::string from_base64(const std::string& text) {
  std::array<int, 256> values;
  values.fill(-1);
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kDigits.size(); ++i) values[static_cast<unsigned char>(kDigits[i])] = static_cast<int>(i);
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int value = values[static_cast<unsigned char>(c)];
    if (value < 0) refuse_tokenizer("precompiled_charsmap is not base64");
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFF;
    if ((count += 6) < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

// The special tokens around texts, from every form of post-processor.
SequenceTemplate template_of(const json& processor, const Vocabulary& vocabulary) {
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
        out.push_back({text.at("id") == "A" ? Kind::kFirst : Kind::kSecond, 0, json_integer(text, "type_id", 0)});
        continue;
      }
      const json& special = part.at("SpecialToken");
      const auto name = special.at("id").get<std::string>();
      const std::int32_t segment = json_integer(special, "type_id", 0);
      const json& table = processor.value("special_tokens", json::object());
      if (!table.contains(name)) {
        out.push_back(token(name, segment));
        continue;
      }
      for (const json& id : table.at(name).at("ids")) {
        const auto number = json_integer(id);
        if (number < 0 || number >= vocabulary.size())
          refuse_tokenizer("post_processor names the id " + std::to_string(number) + ", the vocabulary has " +
                           std::to_string(vocabulary.size()) + " tokens");
        out.push_back({Kind::kToken, number, segment});
      }
    }
    return out;
  };
  return {read("single"), read("pair")};
}

std::unique_ptr<const TextNormalizer> normalizer_of(const json& step) {
  const std::string type = type_of(step);
  if (type == "NFC") return make_unicode_form(UnicodeForm::kNfc);
  if (type == "NFD") return make_unicode_form(UnicodeForm::kNfd);
  if (type == "NFKC") return make_unicode_form(UnicodeForm::kNfkc);
  if (type == "NFKD") return make_unicode_form(UnicodeForm::kNfkd);
  if (type == "Lowercase") return make_lowercase();
  if (type == "StripAccents") return make_strip_accents();
  if (type == "Prepend") return make_prepend(step.at("prepend").get<std::string>());
  if (type == "Strip") return make_strip(flag_or(step, "strip_left", true), flag_or(step, "strip_right", true));
  if (type == "Precompiled")
    return make_precompiled_charsmap(from_base64(step.at("precompiled_charsmap").get<std::string>()));
  if (type == "Replace") {
    const json& pattern = step.at("pattern");
    auto content = step.at("content").get<std::string>();
    if (pattern.contains("Regex")) {
      if (pattern["Regex"] != " {2,}") refuse_kind("normalizer's pattern", pattern.dump(), "\" {2,}\"");
      return make_replace_space_runs(std::move(content));
    }
    auto text = pattern.at("String").get<std::string>();
    if (text.empty()) refuse_tokenizer("a normalizer replaces nothing by something");
    return make_replace(std::move(text), std::move(content));
  }
  refuse_kind("normalizer", type,
              "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Prepend, Strip, Precompiled, Replace, Sequence of these");
}

PrependScheme prepend_scheme(const json& metaspace) {
  const std::string scheme = metaspace.value("prepend_scheme", "");
  if (scheme == "first") return PrependScheme::kFirst;
  if (scheme == "never" || (scheme.empty() && !flag_or(metaspace, "add_prefix_space", true)))
    return PrependScheme::kNever;
  return PrependScheme::kAlways;
}

TokenAlphabet read_pre_tokenizers(const json& pre_tokenizer, PreTokenizers& out) {
  TokenAlphabet alphabet = TokenAlphabet::kCharacters;
  for (const json& step : steps(pre_tokenizer, "pretokenizers")) {
    const std::string type = type_of(step);
    if (type == "ByteLevel") {
      alphabet = TokenAlphabet::kBytes;
      if (flag_or(step, "add_prefix_space", true)) out.push_back(make_prefix_space());
      if (flag_or(step, "use_regex", true)) out.push_back(make_pattern_split(SplitPattern::kGpt2));
    } else if (type == "Digits") {
      out.push_back(make_digit_split(flag_or(step, "individual_digits", false)));
    } else if (type == "Metaspace") {
      const std::string replacement = step.value("replacement", std::string(kMetaspace));
      if (replacement.empty()) refuse_tokenizer("pre_tokenizer Metaspace has no replacement");
      out.push_back(make_metaspace(replacement, prepend_scheme(step), flag_or(step, "split", true)));
    } else if (type == "WhitespaceSplit") {
      out.push_back(make_whitespace_split());
    } else if (type == "BertPreTokenizer") {
      out.push_back(make_bert_split());
    } else if (type == "Split") {
      const auto pattern = split_pattern(step.at("pattern").value("Regex", ""));
      const auto behavior = step.at("behavior").get<std::string>();
      if (!pattern)
        refuse_kind("pre_tokenizer's pattern", step.at("pattern").dump(), "those of GPT-2, Llama 3 and Qwen2");
      if (behavior != "Isolated" && !(behavior == "Removed" && flag_or(step, "invert", false)))
        refuse_kind("pre_tokenizer's behavior", behavior, "Isolated");
      out.push_back(make_pattern_split(*pattern));
    } else {
      refuse_kind("pre_tokenizer", type,
                  "ByteLevel, Digits, Split, Metaspace, WhitespaceSplit, BertPreTokenizer, Sequence of these");
    }
  }
  return alphabet;
}

void read_post_processors(const json& processor, SubwordParts& parts) {
  for (const json& step : steps(processor, "processors")) {
    const std::string type = type_of(step);
    if (type == "ByteLevel" || type == "RobertaProcessing") {
      parts.trim_offsets = flag_or(step, "trim_offsets", true);
      parts.adds_space = flag_or(step, "add_prefix_space", true);
    }
    if (type != "ByteLevel") parts.around = template_of(step, parts.vocabulary);
  }
}

// Whether the decoder joins byte tokens; and how text begins.
bool read_decoder(const json& decoder, SubwordParts& parts) {
  bool joins_bytes = false;
  for (const json& step : steps(decoder, "decoders")) {
    const std::string type = type_of(step);
    if (type == "ByteFallback") {
      joins_bytes = true;
    } else if (type == "Metaspace") {
      if (prepend_scheme(step) != PrependScheme::kNever) parts.first_space = FirstSpace::kDropToken;
    } else if (type == "Strip") {
      if (step.at("content") != " " || json_integer(step, "start", 0) > 1 || json_integer(step, "stop", 0) != 0)
        refuse_kind("decoder", step.dump(), "Strip of one space at the start");
      if (json_integer(step, "start", 0) == 1) parts.first_space = FirstSpace::kDropOne;
    } else if (type == "Replace") {
      if (step.at("pattern").value("String", "") != kMetaspace || step.at("content") != " ")
        refuse_kind("decoder", step.dump(), "Replace of U+2581 by a space");
    } else if (type != "ByteLevel" && type != "Fuse" && type != "WordPiece") {
      refuse_kind("decoder", type,
                  "ByteLevel, Metaspace, WordPiece, Replace, ByteFallback, Fuse, Strip, Sequence of these");
    }
  }
  return joins_bytes;
}

std::string with_spaces(const std::string& token) {
  std::string out;
  for (std::size_t done = 0; done < token.size();) {
    const std::size_t space = std::min(token.find(kMetaspace, done), token.size());
    out.append(token, done, space - done);
    if (space < token.size()) out += ' ';
    done = space + kMetaspace.size();
  }
  return out;
}

// The byte of a token <0x00> to <0xFF>, or -1.
int byte_of(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x")) return -1;
  for (unsigned byte = 0; byte < 256; ++byte)
    if (token == byte_token(static_cast<unsigned char>(byte))) return static_cast<int>(byte);
  return -1;
}

}  // namespace

void refuse_kind(const std::string& what, const std::string& found, const std::string& supported) {
  throw Error(ErrorCode::kData, what + " is '" + found + "', which is not supported; supported: " + supported,
              "choose a model with another tokenizer");
}

SequenceTemplate read_template(std::string_view post_processor, const Vocabulary& vocabulary) {
  return template_of(json::parse(post_processor), vocabulary);
}

TokenAlphabet read_stages(std::string_view text, SubwordParts& parts) {
  const json file = json::parse(text);
  for (const json& step : steps(file.value("normalizer", json()), "normalizers"))
    parts.normalizers.push_back(normalizer_of(step));
  const TokenAlphabet alphabet = read_pre_tokenizers(file.value("pre_tokenizer", json()), parts.pre_tokenizers);
  read_post_processors(file.value("post_processor", json()), parts);
  spell_tokens(alphabet, read_decoder(file.value("decoder", json()), parts), parts);
  return alphabet;
}

void spell_tokens(TokenAlphabet alphabet, bool joins_bytes, SubwordParts& parts) {
  const auto size = static_cast<std::size_t>(parts.vocabulary.size());
  parts.bytes.reserve(size);
  if (joins_bytes) parts.is_byte.resize(size);
  for (std::int32_t id = 0; id < parts.vocabulary.size(); ++id) {
    const std::string& token = parts.vocabulary.token(id);
    const int byte = joins_bytes ? byte_of(token) : -1;
    if (byte >= 0) {
      parts.is_byte[static_cast<std::size_t>(id)] = true;
      parts.bytes.emplace_back(1, static_cast<char>(byte));
    } else if (alphabet == TokenAlphabet::kBytes) {
      parts.bytes.push_back(bytes_of_characters(token).value_or(token));
    } else {
      parts.bytes.push_back(with_spaces(token));
    }
  }
  for (const AddedToken& token : parts.added_tokens) parts.bytes.at(static_cast<std::size_t>(token.id)) = token.content;
}

}  // namespace genre
