#include "genre/text/added_tokens.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

TokenTrie make_trie(const std::vector<AddedToken>& tokens) {
  std::vector<std::pair<std::string, std::int32_t>> entries;
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) throw Error(ErrorCode::kData, "an added token is empty", "fetch the model again");
    entries.emplace_back(token.content, static_cast<std::int32_t>(entries.size()));
  }
  return TokenTrie(std::move(entries));
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)), trie_(make_trie(tokens_)) {
  for (const AddedToken& token : tokens_) first_bytes_[static_cast<unsigned char>(token.content[0])] = true;
  if (std::ranges::count(first_bytes_, true) == 1)
    only_first_byte_ = static_cast<int>(std::ranges::find(first_bytes_, true) - first_bytes_.begin());
}

AddedTokens::Part AddedTokens::find(std::string_view text, std::size_t from, bool plain) const {
  for (std::size_t at = from; at < text.size();) {
    if (only_first_byte_ >= 0) {
      at = std::min(text.find(static_cast<char>(only_first_byte_), at), text.size());
    } else {
      while (at < text.size() && !first_bytes_[static_cast<unsigned char>(text[at])]) ++at;
    }
    const auto match = trie_.longest(TokenTrie::kRoot, text.substr(at));
    if (match.length == 0) {
      ++at;
      continue;
    }
    const AddedToken& token = tokens_[static_cast<std::size_t>(match.id)];
    const std::size_t begin = at;
    at += match.length;
    if (plain && token.special) continue;
    return {{token.left_strip ? unicode::spaces_begin(text, from, begin) : begin,
             token.right_strip ? unicode::spaces_end(text, at) : at},
            token.id};
  }
  return {{text.size(), text.size()}, kText};
}

std::vector<AddedTokens::Part> AddedTokens::cut(std::string_view text, bool plain) const {
  std::vector<Part> out;
  for (std::size_t done = 0; done < text.size();) {
    const Part token = find(text, done, plain);
    if (done < token.span.begin) out.push_back({{done, token.span.begin}, kText});
    if (token.id != kText) out.push_back(token);
    done = token.span.end;
  }
  return out;
}

}  // namespace genre
