// Light graph convolution for recommendation. Source: He, Deng, Wang, Li, Zhang and Wang, "LightGCN: Simplifying and
// Powering Graph Convolution Network for Recommendation" (SIGIR 2020).
#pragma once

#include "genre/rec/factor_model.h"

namespace genre {

struct LightGcnOptions : RecommenderOptions {
  int factors = 64;
  int layers = 2;
  int epochs = 50;
  int batch = 8192;
  double learning_rate = 0.01;
  double l2 = 0.001;
  std::string_view name() const override { return "lightgcn"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
};

// score of item j for user u = u . v_j, where all vectors are means of layers 0 to L of a propagation over the graph of
// interactions (neural/graph_propagation.h). Layer 0 is learnt by Adam, which minimises the mean over u's items i, each
// with an item j drawn uniformly from those that u has not, of
//
//   -ln sigma(u . (v_i - v_j)) + l2 / 2 (|e_u|^2 + |e_i|^2 + |e_j|^2)     e: layer 0
//
// One epoch visits every interaction once. The result does not depend on the number of threads. Event weights are not
// used.
//
// A stranger joins the graph by edges that lead from the items of the history to the stranger alone: with nothing in
// layer 0, and items as training left them, in their layers and their degrees (1 for an item that nobody had). The
// vector is then
//
//   sum over i of the history of w_i / sqrt(|history|)     w_i = (layers 0 to L - 1 of i) / ((L + 1) sqrt(degree of i))
//
// which for the history of a user of training is u less e_u / (L + 1).
class LightGcn : public FactorModel {
 public:
  explicit LightGcn(LightGcnOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "lightgcn"; }
  void fit(const TrainingData& data) override;
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 protected:
  float fold_in(const Query& query, std::span<float> vector) const override;

 private:
  LightGcnOptions options_;
  Matrix history_items_;  // I x D: w
};

}  // namespace genre
