#include "genre/lm/candidate_scorer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"

namespace genre {
namespace {

using TokenIds = std::span<const std::int32_t>;

constexpr std::size_t kTokensAtOnce = 128;  // of candidates, and so rows of logits, in a forward pass

// Tokens [begin, end) of a candidate behind a prompt, read to judge tokens [begin + 1, end + 1).
struct Piece {
  std::size_t prompt, candidate, begin, end;
  bool continues(const Piece& other) const { return prompt == other.prompt && candidate == other.candidate; }
};

void check(TokenIds ids, const DecoderConfig& config, const std::string& what) {
  if (ids.empty()) throw Error(ErrorCode::kData, what + " has no tokens", "write at least one character");
  for (const std::int32_t id : ids)
    if (id < 0 || id >= config.vocabulary)
      throw Error(ErrorCode::kData, fmt::format("token {} of {} is outside [0, {})", id, what, config.vocabulary));
}

void check_all(std::span<const TokenIds> prompts, std::span<const std::vector<std::int32_t>> candidates,
               const DecoderConfig& config) {
  for (std::size_t c = 0; c < candidates.size(); ++c) check(candidates[c], config, fmt::format("candidate {}", c));
  for (const TokenIds prompt : prompts) {
    check(prompt, config, "the prompt");
    for (std::size_t c = 0; c < candidates.size(); ++c)
      if (prompt.size() + candidates[c].size() - 1 > static_cast<std::size_t>(config.positions))
        throw Error(ErrorCode::kResources,
                    fmt::format("prompt and candidate {} have {} tokens, the model reads at most {}", c,
                                prompt.size() + candidates[c].size(), config.positions),
                    "shorten the prompt, or choose a model that reads more");
  }
}

// How many tokens all of several prompts begin with, at least one short of each; 0 of a single one.
std::size_t common_beginning(std::span<const TokenIds> prompts) {
  if (prompts.size() < 2) return 0;
  std::size_t common = prompts.front().size();
  for (const TokenIds prompt : prompts) {
    const auto apart = std::ranges::mismatch(prompts.front(), prompt).in2;
    common = std::min({common, static_cast<std::size_t>(apart - prompt.begin()), prompt.size() - 1});
  }
  return common;
}

struct CachedPrompts {
  std::vector<std::shared_ptr<const KvCache>> caches;
  Matrix logits;  // behind each prompt
};

CachedPrompts cache_prompts(const Decoder& decoder, std::span<const TokenIds> prompts) {
  const std::size_t common = common_beginning(prompts);
  auto read = std::make_shared<KvCache>(decoder.new_cache());
  if (common > 0) {
    const DecoderSlice beginning{read.get(), prompts.front().first(common), 0};
    decoder.forward({&beginning, 1});
  }
  const std::shared_ptr<const KvCache> prefix = std::move(read);
  CachedPrompts out;
  std::vector<DecoderSlice> slices;
  for (const TokenIds prompt : prompts) {
    auto cache = std::make_shared<KvCache>(prefix);
    slices.push_back({cache.get(), prompt.subspan(common), 1});
    out.caches.push_back(std::move(cache));
  }
  out.logits = decoder.forward(slices);
  return out;
}

std::vector<std::vector<double>> score_behind(const Decoder& decoder, std::span<const TokenIds> prompts,
                                              std::span<const std::vector<std::int32_t>> candidates) {
  check_all(prompts, candidates, decoder.config());
  std::vector<std::vector<double>> scores(prompts.size(), std::vector<double>(candidates.size()));
  if (prompts.empty()) return scores;
  const CachedPrompts cached = cache_prompts(decoder, prompts);
  std::vector<Piece> pieces;
  for (std::size_t p = 0; p < prompts.size(); ++p)
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      scores[p][c] = log_softmax(cached.logits.row(static_cast<std::int64_t>(p)), candidates[c][0]);
      for (std::size_t begin = 0; begin + 1 < candidates[c].size(); begin += kTokensAtOnce)
        pieces.push_back({p, c, begin, std::min(begin + kTokensAtOnce, candidates[c].size() - 1)});
    }
  std::unique_ptr<KvCache> continued;  // of a candidate that was cut into pieces
  for (std::size_t first = 0, last = 0; first < pieces.size(); first = last) {
    std::vector<std::unique_ptr<KvCache>> caches;
    std::vector<DecoderSlice> slices;
    for (std::size_t tokens = 0; last < pieces.size(); ++last) {
      const Piece& piece = pieces[last];
      tokens += piece.end - piece.begin;
      if (last > first && (tokens > kTokensAtOnce || piece.continues(pieces[last - 1]))) break;
      caches.push_back(piece.begin > 0 ? std::move(continued) : std::make_unique<KvCache>(cached.caches[piece.prompt]));
      slices.push_back({caches.back().get(),
                        TokenIds(candidates[piece.candidate]).subspan(piece.begin, piece.end - piece.begin),
                        static_cast<int>(piece.end - piece.begin)});
    }
    const Matrix logits = decoder.forward(slices);
    continued = std::move(caches.back());
    std::vector<std::pair<const Piece*, std::int32_t>> judged;  // the piece and token of each row
    for (std::size_t p = first; p < last; ++p)
      for (std::size_t i = pieces[p].begin; i < pieces[p].end; ++i)
        judged.emplace_back(&pieces[p], candidates[pieces[p].candidate][i + 1]);
    std::vector<double> terms(judged.size());
    global_pool().parallel_for(judged.size(), 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t row = begin; row < end; ++row)
        terms[row] = log_softmax(logits.row(static_cast<std::int64_t>(row)), judged[row].second);
    });
    for (std::size_t row = 0; row < judged.size(); ++row)
      scores[judged[row].first->prompt][judged[row].first->candidate] += terms[row];
  }
  return scores;
}

}  // namespace

double log_softmax(std::span<const float> logits, std::int32_t id) {
  const float best = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float x : logits) sum += std::exp(x - best);
  return static_cast<double>(logits[static_cast<std::size_t>(id)] - best) - std::log(sum);
}

std::vector<double> score_candidates(const Decoder& decoder, std::span<const std::int32_t> prompt,
                                     std::span<const std::vector<std::int32_t>> candidates) {
  return std::move(score_behind(decoder, {&prompt, 1}, candidates).front());
}

std::vector<std::vector<double>> score_candidates(const Decoder& decoder,
                                                  std::span<const std::vector<std::int32_t>> prompts,
                                                  std::span<const std::vector<std::int32_t>> candidates) {
  const std::vector<TokenIds> views(prompts.begin(), prompts.end());
  return score_behind(decoder, views, candidates);
}

}  // namespace genre
