#include "genre/rec/rated_histories.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/csr_tensors.h"
#include "genre/rec/tensors.h"

namespace genre {

const CsrMatrix& ratings_of(std::string_view model, const TrainingData& data) {
  const CsrMatrix& out = data.ratings == nullptr ? data.interactions : *data.ratings;
  if (out.rows != data.interactions.rows || out.cols != data.interactions.cols)
    throw Error(ErrorCode::kData, fmt::format("{} wants ratings of {} users x {} items, found {} x {}", model,
                                              data.interactions.rows, data.interactions.cols, out.rows, out.cols));
  for (std::size_t n = 0; n < out.values.size(); ++n)
    if (!std::isfinite(out.values[n]))
      throw Error(ErrorCode::kData,
                  fmt::format("{} found a rating of {} for item {}", model, out.values[n], out.indices[n]),
                  "filter the events by value");
  if (out.nonzeros() == 0)
    throw Error(ErrorCode::kData, fmt::format("{} has no rating to learn from", model),
                "check [data.split]: what is left for training");
  return out;
}

RatingScale rating_scale(const CsrMatrix& ratings, const CsrMatrix& interactions) {
  double sum = 0, liked = 0;
  std::int64_t positives = 0;
  for (std::int64_t user = 0; user < ratings.rows; ++user) {
    const auto rated = ratings.row_indices(user);
    const auto values = ratings.row_values(user);
    const auto positive = interactions.row_indices(user);
    std::size_t p = 0;
    for (std::size_t n = 0; n < rated.size(); ++n) {
      sum += values[n];
      while (p < positive.size() && positive[p] < rated[n]) ++p;
      if (p == positive.size() || positive[p] != rated[n]) continue;
      liked += values[n];
      ++positives;
    }
  }
  RatingScale out;
  out.mean = static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(ratings.nonzeros(), 1)));
  out.liked = positives == 0 ? out.mean : static_cast<float>(liked / static_cast<double>(positives));
  if (ratings.nonzeros() == 0) return out;
  const auto [low, high] = std::minmax_element(ratings.values.begin(), ratings.values.end());
  out.lowest = *low;
  out.highest = *high;
  return out;
}

std::vector<float> item_means(const CsrMatrix& ratings, float otherwise) {
  std::vector<double> sums(ratings.cols, 0.0), counts(ratings.cols, 0.0);
  for (std::size_t n = 0; n < ratings.indices.size(); ++n) {
    sums[ratings.indices[n]] += ratings.values[n];
    counts[ratings.indices[n]] += 1;
  }
  std::vector<float> out(ratings.cols, otherwise);
  for (std::size_t item = 0; item < out.size(); ++item)
    if (counts[item] > 0) out[item] = static_cast<float>(sums[item] / counts[item]);
  return out;
}

CsrMatrix centred_by_user(CsrMatrix ratings) {
  for (std::int64_t user = 0; user < ratings.rows; ++user) {
    double sum = 0;
    for (const float value : ratings.row_values(user)) sum += value;
    const std::int64_t first = ratings.offsets[user], last = ratings.offsets[user + 1];
    const auto mean = static_cast<float>(sum / static_cast<double>(std::max<std::int64_t>(last - first, 1)));
    for (std::int64_t n = first; n < last; ++n) ratings.values[n] -= mean;
  }
  return ratings;
}

RatedHistories::Rated RatedHistories::rated(const Query& query) const {
  if (query.user && *query.user >= 0 && *query.user < ratings_.rows && !ratings_.row_indices(*query.user).empty())
    return {ratings_.row_indices(*query.user), ratings_.row_values(*query.user)};
  return {query.history, {}};
}

void RatedHistories::save(SafetensorsWriter& out, const std::string& prefix) const {
  save_csr(out, prefix, ratings_);
  out.add(prefix + "scale", as_tensor(scale_), {4});
}

RatedHistories RatedHistories::load(const SafetensorsFile& in, const std::string& prefix, std::int64_t items) {
  RatedHistories out;
  out.ratings_ = read_csr(in, prefix, items);
  out.scale_ = read_scale(in, prefix + "scale");
  return out;
}

std::span<const float> as_tensor(const RatingScale& scale) {
  static_assert(sizeof(RatingScale) == 4 * sizeof(float));
  return {&scale.mean, 4};
}

RatingScale read_scale(const SafetensorsFile& in, const std::string& name) {
  const auto values = in.values<float>(name, {4});
  return {values[0], values[1], values[2], values[3]};
}

}  // namespace genre
