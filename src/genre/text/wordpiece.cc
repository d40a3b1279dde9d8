#include "genre/text/wordpiece.h"

#include <algorithm>
#include <array>

#include "genre/base/error.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

using Kind = TemplatePart::Kind;

VocabularyEntries ordinary(const Vocabulary& vocabulary, const std::vector<std::string>& special) {
  VocabularyEntries out;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id)
    if (std::ranges::find(special, vocabulary.token(id)) == special.end()) out.emplace_back(vocabulary.token(id), id);
  return out;
}

// Without the space before what leans on the word before it.
std::string cleaned(std::string text) {
  for (const auto& [from, to] : {std::pair{" .", "."},
                                 {" ?", "?"},
                                 {" !", "!"},
                                 {" ,", ","},
                                 {" ' ", "'"},
                                 {" n't", "n't"},
                                 {" 'm", "'m"},
                                 {" do not", " don't"},
                                 {" 's", "'s"},
                                 {" 've", "'ve"},
                                 {" 're", "'re"}})
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1))
      text.replace(at, std::string_view(from).size(), to);
  return text;
}

SubwordParts make_stages(VocabularyEntries entries, const WordPieceOptions& options) {
  SubwordParts parts{.vocabulary = Vocabulary(std::move(entries))};
  const Vocabulary& vocabulary = parts.vocabulary;
  for (const auto& token : options.special_tokens)
    parts.added_tokens.push_back({.content = token, .id = vocabulary.at(token), .special = true});
  if (options.normalizer.clean_text) parts.normalizers.push_back(make_clean_text());
  if (options.normalizer.handle_chinese_chars) parts.normalizers.push_back(make_spaces_around_cjk());
  if (options.normalizer.strip_accents) {
    parts.normalizers.push_back(make_unicode_form(UnicodeForm::kNfd));
    parts.normalizers.push_back(make_strip_nonspacing_marks());
  }
  if (options.normalizer.lowercase) parts.normalizers.push_back(make_lowercase());
  parts.pre_tokenizers.push_back(make_bert_split());
  parts.model = std::make_unique<WordPieceModel>(vocabulary, options);
  if (options.around) {
    parts.around = *options.around;
  } else {
    const TemplatePart begin{Kind::kToken, vocabulary.at(options.class_token), 0};
    const std::int32_t separator = vocabulary.at(options.separator_token);
    const TemplatePart end{Kind::kToken, separator, 0}, second_end{Kind::kToken, separator, 1};
    parts.around = {{begin, {Kind::kFirst}, end}, {begin, {Kind::kFirst}, end, {Kind::kSecond, 0, 1}, second_end}};
  }
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string& token = vocabulary.token(id);
    const bool continues = token.starts_with(options.continuing_prefix);
    std::string text = continues ? token.substr(options.continuing_prefix.size()) : " " + token;
    parts.bytes.push_back(options.cleanup ? cleaned(std::move(text)) : std::move(text));
  }
  parts.first_space = FirstSpace::kDropOne;
  return parts;
}

enum class ByteClass : unsigned char { kWord, kSpace, kPunctuation, kMultibyte };

constexpr auto kByteClasses = [] {
  std::array<ByteClass, 256> out{};
  for (unsigned c = 0; c < 256; ++c) {
    const bool symbol =
        (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    out[c] = c >= 0x80                              ? ByteClass::kMultibyte
             : c == ' ' || (c >= '\t' && c <= '\r') ? ByteClass::kSpace
             : symbol                               ? ByteClass::kPunctuation
                                                    : ByteClass::kWord;
  }
  return out;
}();

}  // namespace

WordPieceModel::WordPieceModel(const Vocabulary& vocabulary, const WordPieceOptions& options)
    : trie_(ordinary(vocabulary, options.special_tokens)),
      continuing_(trie_.walk(TokenTrie::kRoot, options.continuing_prefix)),
      unknown_(vocabulary.at(options.unknown_token)),
      maximum_word_characters_(static_cast<std::size_t>(std::max(options.maximum_word_characters, 0))) {}

