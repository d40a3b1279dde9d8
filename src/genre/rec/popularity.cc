#include "genre/rec/popularity.h"

#include <algorithm>
#include <cassert>

#include "genre/rec/tensors.h"
#include "genre/rec/updates.h"

namespace genre {

void PopularityOptions::fields(config::Fields& f) {
  f.flag("weighted", weighted, "add up the values of interactions instead of counting them");
}

std::unique_ptr<Recommender> PopularityOptions::build() const { return std::make_unique<Popularity>(*this); }

void Popularity::fit(const TrainingData& data) {
  require_interactions(name(), data);
  std::vector<double> sums(data.interactions.cols, 0.0);  // a float stops counting at 2^24
  for (std::size_t n = 0; n < data.interactions.indices.size(); ++n)
    sums[data.interactions.indices[n]] += options_.weighted ? data.interactions.values[n] : 1.0;
  popularity_.assign(sums.begin(), sums.end());
}

void Popularity::update(const TrainingData& before, const TrainingData& more) {
  require_update(*this, before, more);
  for (std::size_t n = 0; n < more.interactions.indices.size(); ++n)
    popularity_[more.interactions.indices[n]] += options_.weighted ? more.interactions.values[n] : 1.0f;
}

void Popularity::score([[maybe_unused]] std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::int64_t q = 0; q < scores.rows(); ++q)
    std::copy(popularity_.begin(), popularity_.end(), scores.row(q).begin());
}

void Popularity::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "popularity", std::span<const float>(popularity_), {items()});
}

void Popularity::load(const SafetensorsFile& in, const std::string& prefix) {
  popularity_ = read_vector<float>(in, prefix + "popularity");
}

}  // namespace genre
