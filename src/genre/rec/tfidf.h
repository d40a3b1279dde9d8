// Content-based recommendation by words in the vector space model. Sources: Salton and Buckley, "Term-weighting
// approaches in automatic text retrieval", 1988; profiles: Lops, de Gemmis and Semeraro, "Content-based recommender
// systems", 2011.
#pragma once

#include "genre/rec/sparse_content.h"

namespace genre {

struct TfidfOptions : RecommenderOptions {
  double decay = 1.0;
  std::string_view name() const override { return "tfidf"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  bool needs_item_texts() const override { return true; }
  std::int64_t fit_bytes(const DataSize& size) const override { return word_bytes(size); }
};

// As SparseContent with x_j = y_j = unit(t_j): the score is the cosine of the profile and the item, where
//   t(j, w) = (1 + ln count(j, w)) ln(items with text / items with w)
// A word that every text has weighs nothing.
class Tfidf : public SparseContent {
 public:
  explicit Tfidf(TfidfOptions options) : SparseContent(options.decay) {}
  std::string_view name() const override { return "tfidf"; }

 protected:
  void tell(std::span<const std::int32_t> words, std::span<float> counts) const override;
  void offer(std::span<const std::int32_t> words, std::span<float> counts) const override { tell(words, counts); }
};

}  // namespace genre
