// Several tasks from one model: who touches what, and how they rate it. Source: Ma, Zhao, Yi, Chen, Hong and Chi,
// "Modeling task relationships in multi-task learning with multi-gate mixture-of-experts" (KDD 2018).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "genre/rec/mmoe_training.h"

namespace genre {

struct MmoeOptions : RecommenderOptions {
  std::string score = "click";  // click, rating
  double click_weight = 1, rating_weight = 0.1;
  int factors = 64;
  int experts = 4;
  int expert_width = 64;
  std::vector<int> hidden = {32};
  double dropout = 0.1;
  int negatives = 4;
  int epochs = 10;
  int batch = 256;
  double learning_rate = 0.003;
  double weight_decay = 0.3;
  std::string_view name() const override { return "mmoe"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  // Throws Error(kConfig) where the score is that of a task which is not learnt.
  MmoeTraining training() const;
};

// Vectors of users and items go through neural/mmoe_network.h, whose first number x is the log odds that the user
// touches the item, and whose second r is the rating, in deviations from the mean of all. Minimises, by Adam,
//
//   click_weight (the mean of -ln sigma(x) over interactions and of -ln sigma(-x) over items drawn beside them)
//   + rating_weight (the mean of (r - its rating)^2 over all ratings, of what was liked or not),
//
// `negatives` items drawn for each interaction anew each time, uniformly from what the user has not touched. Vectors
// that a step does not mention stay as they are, as in neumf.h. `score` says which task orders items: x, or the rating
// in its own units, which MmoeRatings promises.
//
// Users of training are remembered. For anybody else the network and the items are held still: the user's vector starts
// from the mean of all users', and takes kFoldInSteps steps of Adam of the size kFoldInRate down the same loss of the
// newest kFoldInEvents of the history, where what is in it is rated as the mean positive interaction was; the draws
// depend on nothing but how many these are and the catalogue. An empty history is answered by the mean user.
class Mmoe : public Recommender, public FindsSimilarItems {
 public:
  static constexpr int kFoldInSteps = 50, kFoldInEvents = 512;
  static constexpr double kFoldInRate = 0.02;

  explicit Mmoe(MmoeOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "mmoe"; }
  void fit(const TrainingData& data) override;
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override { return !query.history.empty() || remembers(query); }
  bool remembers_users() const override { return true; }
  bool gains_from_many_queries() const override { return false; }
  std::int64_t items() const override { return trained_.items.rows(); }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;  // by the cosine of their vectors

 protected:
  const RatingScale& scale() const { return trained_.scale; }

 private:
  void set(TrainedMmoe trained);
  bool remembers(const Query& query) const;
  std::vector<float> fold_in(std::span<const std::int32_t> history) const;
  int task() const { return options_.score == "rating" ? kRatingTask : kClickTask; }

  MmoeOptions options_;
  TrainedMmoe trained_;
  std::vector<float> mean_;    // D, of the users of training
  Matrix experts_;             // I x E H: what items bring to the experts
  std::vector<Matrix> gates_;  // of each task, I x E
};

// mmoe whose scores are ratings.
class MmoeRatings : public Mmoe, public PredictsRatings {
 public:
  using Mmoe::Mmoe;
  std::pair<float, float> rating_range() const override { return {scale().lowest, scale().highest}; }
};

}  // namespace genre
