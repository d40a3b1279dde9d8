// What the factor models that predict ratings share.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/rec/factor_model.h"
#include "genre/rec/rated_histories.h"

namespace genre {

// A factor model whose scores are ratings: item_bias holds mean + the item's own.
class RatingFactorModel : public FactorModel, public PredictsRatings {
 public:
  std::pair<float, float> rating_range() const override;
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 protected:
  Biases biases() const override { return {.item = true}; }
  void set_scale(const RatingScale& scale) { scale_ = {scale.mean, scale.liked, scale.lowest, scale.highest}; }
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
