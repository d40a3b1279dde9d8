#include "genre/rec/pair_training.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/binary_cross_entropy.h"
#include "genre/optim/adam.h"
#include "genre/rec/drawn_pairs.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

constexpr int kParts = 8;            // of a step, whatever the number of threads
constexpr std::int64_t kPanel = 64;  // numbers, at most, that rows of packed weights are filled up to

class PairTrainer {
 public:
  PairTrainer(const PairTraining& how, const CsrMatrix& interactions, std::uint64_t seed, const std::string& purpose,
              PairItems& items)
      : how_(how),
        interactions_(interactions),
        seed_(seed),
        drawn_(interactions, how.negatives),
        each_(drawn_.each()),
        batch_(std::min<std::int64_t>(how.batch, drawn_.size())),
        random_(seed_, purpose),
        network_(std::make_unique<neural::PairNetwork>(how.shape, parameters_, random_)),
        users_(interactions_.rows, how.shape.user_vector()),
        items_(items),
        optimizer_(AdamWOptions().build()),
        passes_(kParts),
        gradients_(kParts, neural::Gradients(parameters_)) {
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
    users_.start(random_, *optimizer_);
    items_.start(random_, *optimizer_);
    const std::int64_t pairs = batch_ * each_;
    user_numbers_.resize(batch_);
    item_numbers_.resize(pairs);
    for (Matrix* const one : {&of_users_, &d_users_}) *one = Matrix(batch_, how.shape.user_vector());
    for (Matrix* const one : {&of_items_, &d_items_}) *one = Matrix(pairs, how.shape.item_vector());
    logits_.resize(pairs);
    d_logits_.resize(pairs);
    labels_.assign(pairs, 0.0f);
    for (std::int64_t b = 0; b < batch_; ++b) labels_[b * each_] = 1;
  }

