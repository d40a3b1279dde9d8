// Ratings as a line over what was rated alike: the collaborative formula of this framework. Neighbours and weights as
// in Sarwar, Karypis, Konstan and Riedl, "Item-based collaborative filtering recommendation algorithms", WWW 2001, who
// regress ratings too.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "genre/rec/item_knn.h"
#include "genre/rec/line_fit.h"
#include "genre/rec/rated_histories.h"

namespace genre {

struct SimilarityRegressionOptions : RecommenderOptions {
  int neighbours = 100;
  std::string similarity = "adjusted_cosine";  // cosine, adjusted_cosine, jaccard
  double shrink = 0;
  double prior = 0.5;
  double learning_rate = 0.1;
  int epochs = 200;
  double l2 = 0;
  std::string_view name() const override { return "similarity_regression"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override {
    return 32 * size.items * std::min<std::int64_t>(size.items, neighbours) + 48 * size.interactions + 64 * size.items +
           8 * size.users + 128;
  }
};

// Rating of user u for item j = theta0 + theta1 s(u, j), where s is what u gave to the items like j:
//   s(u, j) = (sum of similarity(i, j) r_ui + prior m_j) / (sum of similarity(i, j) + prior), over i rated by u among
//   the
//             `neighbours` most similar items of j, similarity above 0, as in item_knn over all ratings
// m_j is the mean rating of j, or of all where j has none: it stands in where u rated no neighbour, outweighs few of
// them, and tells items apart for a stranger, all of whose ratings are one. prior 0 is the plain weighted mean.
// theta minimises the mean of (r_uj - theta0 - theta1 s(u, j))^2 over all ratings, plus l2 theta1^2, by gradient
// descent (descend in line_fit.h); j is never its own neighbour, so s(u, j) does not hold r_uj. A stranger's history
// counts as rated RatingScale::liked. Memory: 8 I neighbours bytes and 8 N for the ratings of known users.
class SimilarityRegression : public Recommender, public PredictsRatings, public FindsSimilarItems {
 public:
  explicit SimilarityRegression(SimilarityRegressionOptions options);
  std::string_view name() const override { return "similarity_regression"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override { return true; }
  std::int64_t items() const override { return neighbours_.items(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;
  std::pair<float, float> rating_range() const override {
    return {histories_.scale().lowest, histories_.scale().highest};
  }

  Line line() const { return {theta_[0], theta_[1]}; }

 private:
  // s(u, j) of all items; `weights` is scratch of the same size.
  void interpolate(const RatedHistories::Rated& rated, std::span<float> out, std::span<float> weights) const;

  SimilarityRegressionOptions options_;
  ItemKnn neighbours_;  // fitted on ratings
  RatedHistories histories_;
  std::vector<float> item_means_;
  std::vector<double> theta_ = {0, 0};
};

}  // namespace genre
