// The ratings that a rating model learns from, and where they lie.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/rec/factor_model.h"

namespace genre {

struct RatingScale {
  float mean = 0;   // of all ratings
  float liked = 0;  // mean rating of the positive interactions: what a stranger's history counts as
  float minimum = 0, maximum = 0;
};

// data.ratings, or where there are none the values of the interactions. Throws Error(kData) where there is nothing.
const CsrMatrix& require_ratings(std::string_view model, const TrainingData& data);
RatingScale rating_scale(const TrainingData& data);

// A factor model whose scores are ratings: item_bias holds mean + the item's own.
class RatingFactorModel : public FactorModel, public PredictsRatings {
 public:
  std::pair<float, float> rating_range() const override;
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 protected:
  Biases biases() const override { return {.item = true}; }
  void set_scale(const RatingScale& scale) { scale_ = {scale.mean, scale.liked, scale.minimum, scale.maximum}; }
  float liked() const { return scale_[1]; }

  // The exact ridge answer for somebody who rates every history item as `liked`: minimises
  //   sum over i of (liked - item_bias(i) - bias - (offset + vector) . v_i)^2 + l2 n (|vector|^2 + bias^2)
  // and returns the bias (0 and not fitted without `with_bias`). `vector` holds the offset at first, and offset plus
  // answer at the end.
  enum class FoldInBias { kFitted, kNone };
  float fold_in_liked(const Query& query, double l2, FoldInBias bias, std::span<float> vector) const;

 private:
  std::vector<float> scale_ = std::vector<float>(4, 0.0f);
};

}  // namespace genre
