#include "genre/rec/lightgcn_training.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/random.h"
#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"
#include "genre/neural/parameters.h"
#include "genre/optim/adam.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/preference_epochs.h"

namespace genre {
namespace {

using neural::NodeUses;
using neural::NodeVectors;
using neural::Preference;

constexpr double kLayerDeviation = 0.1;  // of layer 0 before training

std::span<float> numbers(Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.rows() * matrix.cols())};
}

// Calls body(row, times) for the rows in use.
template <class Body>
void for_used(const std::vector<std::int32_t>& uses, const Body& body) {
  global_pool().parallel_for(uses.size(), 256, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t row = begin; row < end; ++row)
      if (uses[row] != 0) body(static_cast<std::int64_t>(row), uses[row]);
  });
}

class LightGcnTrainer {
 public:
  LightGcnTrainer(const LightGcnOptions& how, const TrainingData& data)
      : how_(how),
        interactions_(data.interactions),
        epochs_(interactions_, data.seed),
        propagation_(interactions_, how.factors),
        embeddings_(neural::zero_vectors(interactions_.rows, interactions_.cols, how.factors)),
        vectors_(embeddings_),
        d_vectors_(embeddings_),
        d_embeddings_(embeddings_),
        uses_{std::vector<std::int32_t>(interactions_.rows), std::vector<std::int32_t>(interactions_.cols)} {
    RandomStream random(data.seed, "lightgcn");
    neural::fill_normal(embeddings_.users, kLayerDeviation, random);
    neural::fill_normal(embeddings_.items, kLayerDeviation, random);
    for (std::int64_t user = 0; user < interactions_.rows; ++user)
      if (interactions_.row_indices(user).empty()) std::ranges::fill(embeddings_.users.row(user), 0.0f);
    optimizer_ = AdamOptions().build();
    optimizer_->add(interactions_.rows, how.factors);
    optimizer_->add(interactions_.cols, how.factors);
  }

  void run(const TrainingData& data) {
    const ThreadPool::Burst burst(global_pool());
    const auto batch = static_cast<std::size_t>(how_.batch);
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      const auto preferences = epochs_.draw(epoch);
      for (std::size_t first = 0; first < preferences.size(); first += batch) {
        throw_if_interrupted();
        step(preferences.subspan(first, std::min(batch, preferences.size() - first)));
      }
    }
  }

  TrainedLightGcn model() && {
    propagation_.forward(how_.layers, embeddings_, vectors_);
    Matrix history_items = propagation_.shares_of_items(how_.layers, embeddings_);
    return {std::move(embeddings_), std::move(vectors_), std::move(history_items)};
  }

 private:
  void step(std::span<const Preference> preferences) {
    std::ranges::fill(uses_.users, 0);
    std::ranges::fill(uses_.items, 0);
    for (const Preference& one : preferences)
      ++uses_.users[one.user], ++uses_.items[one.item], ++uses_.items[one.other];
    propagation_.forward(how_.layers, embeddings_, uses_, vectors_);
    for_used(uses_.users, [&](std::int64_t row, int) { std::ranges::fill(d_vectors_.users.row(row), 0.0f); });
    for_used(uses_.items, [&](std::int64_t row, int) { std::ranges::fill(d_vectors_.items.row(row), 0.0f); });
    const float share = 1 / static_cast<float>(preferences.size());
    const double loss =
        loss_(preferences, vectors_.users, vectors_.items, share, d_vectors_.users.view(), d_vectors_.items.view());
    optimizer_->begin_step();
    if (!std::isfinite(loss))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(optimizer_->step()) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    propagation_.backward(how_.layers, d_vectors_, uses_, d_embeddings_);
    const auto pull = static_cast<float>(how_.l2) * share;
    learn(0, uses_.users, embeddings_.users, d_embeddings_.users, pull);
    learn(1, uses_.items, embeddings_.items, d_embeddings_.items, pull);
  }

  void learn(int tensor, const std::vector<std::int32_t>& uses, Matrix& values, Matrix& gradient, float pull) {
    for_used(uses, [&](std::int64_t row, int times) {
      add_scaled(pull * static_cast<float>(times), values.row(row).data(), gradient.row(row).data(), how_.factors);
    });
    optimizer_->update(tensor, numbers(values), gradient.values(), {.learning_rate = how_.learning_rate});
  }

  const LightGcnOptions& how_;
  const CsrMatrix& interactions_;
  PreferenceEpochs epochs_;
  neural::GraphPropagation propagation_;
  neural::BprLoss loss_;
  NodeVectors embeddings_, vectors_, d_vectors_, d_embeddings_;
  NodeUses uses_;  // by the preferences of a step
  std::unique_ptr<Optimizer> optimizer_;
};

}  // namespace

TrainedLightGcn train_lightgcn(const LightGcnOptions& how, const TrainingData& data) {
  LightGcnTrainer trainer(how, data);
  trainer.run(data);
  return std::move(trainer).model();
}

std::int64_t lightgcn_training_bytes(const LightGcnOptions& how, const DataSize& size) {
  const std::int64_t nodes = size.users + size.items;
  // Four sets of vectors, two of moments, two of scaled copies; preferences and edges with their values.
  return 4 * 8 * nodes * how.factors + 20 * size.interactions + 24 * nodes +
         8 * std::min<std::int64_t>(how.batch, size.interactions) + 65536;
}

}  // namespace genre
