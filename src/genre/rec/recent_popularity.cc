#include "genre/rec/recent_popularity.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/rec/sequences.h"
#include "genre/rec/tensors.h"
#include "genre/rec/updates.h"

namespace genre {
namespace {

constexpr double kDay = 24.0 * 60 * 60 * 1000;

}  // namespace

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

void RecentPopularity::add(const TrainingData& data, std::int64_t newest, std::vector<double>& sums) const {
  for (std::size_t n = 0; n < data.interactions.indices.size(); ++n) {
    const double days =
        data.times.empty() ? 0 : (static_cast<double>(newest) - static_cast<double>(data.times[n])) / kDay;
    if (options_.window_days > 0 && days > options_.window_days) continue;
    const double x = options_.weighted ? data.interactions.values[n] : 1.0;
    sums[data.interactions.indices[n]] += x * std::exp2(-days / options_.half_life_days);
  }
}

void RecentPopularity::fit(const TrainingData& data) {
  require_interactions(name(), data);
  require_aligned_times(data);
  newest_ = {data.times.empty() ? 0 : *std::max_element(data.times.begin(), data.times.end())};
  std::vector<double> sums(data.interactions.cols, 0.0);
  add(data, newest_[0], sums);
  popularity_.assign(sums.begin(), sums.end());
}

void RecentPopularity::update(const TrainingData& before, const TrainingData& more) {
  require_update(*this, before, more);
  std::int64_t newest = newest_[0];
  for (const std::int64_t time : more.times) newest = std::max(newest, time);
  std::vector<double> sums(popularity_.begin(), popularity_.end());
  if (options_.window_days > 0) {
    std::fill(sums.begin(), sums.end(), 0.0);
    add(before, newest, sums);
  } else {
    const double days = (static_cast<double>(newest) - static_cast<double>(newest_[0])) / kDay;
    for (double& sum : sums) sum *= std::exp2(-days / options_.half_life_days);
  }
  add(more, newest, sums);
  popularity_.assign(sums.begin(), sums.end());
  newest_ = {newest};
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
  out.add(prefix + "newest", std::span<const std::int64_t>(newest_), {1});
}

void RecentPopularity::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto newest = in.values<std::int64_t>(prefix + "newest", {1});
  popularity_ = read_vector<float>(in, prefix + "popularity");
  newest_.assign(newest.begin(), newest.end());
}

}  // namespace genre
