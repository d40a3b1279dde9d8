#include "genre/rec/random.h"

#include <cassert>

#include "genre/base/error.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

std::uint64_t query_hash(std::uint64_t seed, const Query& query) {
  if (query.user) return mix(mix(seed) + static_cast<std::uint64_t>(*query.user));
  std::uint64_t hash = mix(~seed);
  for (const std::int32_t item : query.history) hash = mix(hash + static_cast<std::uint64_t>(item));
  return hash;
}

}  // namespace

void RandomOptions::fields(config::Fields&) {}
std::unique_ptr<Recommender> RandomOptions::build() const { return std::make_unique<RandomRecommender>(); }

void RandomRecommender::fit(const TrainingData& data) {
  if (data.interactions.cols == 0) throw Error(ErrorCode::kData, "random has no item to choose from");
  state_ = {static_cast<std::int64_t>(data.seed), data.interactions.cols};
}

void RandomRecommender::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  assert(scores.rows() == static_cast<std::int64_t>(queries.size()) && scores.cols() == items());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const std::uint64_t hash = query_hash(static_cast<std::uint64_t>(state_[0]), queries[q]);
    const auto row = scores.row(static_cast<std::int64_t>(q));
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = static_cast<float>(mix(hash + i) >> 40) * 0x1p-24f;
  }
}

void RandomRecommender::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "seed_and_items", std::span<const std::int64_t>(state_), {2});
}

void RandomRecommender::load(const SafetensorsFile& in, const std::string& prefix) {
  const auto state = in.values<std::int64_t>(prefix + "seed_and_items", {2});
  if (state[1] <= 0) bad_tensor(in, prefix + "seed_and_items", "has no items");
  state_.assign(state.begin(), state.end());
}

}  // namespace genre
