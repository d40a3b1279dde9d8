#include "genre/rec/neumf_training.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/binary_cross_entropy.h"
#include "genre/neural/lookup.h"
#include "genre/optim/adam.h"
#include "genre/rec/absent_items.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

constexpr int kParts = 8;                 // of a step, whatever the number of threads
constexpr double kStartDeviation = 0.01;  // of the vectors at the start
constexpr std::int64_t kPanel = 64;       // numbers, at most, that rows of packed weights are filled up to

struct Pair {
  std::int32_t user, item;
};

// Those of users for whom something is left to draw.
std::vector<Pair> interactions_to_learn(const CsrMatrix& x) {
  std::vector<Pair> out;
  out.reserve(x.indices.size());
  for (std::int32_t user = 0; user < x.rows; ++user)
    if (const auto items = x.row_indices(user); std::ssize(items) < x.cols)
      for (const std::int32_t item : items) out.push_back({user, item});
  return out;
}

// Users or items: their vectors, and what a step does to them.
struct Side {
  Side(std::int64_t count, std::int64_t width, std::int64_t most)
      : vectors(count, width), numbers(most), read(most, width), gradients(most, width), mentions(count) {}

  // Those of the step from `first` on.
  MatrixView part(Matrix& matrix, std::int64_t first, std::int64_t rows) const {
    return {matrix.data() + first * matrix.cols(), rows, matrix.cols()};
  }

  Matrix vectors;                     // of all
  std::vector<std::int32_t> numbers;  // of the step
  Matrix read, gradients;             // the vectors of these
  neural::Mentions mentions;
};

class NeuMfTrainer {
 public:
  NeuMfTrainer(const NeuMfTraining& how, const TrainingData& data)
      : how_(how),
        interactions_(data.interactions),
        seed_(data.seed),
        each_(1 + how.negatives),
        order_(interactions_to_learn(data.interactions)),
        batch_(std::min<std::int64_t>(how.batch, std::ssize(order_))),
        random_(seed_, "neumf"),
        network_(std::make_unique<neural::PairNetwork>(how.shape, parameters_, random_)),
        users_(interactions_.rows, how.shape.vector(), batch_),
        items_(interactions_.cols, how.shape.vector(), batch_ * each_),
        optimizer_(AdamWOptions().build()),
        passes_(kParts),
        gradients_(kParts, neural::Gradients(parameters_)) {
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
    for (Side* const side : {&users_, &items_}) {
      neural::fill_normal(side->vectors, kStartDeviation, random_);
      optimizer_->add(side->vectors.rows(), side->vectors.cols());
    }
    logits_.resize(batch_ * each_);
    d_logits_.resize(batch_ * each_);
    labels_.assign(batch_ * each_, 0.0f);
    for (std::int64_t b = 0; b < batch_; ++b) labels_[b * each_] = 1;
  }

