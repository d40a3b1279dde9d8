#include "genre/rec/lightgcn.h"

#include <cmath>

#include "genre/linalg/gemm.h"
#include "genre/rec/lightgcn_training.h"
#include "genre/rec/tensors.h"

namespace genre {

void LightGcnOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("layers", layers, {.minimum = 1, .maximum = 16}, "of propagation over the graph");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1 << 24}, "interactions whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on the squared length of the vectors in layer 0");
}

std::unique_ptr<Recommender> LightGcnOptions::build() const { return std::make_unique<LightGcn>(*this); }

std::int64_t LightGcnOptions::fit_bytes(const DataSize& size) const {
  return lightgcn_training_bytes(*this, size) + factor_bytes(size, factors);
}

void LightGcn::fit(const TrainingData& data) {
  require_interactions(name(), data);
  TrainedLightGcn trained = train_lightgcn(options_, data);
  history_items_ = std::move(trained.history_items);
  set_factors({std::move(trained.vectors.users), std::move(trained.vectors.items), {}, {}});
}

void LightGcn::save(SafetensorsWriter& out, const std::string& prefix) const {
  FactorModel::save(out, prefix);
  out.add(prefix + "history_items", history_items_.values(), {history_items_.rows(), history_items_.cols()});
}

void LightGcn::load(const SafetensorsFile& in, const std::string& prefix) {
  const std::string name = prefix + "history_items";
  Matrix history_items = read_matrix(in, name);
  FactorModel::load(in, prefix);
  if (history_items.rows() != items() || history_items.cols() != factors().items.cols())
    bad_tensor(in, name, "has another shape than the items");
  history_items_ = std::move(history_items);
}

float LightGcn::fold_in(const Query& query, std::span<float> vector) const {
  sum_rows(history_items_, query.history, {}, vector);
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(query.history.size())));
  for (float& number : vector) number *= scale;
  return 0;
}

}  // namespace genre
