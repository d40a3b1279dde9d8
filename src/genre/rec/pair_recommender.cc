#include "genre/rec/pair_recommender.h"

#include "genre/rec/tensors.h"

namespace genre {

void PairRecommender::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  model_.score(queries, scores);
}

bool PairRecommender::gains_from_many_queries() const {
  return items() > 0 && !model_.trained().network->shape().tower() &&
         model_.scorer().packed_bytes() > (std::size_t{2} << 20);
}

void PairRecommender::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  model_.save(out, prefix);
}

std::vector<ScoredIndex> PairRecommender::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return model_.similar_items(item, k);
}

}  // namespace genre
