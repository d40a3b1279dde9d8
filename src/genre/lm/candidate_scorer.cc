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

constexpr std::size_t kTokensAtOnce = 128;  // of candidates, and so rows of logits, in a forward pass

// Tokens [begin, end) of a candidate, read to judge tokens [begin + 1, end + 1).
struct Piece {
  std::size_t candidate, begin, end;
};

void check(std::span<const std::int32_t> ids, const DecoderConfig& config, const std::string& what) {
  if (ids.empty()) throw Error(ErrorCode::kData, what + " has no tokens", "write at least one character");
  for (const std::int32_t id : ids)
    if (id < 0 || id >= config.vocabulary)
      throw Error(ErrorCode::kData, fmt::format("token {} of {} is outside [0, {})", id, what, config.vocabulary));
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
  const DecoderConfig& config = decoder.config();
  check(prompt, config, "the prompt");
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    check(candidates[c], config, fmt::format("candidate {}", c));
    if (prompt.size() + candidates[c].size() - 1 > static_cast<std::size_t>(config.positions))
      throw Error(ErrorCode::kResources,
                  fmt::format("prompt and candidate {} have {} tokens, the model reads at most {}", c,
                              prompt.size() + candidates[c].size(), config.positions));
  }
  auto read = std::make_shared<KvCache>(decoder.new_cache());
  const DecoderSlice whole_prompt{read.get(), prompt, 1};
  const Matrix behind_prompt = decoder.forward({&whole_prompt, 1});
  const std::shared_ptr<const KvCache> prefix = std::move(read);

  std::vector<double> scores(candidates.size());
  std::vector<Piece> pieces;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    scores[c] = log_softmax(behind_prompt.row(0), candidates[c][0]);
    for (std::size_t begin = 0; begin + 1 < candidates[c].size(); begin += kTokensAtOnce)
      pieces.push_back({c, begin, std::min(begin + kTokensAtOnce, candidates[c].size() - 1)});
  }
  std::unique_ptr<KvCache> continued;  // of a candidate that was cut into pieces
  for (std::size_t first = 0, last = 0; first < pieces.size(); first = last) {
    std::vector<std::unique_ptr<KvCache>> caches;
    std::vector<DecoderSlice> slices;
    for (std::size_t tokens = 0; last < pieces.size(); ++last) {
      const auto [candidate, begin, end] = pieces[last];
      tokens += end - begin;
      const bool same_cache = last > first && pieces[last - 1].candidate == candidate;
      if (last > first && (tokens > kTokensAtOnce || same_cache)) break;
      caches.push_back(begin > 0 ? std::move(continued) : std::make_unique<KvCache>(prefix));
      slices.push_back({caches.back().get(), std::span(candidates[candidate]).subspan(begin, end - begin),
                        static_cast<int>(end - begin)});
    }
    const Matrix logits = decoder.forward(slices);
    continued = std::move(caches.back());
    std::vector<std::pair<std::size_t, std::int32_t>> judged;  // candidate and token of each row
    for (std::size_t p = first; p < last; ++p)
      for (std::size_t i = pieces[p].begin; i < pieces[p].end; ++i)
        judged.emplace_back(pieces[p].candidate, candidates[pieces[p].candidate][i + 1]);
    std::vector<double> terms(judged.size());
    global_pool().parallel_for(judged.size(), 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t row = begin; row < end; ++row)
        terms[row] = log_softmax(logits.row(static_cast<std::int64_t>(row)), judged[row].second);
    });
    for (std::size_t row = 0; row < judged.size(); ++row) scores[judged[row].first] += terms[row];
  }
  return scores;
}

}  // namespace genre
