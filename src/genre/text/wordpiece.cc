#include "genre/text/wordpiece.h"

#include <algorithm>
#include <array>

#include "genre/base/error.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

using Entries = std::vector<std::pair<std::string, std::int32_t>>;

[[noreturn]] void refuse(const std::string& fault) { throw Error(ErrorCode::kData, fault, "fetch the model again"); }

void check(const Entries& vocabulary) {
  std::vector<bool> seen(vocabulary.size());
  for (const auto& [token, id] : vocabulary) {
    constexpr std::size_t kLongestToken = 4096;
    if (token.size() > kLongestToken)
      refuse("token " + std::to_string(id) + " has " + std::to_string(token.size()) + " bytes");
    if (id < 0 || static_cast<std::size_t>(id) >= seen.size())
      refuse("id " + std::to_string(id) + " of token '" + token + "' is outside [0, " + std::to_string(seen.size()) +
             ")");
    if (seen[id]) refuse("id " + std::to_string(id) + " appears twice, the second time as '" + token + "'");
    seen[id] = true;
  }
  std::vector<std::string_view> tokens;
  for (const auto& [token, unused] : vocabulary) tokens.push_back(token);
  std::ranges::sort(tokens);
  const auto twice = std::ranges::adjacent_find(tokens);
  if (twice != tokens.end()) refuse("token '" + std::string(*twice) + "' appears twice");
}

std::int32_t find(const TokenTrie& trie, const std::string& token) {
  const TokenTrie::State state = trie.walk(TokenTrie::kRoot, token);
  if (state == TokenTrie::kNone || trie.id(state) == TokenTrie::kNone)
    refuse("the vocabulary has no token '" + token + "'");
  return trie.id(state);
}

Entries specials(const TokenTrie& trie, const std::vector<std::string>& tokens) {
  Entries out;
  for (const auto& token : tokens) {
    if (token.empty()) refuse("a special token is empty");
    const std::pair entry{token, find(trie, token)};
    if (std::ranges::find(out, entry) == out.end()) out.push_back(entry);
  }
  return out;
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

WordPiece::WordPiece(Entries vocabulary, const WordPieceOptions& options)
    : normalizer_(options.normalizer),
      trie_((check(vocabulary), vocabulary)),
      continuing_(trie_.walk(TokenTrie::kRoot, options.continuing_prefix)),
      special_(specials(trie_, options.special_tokens)),
      vocabulary_size_(static_cast<std::int32_t>(vocabulary.size())),
      unknown_(find(trie_, options.unknown_token)),
      class_(find(trie_, options.class_token)),
      separator_(find(trie_, options.separator_token)),
      maximum_word_characters_(static_cast<std::size_t>(std::max(options.maximum_word_characters, 0))) {
  for (const auto& token : options.special_tokens)
    if (special_first_bytes_.find(token[0]) == std::string::npos) special_first_bytes_ += token[0];
}

std::vector<std::int32_t> WordPiece::encode(std::string_view text, int maximum_tokens) const {
  std::vector<std::int32_t> ids;
  ids.reserve(text.size() / 3 + 2);
  ids.push_back(class_);
  const std::size_t limit =
      maximum_tokens > 0 ? static_cast<std::size_t>(std::max(maximum_tokens, 2)) - 1 : ids.max_size();
  std::size_t begin = 0, at = 0;  // text before `begin` is done, and no special token starts before `at`
  while (ids.size() < limit) {
    at = text.find_first_of(special_first_bytes_, at);
    if (at == std::string_view::npos) {
      append_text(ids, text.substr(begin), limit);
      break;
    }
    const auto match = special_.longest(TokenTrie::kRoot, text.substr(at));
    if (match.length == 0) {
      ++at;
      continue;
    }
    append_text(ids, text.substr(begin, at - begin), limit);
    ids.push_back(match.id);
    begin = at += match.length;
  }
  if (ids.size() > limit) ids.resize(limit);
  ids.push_back(separator_);
  return ids;
}

void WordPiece::append_text(std::vector<std::int32_t>& ids, std::string_view text, std::size_t limit) const {
  if (text.empty()) return;
  thread_local std::string normal;
  normal.clear();
  normalizer_.append(normal, text);
  const char* at = normal.data();
  const char* const end = at + normal.size();
  const char* word = at;
  const auto finish_word = [&](const char* word_end) {
    if (word != word_end) append_word(ids, {word, static_cast<std::size_t>(word_end - word)});
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
    if (byte_class == ByteClass::kPunctuation) append_word(ids, {start, static_cast<std::size_t>(at - start)});
  }
  if (at == end) finish_word(end);
}

void WordPiece::append_word(std::vector<std::int32_t>& ids, std::string_view word) const {
  if (word.size() > maximum_word_characters_ && unicode::count(word) > maximum_word_characters_)
    return ids.push_back(unknown_);
  const std::size_t before = ids.size();
  TokenTrie::State from = TokenTrie::kRoot;
  while (!word.empty()) {
    const auto match = from == TokenTrie::kNone ? TokenTrie::Match{} : trie_.longest(from, word);
    if (match.length == 0) {
      ids.resize(before);
      return ids.push_back(unknown_);
    }
    ids.push_back(match.id);
    word.remove_prefix(match.length);
    from = continuing_;
  }
}

}  // namespace genre
