// Collaborative filtering without ids: who users and what items are is told by a language model's vectors of texts
// alone, mapped into a space in which they then spread over the graph of interactions. Source: Sheng, Zhang, Zhang,
// Chen, Wang and Chua, "Language Representations Can be What Recommenders Need: Findings and Potentials" (ICLR 2025).
#pragma once

#include "genre/linalg/gemm.h"
#include "genre/rec/factor_model.h"

namespace genre {

struct AlphaRecOptions : RecommenderOptions {
  int factors = 64;
  int hidden = 256;
  int layers = 2;
  double temperature = 0.15;
  int negatives = 256;
  int epochs = 50;
  int batch = 2048;
  double learning_rate = 0.001;
  double weight_decay = 0;
  std::string_view name() const override { return "alpha_rec"; }
  void fields(config::Fields& f) override;
  std::unique_ptr<Recommender> build() const override;
  std::int64_t fit_bytes(const DataSize& size) const override;
  bool needs_item_vectors() const override { return true; }
};

// score of item j for user u = cosine of u and v_j, where all vectors are means of layers 0 to L of a propagation over
// the graph of interactions (neural/graph_propagation.h), and layer 0 is what a network makes of centred text vectors,
// of the item's or of the mean of those of the user's items (neural/text_nodes.h). The network is learnt by Adam, which
// minimises the mean over interactions (u, i) of
//
//   -log softmax over items (cosine(u, v_item) / temperature)[i]
//
// against all items that have interactions, or against those of the step and some that are drawn (sampled_softmax of
// next_item_loss.h). One epoch visits every interaction once. The result does not depend on the number of threads.
// Event weights are not used.
//
// A user is nothing but items: a stranger with the history of a user of training has the user's vector. In a history,
// an item without interactions counts as if it had one; so do words, which stand as one more item. An item without
// interactions has its layer 0 alone, one without text too is masked. Memory: 4 I (3 D + H) bytes.
class AlphaRec : public FactorModel {
 public:
  explicit AlphaRec(AlphaRecOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "alpha_rec"; }
  void fit(const TrainingData& data) override;
  bool personalises(const Query& query) const override;
  bool remembers_users() const override { return false; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;

 protected:
  bool reads(const Query& query) const override { return !query.history.empty() || !query.text.empty(); }
  bool masks_zero_vectors() const override { return true; }
  // Throws Error(kData) for a query text of another width.
  float fold_in(const Query& query, std::span<float> vector) const override;

 private:
  // What makes a vector of a history or of words.
  struct Network {
    std::vector<float> mean;         // P: of texts
    Matrix first, second;            // H x P, D x H
    Matrix first_bias, second_bias;  // 1 x H, 1 x D
    Matrix item_sums;                // I x H: first of the items' texts
    Matrix history_items;            // I x D: what an item gives to who has it (neural/graph_propagation.h)
  };
  void set_network(Network network);

  AlphaRecOptions options_;
  Network network_;
  PackedMatrix packed_first_, packed_second_;  // P x H, H x D
};

}  // namespace genre
