// What the models that predict ratings share: who rated what in training, and how a stranger's history is read.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "genre/rec/recommender.h"

namespace genre {

// The ratings that a model learns from: TrainingData::ratings, or the interactions with their values where it is null.
// Throws Error(kData) when they have other users or items than the interactions, or when a rating is not finite.
const CsrMatrix& ratings_of(std::string_view model, const TrainingData& data);

// What is known of ratings as a whole.
struct RatingScale {
  float mean = 0;   // of all ratings
  float liked = 0;  // mean over the positive interactions: what a stranger's history counts
  float lowest = 0, highest = 0;
};
// Double sums in the order of users.
RatingScale rating_scale(const CsrMatrix& ratings, const CsrMatrix& interactions);

// I: the mean rating of each item, `otherwise` where it has none.
std::vector<float> item_means(const CsrMatrix& ratings, float otherwise);

// Each rating minus the mean of its user.
CsrMatrix centred_by_user(CsrMatrix ratings);

// The ratings of training by user, for models that remember them. Memory: 8 N + 8 U bytes.
class RatedHistories {
 public:
  RatedHistories() = default;
  RatedHistories(const CsrMatrix& ratings, RatingScale scale) : ratings_(ratings), scale_(scale) {}

  std::int64_t items() const { return ratings_.cols; }
  const RatingScale& scale() const { return scale_; }
  const CsrMatrix& ratings() const { return ratings_; }

  struct Rated {
    std::span<const std::int32_t> items;
    std::span<const float> values;  // empty: all are `liked`
    float value(std::size_t n, float liked) const { return values.empty() ? liked : values[n]; }
  };
  // What query.user rated in training; of a stranger the history, every item of it liked.
  Rated rated(const Query& query) const;

  // Tensors "offsets", "indices", "values" and "scale".
  void save(SafetensorsWriter& out, const std::string& prefix) const;
  static RatedHistories load(const SafetensorsFile& in, const std::string& prefix, std::int64_t items);

 private:
  CsrMatrix ratings_;
  RatingScale scale_;
};

// A scale as a tensor of 4.
std::span<const float> as_tensor(const RatingScale& scale);
RatingScale read_scale(const SafetensorsFile& in, const std::string& name);

}  // namespace genre