  void run(const TrainingData& data) {
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      RandomStream random(seed_, "interactions of epoch " + std::to_string(epoch));
      drawn_.shuffle(random);
      for (std::int64_t first = 0; first < drawn_.size(); first += batch_) {
        throw_if_interrupted();
        step(first, std::min(batch_, drawn_.size() - first));
      }
    }
  }

  TrainedPairs model() && {
    Matrix users = users_.vectors();
    for (std::int64_t user = 0; user < interactions_.rows; ++user) {
      const std::int64_t touched = std::ssize(interactions_.row_indices(user));
      if (touched == 0 || touched == interactions_.cols) std::ranges::fill(users.row(user), 0.0f);
    }
    return {std::move(users), items_.vectors(), std::move(parameters_), std::move(network_), {}};
  }

 private:
  // Of `count` interactions from `at` on.
  void step(std::int64_t at, std::int64_t count) {
    ++steps_;
    const std::int64_t pairs = count * each_;
    network_->pack(parameters_);
    streams_.clear();
    for (int p = 0; p < kParts; ++p) streams_.emplace_back(step_seed(seed_, steps_ * kParts) + p, "pairs");
    const auto each_part = [&](const auto& work) {
      global_pool().parallel_for(kParts, 1, [&](std::size_t begin, std::size_t end, int) {
        for (std::size_t p = begin; p < end; ++p)
          work(p, count * static_cast<std::int64_t>(p) / kParts, count * static_cast<std::int64_t>(p + 1) / kParts);
      });
    };
    each_part([&](std::size_t p, std::int64_t first, std::int64_t last) {
      drawn_.draw(at + first, streams_[p], std::span(user_numbers_).subspan(first, last - first),
                  std::span(item_numbers_).subspan(first * each_, (last - first) * each_));
    });
    RandomStream random(step_seed(seed_, steps_), "vectors");
    users_.begin_step(std::span(user_numbers_).first(count), random);
    items_.begin_step(std::span(item_numbers_).first(pairs), random);
    each_part([&](std::size_t p, std::int64_t first, std::int64_t last) { learn(count, first, last, p); });
    const double norm = neural::sum_gradients(gradients_);
    if (!std::isfinite(norm))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    const UpdateRule rule{.learning_rate = how_.learning_rate, .weight_decay = how_.weight_decay};
    neural::update(parameters_, gradients_.front(), *optimizer_, rule);
    users_.update(rows(d_users_, 0, count), *optimizer_, rule);
    items_.update(rows(d_items_, 0, pairs), *optimizer_, rule);
  }

  // The part's gradients become those of interactions [first, last) of `count`, each pair's loss over their number.
  void learn(std::int64_t count, std::int64_t first, std::int64_t last, std::size_t part) {
    neural::Gradients& gradients = gradients_[part];
    gradients.clear();
    if (first == last) return;
    const std::int64_t from = first * each_, pairs = (last - first) * each_;
    const MatrixView users = rows(of_users_, first, last - first), items = rows(of_items_, from, pairs);
    users_.look_up(std::span(user_numbers_).subspan(first, last - first), users);
    items_.look_up(std::span(item_numbers_).subspan(from, pairs), items);
    const std::span<float> logits = std::span(logits_).subspan(from, pairs),
                           d_logits = std::span(d_logits_).subspan(from, pairs);
    network_->forward(parameters_, users, items, &streams_[part], passes_[part], logits);
    neural::binary_cross_entropy(logits, std::span(labels_).subspan(from, pairs),
                                 1.0f / static_cast<float>(count * each_), d_logits);
    network_->backward(parameters_, users, items, d_logits, passes_[part], rows(d_users_, first, last - first),
                       rows(d_items_, from, pairs), gradients);
  }

  static MatrixView rows(Matrix& matrix, std::int64_t first, std::int64_t count) {
    return {matrix.data() + first * matrix.cols(), count, matrix.cols()};
  }

  const PairTraining& how_;
  const CsrMatrix& interactions_;
  std::uint64_t seed_;
  DrawnPairs drawn_;
  std::int64_t each_, batch_;
  RandomStream random_;
  neural::Parameters parameters_;
  std::unique_ptr<neural::PairNetwork> network_;
  OwnItems users_;
  PairItems& items_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<RandomStream> streams_;  // of the parts of a step
  std::vector<neural::PairNetwork::Pass> passes_;
  std::vector<neural::Gradients> gradients_;
  // Of a step: B users, and the pairs' items, logits and labels.
  std::vector<std::int32_t> user_numbers_, item_numbers_;
  Matrix of_users_, d_users_, of_items_, d_items_;
  std::vector<float> logits_, d_logits_, labels_;
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedPairs train_pairs(const PairTraining& how, const CsrMatrix& interactions, const TrainingData& data,
                         const std::string& purpose, PairItems& items) {
  PairTrainer trainer(how, interactions, data.seed, purpose, items);
  trainer.run(data);
  return std::move(trainer).model();
}

std::int64_t pair_training_bytes(const PairTraining& how, const DataSize& size) {
  const neural::PairShape& shape = how.shape;
  const std::int64_t of_user = shape.user_vector(), of_item = shape.item_vector(),
                     below_tower = shape.width + shape.tower_item();
  std::int64_t weights = shape.width + 1, states = 0, below = below_tower, widest = below_tower;
  for (const std::int64_t hidden : shape.hidden) {
    weights += (below + kPanel) * (hidden + kPanel);
    states += hidden;
    widest = std::max(widest, hidden);
    below = hidden;
  }
  const std::int64_t batch = std::min<std::int64_t>(how.batch, size.interactions), pairs = batch * (1 + how.negatives);
  const std::int64_t of_pair = 4 * (3 * of_item + 2 * states + widest + 4) + of_item + states + 48;
  return 4 * (size.users * (3 * of_user + 1) + size.items * (3 * of_item + 1)) + 4 * weights * (3 + kParts + 2) +
         2 * pairs * of_pair + 8 * size.interactions + 4 * size.items * (of_item + states) + 65536;
}

}  // namespace genre
