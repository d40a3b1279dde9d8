#include "genre/rec/recommender.h"

#include <algorithm>
#include <cassert>

namespace genre {

std::vector<ScoredIndex> best_positive(std::vector<ScoredIndex> shares, int count) {
  std::erase_if(shares, [](const ScoredIndex& share) { return !(share.score > 0); });
  std::ranges::sort(shares, ranks_before);
  if (shares.size() > static_cast<std::size_t>(std::max(count, 0))) shares.resize(std::max(count, 0));
  return shares;
}

std::vector<ScoredIndex> recommend(const Recommender& model, const Query& query, const RankOptions& options) {
  if (const auto* const finder = dynamic_cast<const FindsBest*>(&model)) return finder->find_best(query, options);
  std::vector<float> scores(model.items());
  model.score({&query, 1}, {scores.data(), 1, model.items()});
  for (const std::int32_t item : options.exclude) {
    assert(item >= 0 && item < model.items());
    scores[item] = kMasked;
  }
  if (!options.eligible.empty()) {
    assert(options.eligible.size() == scores.size());
    for (std::size_t i = 0; i < scores.size(); ++i)
      if (options.eligible[i] == 0) scores[i] = kMasked;
  }
  return top_k(scores, options.k);
}

}  // namespace genre
