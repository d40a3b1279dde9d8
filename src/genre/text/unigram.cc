#include "genre/text/unigram.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "genre/base/error.h"
#include "genre/text/byte_level.h"

namespace genre {
namespace {

constexpr double kUnknownPenalty = 10;  // SentencePiece's

VocabularyEntries visible(const Vocabulary& vocabulary, const UnigramOptions& options) {
  VocabularyEntries out;
  for (std::int32_t id = 0; id < vocabulary.size(); ++id)
    if (id != options.unknown && !vocabulary.token(id).empty() &&
        std::ranges::find(options.hidden, id) == options.hidden.end())
      out.emplace_back(vocabulary.token(id), id);
  return out;
}

}  // namespace

Unigram::Unigram(const Vocabulary& vocabulary, const UnigramOptions& options)
    : trie_(visible(vocabulary, options)), scores_(options.scores), unknown_(options.unknown) {
  const auto refuse = [](const std::string& fault) { throw Error(ErrorCode::kData, fault, "fetch the model again"); };
  if (scores_.empty() || scores_.size() > static_cast<std::size_t>(vocabulary.size()))
    refuse(std::to_string(scores_.size()) + " scores for " + std::to_string(vocabulary.size()) + " tokens");
  if (!std::ranges::all_of(scores_, [](double score) { return std::isfinite(score); })) refuse("a score is not finite");
  if (unknown_ < 0 || unknown_ >= vocabulary.size())
    refuse("the unknown token " + std::to_string(unknown_) + " is outside [0, " + std::to_string(vocabulary.size()) +
           ")");
  unknown_score_ = std::ranges::min(scores_) - kUnknownPenalty;
  scores_.resize(static_cast<std::size_t>(vocabulary.size()));  // tokens added after training have none
  bytes_.fill(kNone);
  for (unsigned byte = 0; options.byte_fallback && byte < 256; ++byte)
    bytes_[byte] = vocabulary.find(byte_token(static_cast<unsigned char>(byte))).value_or(kNone);
}

void Unigram::append(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const {
  // The best way to end at each byte: its score, and the last token of it.
  struct Node {
    double score;
    std::uint32_t begin;
    std::int32_t id;
  };
  constexpr std::int32_t kUnreached = -1;
  thread_local std::vector<Node> best;
  best.assign(piece.size() + 1, {0, 0, kUnreached});
  for (std::size_t begin = 0; begin < piece.size();) {
    std::size_t next = begin + 1;
    while (next < piece.size() && (static_cast<unsigned char>(piece[next]) & 0xC0) == 0x80) ++next;
    const double before = best[begin].score;
    const auto reach = [&](std::size_t end, double score, std::int32_t id) {
      Node& node = best[end];
      if (node.id == kUnreached || score + before > node.score)
        node = {score + before, static_cast<std::uint32_t>(begin), id};
    };
    bool single = false;  // whether a token is just this character
    TokenTrie::State state = TokenTrie::kRoot;
    for (std::size_t end = begin; end < piece.size();) {
      state = trie_.step(state, static_cast<unsigned char>(piece[end++]));
      if (state == TokenTrie::kNone) break;
      const std::int32_t id = trie_.id(state);
      if (id == TokenTrie::kNone) continue;
      reach(end, scores_[static_cast<std::size_t>(id)], id);
      single = single || end == next;
    }
    if (!single) reach(next, unknown_score_, unknown_);
    begin = next;
  }

  thread_local std::vector<Span> tokens;  // last first; neighbours that are unknown as one
  tokens.clear();
  for (std::size_t end = piece.size(); end > 0; end = best[end].begin) {
    const std::size_t begin = best[end].begin;
    const bool fuses = best[end].id == unknown_ && !tokens.empty() && tokens.back().begin == end &&
                       best[tokens.back().end].id == unknown_;
    if (fuses) {
      tokens.back().begin = begin;
    } else {
      tokens.push_back({begin, end});
    }
  }
  const auto add = [&](std::int32_t id, Span span) {
    ids.push_back(id);
    if (spans != nullptr) spans->push_back(span);
  };
  for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
    const std::int32_t id = best[token->end].id;
    if (id != unknown_) {
      add(id, *token);
      continue;
    }
    // Several unknown characters may spell a token together that was not worth its score.
    const std::string_view text = piece.substr(token->begin, token->end - token->begin);
    const auto match = trie_.longest(TokenTrie::kRoot, text);
    const auto byte_id = [&](char c) { return bytes_[static_cast<unsigned char>(c)]; };
    if (match.length == text.size()) {
      add(match.id, *token);
    } else if (std::ranges::all_of(text, [&](char c) { return byte_id(c) != kNone; })) {
      for (const char c : text) add(byte_id(c), *token);
    } else {
      add(unknown_, *token);
    }
  }
  constexpr std::size_t kKept = 1 << 16;
  if (best.capacity() > kKept) std::vector<Node>().swap(best);
  if (tokens.capacity() > kKept) std::vector<Span>().swap(tokens);
}

}  // namespace genre
