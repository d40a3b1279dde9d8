#include "genre/engine/event_metrics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/engine/user_histories.h"
#include "genre/eval/pointwise.h"
#include "genre/rec/recommend_all.h"

namespace genre {
namespace {

// Aligned with the indices of `wanted`.
std::vector<float> event_scores(const Recommender& model, const Dataset& dataset, unsigned history_parts,
                                const CsrMatrix& wanted) {
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < wanted.rows; ++user)
    if (!wanted.row_indices(user).empty()) users.push_back(user);
  const UserHistories histories = user_histories(dataset, history_parts);
  std::vector<float> out(wanted.indices.size());
  const std::size_t block = queries_per_block(model, static_cast<std::int64_t>(users.size()));
  global_pool().parallel_for(users.size(), block, [&](std::size_t begin, std::size_t end, int) {
    throw_if_interrupted();
    const std::size_t count = end - begin;
    std::vector<std::vector<std::int32_t>> liked(count);
    std::vector<Query> queries(count);
    for (std::size_t n = 0; n < count; ++n) {
      liked[n] = histories.positives(users[begin + n]);
      queries[n] = {.user = users[begin + n], .history = liked[n], .seen = histories.seen(users[begin + n])};
    }
    std::vector<float> buffer(count * static_cast<std::size_t>(model.items()));
    const MatrixView scores(buffer.data(), static_cast<std::int64_t>(count), model.items());
    model.score(queries, scores);
    for (std::size_t n = 0; n < count; ++n) {
      const auto row = scores.row(static_cast<std::int64_t>(n));
      auto at = out.begin() + wanted.offsets[users[begin + n]];
      for (const std::int32_t item : wanted.row_indices(users[begin + n])) *at++ = row[item];
    }
  });
  return out;
}

// Prediction minus rating; NaN where the model has nothing to say.
std::vector<double> differences(const PredictsRatings& model, std::span<const float> scores,
                                std::span<const float> ratings) {
  const auto [low, high] = model.rating_range();
  std::vector<double> out(scores.size());
  for (std::size_t n = 0; n < out.size(); ++n)
    out[n] = scores[n] == kMasked ? std::nan("") : std::clamp(scores[n], low, high) - static_cast<double>(ratings[n]);
  return out;
}

Interval rating_error(const std::string& name, std::span<const double> differences, std::uint64_t seed, int resamples) {
  const bool squares = name == "rmse";
  std::vector<double> values;
  values.reserve(differences.size());
  for (const double difference : differences)
    values.push_back(squares ? difference * difference : std::abs(difference));
  const Interval interval = bootstrap_mean(values, seed, resamples);
  return squares ? Interval{std::sqrt(interval.value), std::sqrt(interval.low), std::sqrt(interval.high)} : interval;
}

// A query for each user with test events.
ScoredPairs liked_or_not(const Dataset& dataset, const CsrMatrix& wanted, std::vector<float> scores) {
  const CsrMatrix liked = dataset.matrix(kTestPart, /*binary=*/true);
  ScoredPairs out;
  out.scores = std::move(scores);
  out.labels.reserve(out.scores.size());
  for (std::int64_t user = 0; user < wanted.rows; ++user) {
    const auto of_user = liked.row_indices(user);
    for (const std::int32_t item : wanted.row_indices(user))
      out.labels.push_back(std::binary_search(of_user.begin(), of_user.end(), item) ? 1.0f : 0.0f);
    if (!wanted.row_indices(user).empty()) out.offsets.push_back(std::ssize(out.labels));
  }
  return out;
}

}  // namespace

bool is_rating_error(const std::string& name) { return name == "rmse" || name == "mae"; }

bool is_event_metric(const std::string& name) { return is_rating_error(name) || name == "auc" || name == "gauc"; }

std::map<std::string, Interval> event_metrics(const Recommender& model, const Dataset& dataset, unsigned history_parts,
                                              std::span<const std::string> metrics, std::uint64_t seed, int resamples) {
  const auto* const predicts = dynamic_cast<const PredictsRatings*>(&model);
  std::vector<std::string> asked;
  for (const auto& name : metrics)
    if (!is_rating_error(name) || predicts != nullptr) asked.push_back(name);
  std::map<std::string, Interval> out;
  if (asked.empty()) return out;
  const CsrMatrix wanted = dataset.ratings(kTestPart);
  std::vector<float> scores = event_scores(model, dataset, history_parts, wanted);
  const std::vector<double> off =
      predicts != nullptr ? differences(*predicts, scores, wanted.values) : std::vector<double>();
  const ScoredPairs pairs = liked_or_not(dataset, wanted, std::move(scores));
  for (const auto& name : asked)
    out[name] = is_rating_error(name) ? rating_error(name, off, seed, resamples)
                                      : pointwise_interval(*parse_pointwise(name), pairs,
                                                           MetricDefinition::GroupWeight::kPositives, seed, resamples);
  return out;
}

}  // namespace genre
