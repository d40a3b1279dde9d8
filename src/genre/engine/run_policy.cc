#include "genre/engine/run_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"

namespace genre {

RunPolicy::RunPolicy(const Artifact& artifact, const RunPolicyOptions& options)
    : artifact_(artifact), options_(options), log_popularity_(static_cast<std::size_t>(artifact.items.size())) {
  if (!(options.temperature > 0) || !std::isfinite(options.temperature))
    throw Error(ErrorCode::kUsage, fmt::format("the temperature is {}, wanted a number above 0", options.temperature));
  const UserHistories& histories = artifact.histories;
  for (std::size_t i = 0; i < histories.items.size(); ++i)
    if (histories.positive[i] != 0) ++log_popularity_[static_cast<std::size_t>(histories.items[i])];
  for (float& count : log_popularity_) count = std::log1p(count);
}

RunPolicy::Distribution RunPolicy::distribution(std::string_view user) const {
  Distribution out;
  const auto id = artifact_.users.find(user);
  std::vector<std::int32_t> liked;
  if (id) {
    liked = artifact_.histories.positives(*id);
    out.seen = artifact_.histories.seen(*id);
  }
  const Query query{.user = id, .history = liked, .seen = out.seen};
  out.personal = artifact_.model->personalises(query);
  out.scores = log_popularity_;
  if (out.personal) artifact_.model->score({&query, 1}, {out.scores.data(), 1, artifact_.model->items()});
  if (options_.unseen)
    for (const std::int32_t item : out.seen) out.scores[static_cast<std::size_t>(item)] = kMasked;
  return out;
}

std::vector<double> RunPolicy::probabilities(const Distribution& distribution,
                                             std::optional<std::span<const std::int32_t>> candidates) const {
  const std::size_t count = candidates ? candidates->size() : distribution.scores.size();
  const auto score = [&](std::size_t i) {
    const std::int32_t item = candidates ? (*candidates)[i] : static_cast<std::int32_t>(i);
    return item < 0 ? kMasked : distribution.scores[static_cast<std::size_t>(item)];
  };
  // Popularity is drawn in proportion whatever the temperature, which belongs to the model's scores.
  const double temperature = distribution.personal ? options_.temperature : 1;
  double best = -INFINITY, sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    if (score(i) > kMasked) best = std::max<double>(best, score(i));
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!(score(i) > kMasked)) continue;  // NaN counts as masked
    out[i] = std::exp((score(i) - best) / temperature);
    sum += out[i];
  }
  for (double& probability : out) probability = sum > 0 ? probability / sum : 0;
  return out;
}

}  // namespace genre
