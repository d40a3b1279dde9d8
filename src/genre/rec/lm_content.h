// Content-based recommendation in the vector space of a language model: what you read says what you will like. The
// profile of a user is the mean of what was read (Rocchio, 1971; Lops, de Gemmis and Semeraro, "Content-based
// recommender systems", 2011). Knows every item that has text, also those that nobody touched.
#pragma once

#include <string>
#include <vector>

#include "genre/linalg/gemm.h"
#include "genre/rec/centred_vectors.h"
#include "genre/rec/recommender.h"

namespace genre {

struct LmContentOptions : RecommenderOptions {
  bool centre = true;
  double decay = 1.0;
  double text_share = 0.5;
  std::string_view name() const override { return "lm_content"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 8 * size.items * size.dimension + 8 * size.dimension;
  }
  bool needs_item_vectors() const override { return true; }
};

// score of item j = cosine of its centred vector v_j and the profile
//   history alone   unit(sum over history items i of value(i) decay^age(i) v_i), age 0 for the newest
//   text alone      unit(text - mean)
//   both            (1 - text_share) history + text_share text
// kMasked for items without text. Memory: 8 I D bytes (once for products, once for rows).
class LmContent : public Recommender, public Explains, public FindsSimilarItems {
 public:
  explicit LmContent(LmContentOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "lm_content"; }
  void fit(const TrainingData& data) override;
  // Throws Error(kData) for a query text of another width.
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  std::int64_t items() const override { return items_.vectors.rows(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

  std::vector<ScoredIndex> explain(const Query& query, std::int32_t item, int count) const override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

 private:
  float history_weight(const Query& query, std::size_t position) const;
  void profile(const Query& query, std::span<float> out) const;  // D
  void score_profiles(ConstMatrixView profiles, MatrixView scores) const;

  LmContentOptions options_;
  CentredVectors items_;
  PackedMatrix packed_;  // D x I
};

}  // namespace genre
