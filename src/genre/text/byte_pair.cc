#include "genre/text/byte_pair.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/text/byte_level.h"
#include "genre/text/unicode.h"

namespace genre {
namespace {

constexpr std::size_t kFew = 48;  // up to here a plain search for the lowest rank is faster than a heap

}  // namespace

BytePair::BytePair(const Vocabulary& vocabulary, const std::vector<Merge>& merges, const BytePairOptions& options)
    : merges_(merges.size()),
      byte_level_(options.byte_level),
      byte_fallback_(options.byte_fallback),
      fuse_unknown_(options.fuse_unknown) {
  std::vector<bool> hidden(static_cast<std::size_t>(vocabulary.size()));
  for (const std::int32_t id : options.hidden) hidden.at(static_cast<std::size_t>(id)) = true;
  std::string both;
  for (const auto& [left, right, rank] : merges) {
    both.assign(left).append(right);
    const std::int32_t id = vocabulary.at(both);
    if (hidden[static_cast<std::size_t>(id)]) continue;
    merges_.insert(vocabulary.at(left), vocabulary.at(right), rank, id);
  }
  bytes_.fill(kNone);
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string token;
    if (byte_level_) unicode::append(token, byte_character(static_cast<unsigned char>(byte)));
    if (byte_fallback_) token = byte_token(static_cast<unsigned char>(byte));
    if (!token.empty()) bytes_[byte] = vocabulary.find(token).value_or(kNone);
  }
  for (std::int32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string& token = vocabulary.token(id);
    if (token.empty() || hidden[static_cast<std::size_t>(id)]) continue;
    if (!byte_level_) {
      const char* at = token.data();
      const char32_t c = unicode::decode(at, token.data() + token.size());
      if (at == token.data() + token.size()) characters_.emplace(c, id);
    }
    if (options.ignore_merges) whole_.emplace(byte_level_ ? bytes_of_characters(token).value_or(token) : token, id);
  }
  if (!options.unknown_token.empty()) unknown_ = vocabulary.at(options.unknown_token);
}

void BytePair::append(std::string_view piece, std::vector<std::int32_t>& ids, std::vector<Span>* spans) const {
  thread_local std::vector<Symbol> symbols;
  symbols.clear();
  const auto whole = whole_.empty() ? whole_.end() : whole_.find(std::string(piece));
  if (whole != whole_.end()) {
    symbols.push_back({whole->second, static_cast<std::uint32_t>(piece.size())});
  } else {
    read_symbols(piece, symbols);
    symbols.size() <= kFew ? merge_few(symbols) : merge_many(symbols);
  }
  std::size_t begin = 0;
  for (const Symbol& symbol : symbols) {
    ids.push_back(symbol.id);
    if (spans != nullptr) spans->push_back({begin, begin + symbol.length});
    begin += symbol.length;
  }
  constexpr std::size_t kKept = 1 << 16;
  if (symbols.capacity() > kKept) std::vector<Symbol>().swap(symbols);
}

void BytePair::read_symbols(std::string_view piece, std::vector<Symbol>& symbols) const {
  if (byte_level_) {
    for (const char c : piece) {
      const std::int32_t id = bytes_[static_cast<unsigned char>(c)];
      if (id != kNone) {
        symbols.push_back({id, 1});
      } else if (unknown_ != kNone) {
        if (fuse_unknown_ && !symbols.empty() && symbols.back().id == unknown_) {
          ++symbols.back().length;
        } else {
          symbols.push_back({unknown_, 1});
        }
      }
    }
    return;
  }
  const char* at = piece.data();
  const char* const end = at + piece.size();
  while (at != end) {
    const char* const begin = at;
    const auto known = characters_.find(unicode::decode(at, end));
    const auto length = static_cast<std::uint32_t>(at - begin);
    const auto id_of = [&](char c) { return bytes_[static_cast<unsigned char>(c)]; };
    if (known != characters_.end()) {
      symbols.push_back({known->second, length});
    } else if (byte_fallback_ && std::none_of(begin, at, [&](char c) { return id_of(c) == kNone; })) {
      for (const char* byte = begin; byte != at; ++byte) symbols.push_back({id_of(*byte), 1});
    } else if (unknown_ != kNone) {
      if (fuse_unknown_ && !symbols.empty() && symbols.back().id == unknown_) {
        symbols.back().length += length;
      } else {
        symbols.push_back({unknown_, length});
      }
    }
  }
}

void BytePair::merge_few(std::vector<Symbol>& symbols) const {
  std::array<std::uint32_t, kFew> ranks;  // of each symbol with its right neighbour
  std::size_t count = symbols.size();
  const auto rank_at = [&](std::size_t i) {
    return i + 1 < count ? merges_.find(symbols[i].id, symbols[i + 1].id).rank : MergeTable::kNoRank;
  };
  for (std::size_t i = 0; i < count; ++i) ranks[i] = rank_at(i);
  while (count > 1) {
    const auto lowest = std::min_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(count - 1));
    if (*lowest == MergeTable::kNoRank) break;
    const auto i = static_cast<std::size_t>(lowest - ranks.begin());
    symbols[i] = {merges_.find(symbols[i].id, symbols[i + 1].id).id, symbols[i].length + symbols[i + 1].length};
    std::copy(symbols.begin() + static_cast<std::ptrdiff_t>(i + 2),
              symbols.begin() + static_cast<std::ptrdiff_t>(count),
              symbols.begin() + static_cast<std::ptrdiff_t>(i + 1));
    std::copy(lowest + 2, ranks.begin() + static_cast<std::ptrdiff_t>(count), lowest + 1);
    --count;
    ranks[i] = rank_at(i);
    if (i > 0) ranks[i - 1] = rank_at(i - 1);
  }
  symbols.resize(count);
}

void BytePair::merge_many(std::vector<Symbol>& symbols) const {
  struct Candidate {
    std::uint32_t rank, at;
    // A heap's top is its greatest element.
    bool operator<(const Candidate& other) const { return rank != other.rank ? rank > other.rank : at > other.at; }
  };
  constexpr std::uint32_t kGone = 0;
  const auto count = static_cast<std::uint32_t>(symbols.size());
  std::vector<std::uint32_t> next(count), previous(count);
  std::vector<Candidate> heap;
  const auto rank_at = [&](std::uint32_t at) {
    return next[at] < count ? merges_.find(symbols[at].id, symbols[next[at]].id).rank : MergeTable::kNoRank;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    next[i] = i + 1;
    previous[i] = i - 1;
    if (const std::uint32_t rank = rank_at(i); rank != MergeTable::kNoRank) heap.push_back({rank, i});
  }
  std::make_heap(heap.begin(), heap.end());
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    const auto [rank, at] = heap.back();
    heap.pop_back();
    if (symbols[at].length == kGone || rank_at(at) != rank) continue;  // a neighbour has changed since
    const std::uint32_t right = next[at];
    symbols[at] = {merges_.find(symbols[at].id, symbols[right].id).id, symbols[at].length + symbols[right].length};
    symbols[right].length = kGone;
    next[at] = next[right];
    if (next[at] < count) previous[next[at]] = at;
    const auto push = [&](std::uint32_t i) {
      const std::uint32_t new_rank = rank_at(i);
      if (new_rank == MergeTable::kNoRank) return;
      heap.push_back({new_rank, i});
      std::push_heap(heap.begin(), heap.end());
    };
    push(at);
    if (at > 0) push(previous[at]);
  }
  std::erase_if(symbols, [](const Symbol& symbol) { return symbol.length == kGone; });
}

}  // namespace genre
