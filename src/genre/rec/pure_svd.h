// PureSVD: the interactions projected on their leading singular vectors, absent ones counting as zero. Source:
// Cremonesi, Koren and Turrin, "Performance of recommender algorithms on top-N recommendation tasks", RecSys 2010.
#pragma once

#include "genre/rec/factor_model.h"

namespace genre {

struct PureSvdOptions : RecommenderOptions {
  int factors = 64;
  int iterations = 100;
  std::string_view name() const override { return "pure_svd"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// score = x Q Q^T for the history x as a row of values and Q (I x factors), the leading right singular vectors of the
// interactions. Nothing about users is kept: a user and a stranger with the same history get the same list. Fewer
// factors are used where the interactions have a lower rank. Similar items are those with a near column of the
// projected interactions: by the cosine of the rows of Q times the singular values. The rows of Q alone would not do:
// with many factors they come to be orthogonal.
class PureSvd : public FactorModel {
 public:
  explicit PureSvd(PureSvdOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "pure_svd"; }
  void fit(const TrainingData& data) override;
  bool remembers_users() const override { return false; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;

 private:
  PureSvdOptions options_;
  std::vector<float> squares_;  // factors: squared singular values
};

}  // namespace genre
