#include "genre/engine/rating_errors.h"

#include <algorithm>
#include <cmath>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/engine/user_histories.h"

namespace genre {
namespace {

constexpr std::int64_t kBlock = 64;  // users

// Prediction minus rating of every test event, in the order of users; NaN where the model has nothing to say.
std::vector<double> differences(const Recommender& model, const Dataset& dataset, unsigned history_parts) {
  const auto [lowest, highest] = dynamic_cast<const PredictsRatings&>(model).rating_range();
  const CsrMatrix wanted = dataset.ratings(kTestPart);
  const UserHistories histories = user_histories(dataset, history_parts);
  std::vector<double> out(wanted.indices.size());
  global_pool().parallel_for(
      wanted.rows, kBlock, [&, low = lowest, high = highest](std::size_t begin, std::size_t end, int) {
        throw_if_interrupted();
        std::vector<float> scores(static_cast<std::size_t>(model.items()));
        for (std::size_t user = begin; user < end; ++user) {
          const auto items = wanted.row_indices(static_cast<std::int64_t>(user));
          if (items.empty()) continue;
          const auto history = histories.positives(static_cast<std::int64_t>(user));
          const Query query{.user = static_cast<std::int32_t>(user), .history = history};
          model.score({&query, 1}, {scores.data(), 1, model.items()});
          const auto ratings = wanted.row_values(static_cast<std::int64_t>(user));
          for (std::size_t n = 0; n < items.size(); ++n) {
            const float score = scores[items[n]];
            out[static_cast<std::size_t>(wanted.offsets[user]) + n] =
                score == kMasked ? std::nan("") : std::clamp(score, low, high) - static_cast<double>(ratings[n]);
          }
        }
      });
  return out;
}

}  // namespace

std::map<std::string, Interval> rating_errors(const Recommender& model, const Dataset& dataset, unsigned history_parts,
                                              std::span<const std::string> metrics, std::uint64_t seed, int resamples) {
  std::map<std::string, Interval> out;
  if (metrics.empty() || dynamic_cast<const PredictsRatings*>(&model) == nullptr) return out;
  const std::vector<double> all = differences(model, dataset, history_parts);
  for (const auto& name : metrics) {
    const bool squares = parse_pointwise(name) == PointwiseMetric::kRmse;
    std::vector<double> values;
    values.reserve(all.size());
    for (const double difference : all) values.push_back(squares ? difference * difference : std::abs(difference));
    Interval interval = bootstrap_mean(values, seed, resamples);
    if (squares) interval = {std::sqrt(interval.value), std::sqrt(interval.low), std::sqrt(interval.high)};
    out[name] = interval;
  }
  return out;
}

}  // namespace genre