  void run(const TrainingData& data) {
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      RandomStream random(seed_, "interactions of epoch " + std::to_string(epoch));
      random.shuffle(std::span(order_));
      for (std::int64_t first = 0; first < std::ssize(order_); first += batch_) {
        throw_if_interrupted();
        step(std::span(order_).subspan(first, std::min(batch_, std::ssize(order_) - first)));
      }
    }
  }

  TrainedNeuMf model() && {
    for (std::int64_t user = 0; user < interactions_.rows; ++user)
      if (interactions_.row_indices(user).empty()) std::ranges::fill(users_.vectors.row(user), 0.0f);
    return {std::move(users_.vectors), std::move(items_.vectors), std::move(parameters_), std::move(network_)};
  }

 private:
  void step(std::span<const Pair> batch) {
    ++steps_;
    const std::int64_t count = std::ssize(batch);
    network_->pack(parameters_);
    global_pool().parallel_for(kParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) {
        const std::int64_t first = count * static_cast<std::int64_t>(p) / kParts,
                           last = count * static_cast<std::int64_t>(p + 1) / kParts;
        learn(batch, first, last, p);
      }
    });
    const double norm = neural::sum_gradients(gradients_);
    if (!std::isfinite(norm))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    const UpdateRule rule{.learning_rate = how_.learning_rate, .weight_decay = how_.weight_decay};
    neural::update(parameters_, gradients_.front(), *optimizer_, rule);
    int tensor = parameters_.size();
    for (Side* const side : {&users_, &items_}) {
      const std::int64_t rows = side == &users_ ? count : count * each_;
      side->mentions.assign(std::span(side->numbers).first(rows));
      side->mentions.update(side->vectors, side->part(side->gradients, 0, rows), *optimizer_, tensor++, rule);
    }
  }

  // The part's gradients become those of interactions [first, last) of the batch, each pair's loss over their number.
  void learn(std::span<const Pair> batch, std::int64_t first, std::int64_t last, std::size_t part) {
    neural::Gradients& gradients = gradients_[part];
    gradients.clear();
    if (first == last) return;
    RandomStream random(step_seed(seed_, steps_ * kParts) + part, "pairs");
    for (std::int64_t b = first; b < last; ++b) {
      const auto [user, item] = batch[b];
      users_.numbers[b] = user;
      const auto has = interactions_.row_indices(user);
      const auto absent = static_cast<std::uint64_t>(interactions_.cols - std::ssize(has));
      std::int32_t* const to = items_.numbers.data() + b * each_;
      to[0] = item;
      for (std::int64_t n = 1; n < each_; ++n)
        to[n] = absent_item(has, static_cast<std::int32_t>(random.below(absent)));
    }
    const std::int64_t rows = last - first, from = first * each_, pairs = rows * each_;
    const MatrixView users = users_.part(users_.read, first, rows), items = items_.part(items_.read, from, pairs);
    neural::look_up(users_.vectors, std::span(users_.numbers).subspan(first, rows), users);
    neural::look_up(items_.vectors, std::span(items_.numbers).subspan(from, pairs), items);
    const std::span<float> logits = std::span(logits_).subspan(from, pairs),
                           d_logits = std::span(d_logits_).subspan(from, pairs);
    network_->forward(parameters_, users, items, &random, passes_[part], logits);
    neural::binary_cross_entropy(logits, std::span(labels_).subspan(from, pairs),
                                 1.0f / static_cast<float>(std::ssize(batch) * each_), d_logits);
    network_->backward(parameters_, users, items, d_logits, passes_[part], users_.part(users_.gradients, first, rows),
                       items_.part(items_.gradients, from, pairs), gradients);
  }

  const NeuMfTraining& how_;
  const CsrMatrix& interactions_;
  std::uint64_t seed_;
  std::int64_t each_;  // pairs of an interaction: itself, then its negatives
  std::vector<Pair> order_;
  std::int64_t batch_;
  RandomStream random_;
  neural::Parameters parameters_;
  std::unique_ptr<neural::PairNetwork> network_;
  Side users_, items_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<neural::PairNetwork::Pass> passes_;
  std::vector<neural::Gradients> gradients_;
  std::vector<float> logits_, d_logits_, labels_;  // of the pairs of a step
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedNeuMf train_neumf(const NeuMfTraining& how, const TrainingData& data) {
  NeuMfTrainer trainer(how, data);
  trainer.run(data);
  return std::move(trainer).model();
}

std::int64_t neumf_training_bytes(const NeuMfTraining& how, const DataSize& size) {
  const neural::PairShape& shape = how.shape;
  const std::int64_t width = shape.vector();
  std::int64_t weights = width + 1, states = 0, below = 2 * shape.width, widest = 2 * shape.width;
  for (const std::int64_t hidden : shape.hidden) {
    weights += (below + kPanel) * (hidden + kPanel);
    states += hidden;
    widest = std::max(widest, hidden);
    below = hidden;
  }
  const std::int64_t batch = std::min<std::int64_t>(how.batch, size.interactions), pairs = batch * (1 + how.negatives),
                     rows = size.users + size.items;
  const std::int64_t of_pair = 4 * (3 * width + 2 * states + widest + 4) + width + states + 48;
  return 4 * rows * (3 * width + 1) + 4 * weights * (3 + kParts + 2) + 2 * pairs * of_pair + 8 * size.interactions +
         4 * size.items * (width + states) + 65536;
}

}  // namespace genre
