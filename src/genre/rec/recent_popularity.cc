#include "genre/rec/recent_popularity.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/rec/sequences.h"
#include "genre/rec/tensors.h"

namespace genre {

void RecentPopularityOptions::fields(config::Fields& f) {
  f.number("half_life_days", half_life_days, {.minimum = 1e-6, .maximum = 1e6},
           "days after which an interaction counts half");
  f.number("window_days", window_days, {.minimum = 0, .maximum = 1e6},
           "older interactions do not count at all; 0: all count");
  f.flag("weighted", weighted, "add up the values of interactions instead of counting them");
}

std::unique_ptr<Recommender> RecentPopularityOptions::build() const {
  return std::make_unique<RecentPopularity>(*this);
}

void RecentPopularity::fit(const TrainingData& data) {
  require_interactions(name(), data);
  require_aligned_times(data);
  constexpr double kDay = 24.0 * 60 * 60 * 1000;
  const bool timed = !data.times.empty();
  const std::int64_t newest = timed ? *std::max_element(data.times.begin(), data.times.end()) : 0;
  std::vector<double> sums(data.interactions.cols, 0.0);
  for (std::size_t n = 0; n < data.interactions.indices.size(); ++n) {
    const double days = timed ? (static_cast<double>(newest) - static_cast<double>(data.times[n])) / kDay : 0;
    if (options_.window_days > 0 && days > options_.window_days) continue;
    const double x = options_.weighted ? data.interactions.values[n] : 1.0;
    sums[data.interactions.indices[n]] += x * std::exp2(-days / options_.half_life_days);
  }
  popularity_.assign(sums.begin(), sums.end());
}

void RecentPopularity::score([[maybe_unused]] std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::int64_t q = 0; q < scores.rows(); ++q)
    std::copy(popularity_.begin(), popularity_.end(), scores.row(q).begin());
}

void RecentPopularity::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "popularity", std::span<const float>(popularity_), {items()});
}

void RecentPopularity::load(const SafetensorsFile& in, const std::string& prefix) {
  popularity_ = read_vector<float>(in, prefix + "popularity");
}

}  // namespace genre
