// WARP: pairs weighted by how badly the positive is ranked. Source: Weston, Bengio and Usunier, "WSABIE: scaling up to
// large vocabulary image annotation", IJCAI 2011.
#pragma once

#include "genre/rec/block_schedule.h"
#include "genre/rec/factor_model.h"

namespace genre {

struct WarpOptions : RecommenderOptions {
  int factors = 64;
  int epochs = 30;
  double learning_rate = 0.02;
  double l2 = 0.01;
  int negatives = 100;
  std::string_view name() const override { return "warp"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// For each interaction (u, i), other items j are drawn until one breaks the margin, x = u . (v_i - v_j) + b_i - b_j <
// 1, at most `negatives` times. After T draws the rank of i is taken to be R = (I - 1) / T, and the step descends
//
//   L(R) / L(I - 1) (1 - x) + l2 / 2 (|u|^2 + |v_i|^2 + |v_j|^2 + b_i^2 + b_j^2),   L(R) = 1 + 1/2 + ... + 1/R,
//
// so that errors at the top of the list weigh most. Where no draw breaks the margin, nothing happens. The order is that
// of block_schedule.h: the result depends on the seed alone; j comes from the part of the catalogue that i is in. Event
// weights are not used. Strangers are folded in by the same steps with the items held still.
class Warp : public FactorModel {
 public:
  explicit Warp(WarpOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "warp"; }
  void fit(const TrainingData& data) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;
  Biases biases() const override { return {.item = true}; }

 private:
  WarpOptions options_;
};

// L(rank) / L(most) for the rank that `draws` draws speak for.
class RankWeight {
 public:
  RankWeight(std::int64_t items, int most_draws);
  float operator()(int draws) const { return weights_[draws]; }

 private:
  std::vector<float> weights_;
};

}  // namespace genre