void WordPieceModel::append(std::string_view word, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const {
  const std::size_t before = ids.size(), size = word.size();
  const auto give_up = [&] {
    ids.resize(before);
    ids.push_back(unknown_);
    if (spans != nullptr) spans->assign(1, {0, size});
  };
  if (size > maximum_word_characters_ && unicode::count(word) > maximum_word_characters_) return give_up();
  TokenTrie::State from = TokenTrie::kRoot;
  while (!word.empty()) {
    const auto match = from == TokenTrie::kNone ? TokenTrie::Match{} : trie_.longest(from, word);
    if (match.length == 0) return give_up();
    ids.push_back(match.id);
    if (spans != nullptr) spans->push_back({size - word.size(), size - word.size() + match.length});
    word.remove_prefix(match.length);
    from = continuing_;
  }
}

WordPiece::WordPiece(VocabularyEntries vocabulary, const WordPieceOptions& options)
    : normalizer_(options.normalizer), stages_(make_stages(std::move(vocabulary), options)) {}

std::vector<std::int32_t> WordPiece::encode(std::string_view text, int maximum_tokens) const {
  const SequenceTemplate& around = stages_.around();
  const auto& behind = around.behind();
  std::vector<std::int32_t> ids;
  ids.reserve(text.size() / 3 + around.before().size() + behind.size());
  ids = around.before();
  const std::size_t room = around.room(maximum_tokens);
  append(ids, text, room > ids.max_size() - ids.size() ? ids.max_size() : room + ids.size());
  ids.insert(ids.end(), behind.begin(), behind.end());
  return ids;
}

std::vector<std::int32_t> WordPiece::encode_plain(std::string_view text) const {
  std::vector<std::int32_t> ids;
  append_text(ids, text, ids.max_size());
  return ids;
}

TokenSequence WordPiece::encode_pair(std::string_view first, std::string_view second, int maximum_tokens) const {
  std::vector<std::int32_t> one, two;
  append(one, first, one.max_size());
  append(two, second, two.max_size());
  return stages_.around().join(std::move(one), std::move(two), maximum_tokens);
}

void WordPiece::append(std::vector<std::int32_t>& ids, std::string_view text, std::size_t limit) const {
  for (std::size_t done = 0; done < text.size() && ids.size() < limit;) {
    const auto token = stages_.added().find(text, done, /*plain=*/false);
    append_text(ids, text.substr(done, token.span.begin - done), limit);
    if (token.id != AddedTokens::kText) ids.push_back(token.id);
    done = token.span.end;
  }
  if (ids.size() > limit) ids.resize(limit);
}

void WordPiece::append_text(std::vector<std::int32_t>& ids, std::string_view text, std::size_t limit) const {
  if (text.empty()) return;
  const auto& model = static_cast<const WordPieceModel&>(stages_.model());
  thread_local std::string normal;
  normal.clear();
  normalizer_.append(normal, text);
  const char* at = normal.data();
  const char* const end = at + normal.size();
  const char* word = at;
  const auto finish_word = [&](const char* word_end) {
    if (word != word_end) model.append({word, static_cast<std::size_t>(word_end - word)}, ids, nullptr);
  };
  while (at != end && ids.size() < limit) {
    const char* const start = at;
    ByteClass byte_class = kByteClasses[static_cast<unsigned char>(*at)];
    if (byte_class == ByteClass::kMultibyte) {
      const char32_t c = unicode::decode(at, end);
      byte_class = unicode::is_whitespace(c)    ? ByteClass::kSpace
                   : unicode::is_punctuation(c) ? ByteClass::kPunctuation
                                                : ByteClass::kWord;
    } else {
      ++at;
    }
    if (byte_class == ByteClass::kWord) continue;
    finish_word(start);
    word = at;
    if (byte_class == ByteClass::kPunctuation)
      model.append({start, static_cast<std::size_t>(at - start)}, ids, nullptr);
  }
  if (at == end) finish_word(end);
}

}  // namespace genre
