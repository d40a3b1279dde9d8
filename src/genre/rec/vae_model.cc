#include "genre/rec/vae_model.h"

#include <algorithm>

#include "genre/neural/room.h"
#include "genre/rec/cosine_neighbours.h"
#include "genre/rec/parameter_tensors.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr std::size_t kQueries = 256;  // that are encoded together

}  // namespace

VaeShape VaeModel::shape_of(std::int64_t items) const {
  VaeShape shape = shape_;
  shape.items = items;
  return shape;
}

void VaeModel::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  VaeNetwork::Pass pass;
  Matrix means, log_variances, states;
  std::vector<neural::Bag> bags;
  for (std::size_t first = 0; first < queries.size(); first += kQueries) {
    const std::span<const Query> some = queries.subspan(first, std::min(kQueries, queries.size() - first));
    const std::int64_t count = std::ssize(some);
    bags.clear();
    for (const Query& query : some) bags.push_back(VaeNetwork::bag_of(query.history));
    const MatrixView mean = neural::room(means, count, shape_.factors),
                     state = neural::room(states, count, network_->state_width());
    network_->encode(bags, pass, mean, neural::room(log_variances, count, shape_.factors));
    network_->decode(mean, pass, state);
    network_->likelihood().logits(network_->decoder.items, state,
                                  {scores.row(static_cast<std::int64_t>(first)).data(), count, scores.cols()});
  }
}

void VaeModel::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  for (const neural::Parameters* const some : network_->parameters()) add_parameters(out, prefix, *some);
}

void VaeModel::load(const SafetensorsFile& in, const std::string& prefix) {
  const std::string items = prefix + "encoder.items.weight";
  in.values<float>(items, {-1, -1});  // refuses what is no matrix
  if (in.at(items).shape[0] == 0) bad_tensor(in, items, "has no items");
  VaeNetwork network(shape_of(in.at(items).shape[0]), /*random=*/nullptr);
  for (neural::Parameters* const some : network.parameters()) read_parameters(in, prefix, *some);
  network.pack_encoder();
  network.pack_decoder();
  set_network(std::move(network));
}

std::vector<ScoredIndex> VaeModel::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return cosine_neighbours(network_->decoder.items.value(0), item, k);
}

}  // namespace genre
