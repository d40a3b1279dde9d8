// What the recommenders of a variational autoencoder share: a network that reads a history and scores every item.
#pragma once

#include <optional>

#include "genre/rec/recommender.h"
#include "genre/rec/vae_network.h"

namespace genre {

// A subclass fits and sets the network. Scores are those of the mean code. Event weights and order are not used. A user
// is nothing but a history, so that strangers are answered as well as anybody.
class VaeModel : public Recommender, public FindsSimilarItems {
 public:
  void score(std::span<const Query> queries, MatrixView scores) const override;
  bool personalises(const Query& query) const override { return !query.history.empty(); }
  std::int64_t items() const override { return network_ ? network_->shape().items : 0; }
  void save(SafetensorsWriter& out, const std::string& prefix) const override;
  void load(const SafetensorsFile& in, const std::string& prefix) override;
  // By cosine of what the decoder scores items by.
  std::vector<ScoredIndex> similar_items(std::int32_t item, int k) const override;

 protected:
  explicit VaeModel(const VaeShape& shape) : shape_(shape) {}
  VaeShape shape_of(std::int64_t items) const;
  void set_network(VaeNetwork network) { network_ = std::move(network); }

 private:
  VaeShape shape_;  // but for the items
  std::optional<VaeNetwork> network_;
};

}  // namespace genre
