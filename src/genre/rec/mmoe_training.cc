#include "genre/rec/mmoe_training.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/binary_cross_entropy.h"
#include "genre/optim/adam.h"
#include "genre/rec/drawn_pairs.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/pair_items.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

constexpr int kTaskParts = 8;             // of a step, whatever the number of threads
constexpr std::int64_t kMostRatings = 4;  // of a step beside interactions, in batches

struct Rated {
  std::int32_t user, item;
  float value;  // in deviations from the mean
};

double deviation_of(const CsrMatrix& ratings, double mean) {
  double squares = 0;
  for (const float value : ratings.values) squares += (value - mean) * (value - mean);
  const double variance = ratings.values.empty() ? 0 : squares / static_cast<double>(ratings.values.size());
  return variance > 0 ? std::sqrt(variance) : 1;
}

struct Stretch {
  std::int64_t first, count;
};

// What `part` of `parts` has of `count` things in a row.
Stretch share(std::int64_t count, std::int64_t part, std::int64_t parts) {
  const std::int64_t first = count * part / parts;
  return {first, count * (part + 1) / parts - first};
}

MatrixView some_rows(Matrix& matrix, std::int64_t first, std::int64_t count) {
  return {matrix.data() + first * matrix.cols(), count, matrix.cols()};
}

class MmoeTrainer {
 public:
  MmoeTrainer(const MmoeTraining& how, const TrainingData& data)
      : how_(how),
        seed_(data.seed),
        ratings_(ratings_of("mmoe", data)),
        scale_(rating_scale(ratings_, data.interactions)),
        deviation_(deviation_of(ratings_, scale_.mean)),
        clicks_(data.interactions, how.negatives),
        each_(clicks_.each()),
        random_(seed_, "mmoe"),
        network_(std::make_unique<neural::MmoeNetwork>(how.shape, parameters_, random_)),
        users_(data.interactions.rows, how.shape.width),
        items_(data.interactions.cols, how.shape.width),
        optimizer_(AdamWOptions().build()),
        passes_(kTaskParts),
        gradients_(kTaskParts, neural::Gradients(parameters_)) {
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
    users_.start(random_, *optimizer_);
    items_.start(random_, *optimizer_);
    if (how.rating_weight > 0) {
      rated_.reserve(ratings_.indices.size());
      for (std::int32_t user = 0; user < ratings_.rows; ++user)
        for (std::size_t n = 0; n < ratings_.row_indices(user).size(); ++n)
          rated_.push_back({user, ratings_.row_indices(user)[n],
                            static_cast<float>((ratings_.row_values(user)[n] - scale_.mean) / deviation_)});
    }
    clicked_ = how.click_weight > 0 ? clicks_.size() : 0;
    const std::int64_t leading = std::max(clicked_, std::ssize(rated_) / (clicked_ > 0 ? kMostRatings : 1));
    steps_of_epoch_ = (leading + how.batch - 1) / how.batch;
    const std::int64_t clicks = most_of_step(clicked_), rated = most_of_step(std::ssize(rated_));
    user_numbers_.resize(clicks + rated);
    item_numbers_.resize(clicks * each_ + rated);
    for (Matrix* const one : {&of_users_, &d_users_}) *one = Matrix(std::ssize(user_numbers_), how.shape.width);
    for (Matrix* const one : {&of_items_, &d_items_}) *one = Matrix(std::ssize(item_numbers_), how.shape.width);
    outputs_.resize(item_numbers_.size());
    labels_.assign(clicks * each_, 0.0f);
    for (std::int64_t b = 0; b < clicks; ++b) labels_[b * each_] = 1;
  }

  void run(const TrainingData& data) {
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      RandomStream random(seed_, "interactions of epoch " + std::to_string(epoch)),
          other(seed_, "ratings of epoch " + std::to_string(epoch));
      clicks_.shuffle(random);
      other.shuffle(std::span(rated_));
      for (std::int64_t number = 0; number < steps_of_epoch_; ++number) {
        throw_if_interrupted();
        step(number);
      }
    }
  }

  TrainedMmoe model(const CsrMatrix& interactions) && {
    Matrix users = users_.vectors();
    for (std::int64_t user = 0; user < interactions.rows; ++user) {
      const auto touched = std::ssize(interactions.row_indices(user));
      const bool clicks = clicked_ > 0 && touched > 0 && touched < interactions.cols,
                 rates = !rated_.empty() && !ratings_.row_indices(user).empty();
      if (!clicks && !rates) std::ranges::fill(users.row(user), 0.0f);
    }
    return {std::move(users),    items_.vectors(), std::move(parameters_),
            std::move(network_), scale_,           static_cast<float>(deviation_)};
  }

 private:
  std::int64_t most_of_step(std::int64_t all) const {
    return steps_of_epoch_ == 0 ? 0 : (all + steps_of_epoch_ - 1) / steps_of_epoch_;
  }

  // An equal share of the interactions and of the ratings.
  void step(std::int64_t number) {
    ++steps_;
    const Batch batch{share(clicked_, number, steps_of_epoch_), share(std::ssize(rated_), number, steps_of_epoch_)};
    network_->pack(parameters_);
    streams_.clear();
    for (int p = 0; p < kTaskParts; ++p) streams_.emplace_back(step_seed(seed_, steps_ * kTaskParts) + p, "tasks");
    each_part([&](int p) { draw(batch, p); });
    RandomStream random(step_seed(seed_, steps_), "vectors");
    users_.begin_step(std::span(user_numbers_).first(batch.users()), random);
    items_.begin_step(std::span(item_numbers_).first(batch.items(each_)), random);
    each_part([&](int p) { learn(batch, p); });
    const double norm = neural::sum_gradients(gradients_);
    if (!std::isfinite(norm))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    const UpdateRule rule{.learning_rate = how_.learning_rate, .weight_decay = how_.weight_decay};
    neural::update(parameters_, gradients_.front(), *optimizer_, rule);
    users_.update(some_rows(d_users_, 0, batch.users()), *optimizer_, rule);
    items_.update(some_rows(d_items_, 0, batch.items(each_)), *optimizer_, rule);
  }

  // Of a step; its users and items stand with those of clicks before those of ratings.
  struct Batch {
    Stretch clicks, rated;
    std::int64_t users() const { return clicks.count + rated.count; }
    std::int64_t items(std::int64_t each) const { return clicks.count * each + rated.count; }
  };

  template <class Work>
  static void each_part(const Work& work) {
    global_pool().parallel_for(kTaskParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) work(static_cast<int>(p));
    });
  }

  void draw(const Batch& batch, int part) {
    const Stretch clicks = share(batch.clicks.count, part, kTaskParts),
                  rated = share(batch.rated.count, part, kTaskParts);
    clicks_.draw(batch.clicks.first + clicks.first, streams_[part],
                 std::span(user_numbers_).subspan(clicks.first, clicks.count),
                 std::span(item_numbers_).subspan(clicks.first * each_, clicks.count * each_));
    for (std::int64_t r = rated.first; r < rated.first + rated.count; ++r) {
      const Rated& one = rated_[batch.rated.first + r];
      user_numbers_[batch.clicks.count + r] = one.user;
      item_numbers_[batch.clicks.count * each_ + r] = one.item;
    }
  }

  // The part's gradients become those of its examples, each task's loss over the step's number of them.
  void learn(const Batch& batch, int part) {
    gradients_[part].clear();
    const Stretch clicks = share(batch.clicks.count, part, kTaskParts),
                  rated = share(batch.rated.count, part, kTaskParts);
    if (clicks.count > 0) {
      const Stretch pairs{clicks.first * each_, clicks.count * each_};
      const auto factor = static_cast<float>(how_.click_weight / static_cast<double>(batch.clicks.count * each_));
      learn_task(kClickTask, clicks, pairs, part, [&](std::span<float> y) {
        neural::binary_cross_entropy(y, std::span(labels_).subspan(pairs.first, pairs.count), factor, y);
      });
    }
    if (rated.count > 0) {
      const Stretch users{batch.clicks.count + rated.first, rated.count},
          items{batch.clicks.count * each_ + rated.first, rated.count};
      const auto factor = static_cast<float>(2 * how_.rating_weight / static_cast<double>(batch.rated.count));
      const std::span wanted = std::span(rated_).subspan(batch.rated.first + rated.first, rated.count);
      learn_task(kRatingTask, users, items, part, [&](std::span<float> y) {
        for (std::size_t r = 0; r < y.size(); ++r) y[r] = factor * (y[r] - wanted[r].value);
      });
    }
  }

  // `to_gradient` makes of the task's numbers the gradient of its loss.
  template <class ToGradient>
  void learn_task(int task, Stretch of_users, Stretch of_items, int part, const ToGradient& to_gradient) {
    const MatrixView users = some_rows(of_users_, of_users.first, of_users.count),
                     items = some_rows(of_items_, of_items.first, of_items.count);
    users_.look_up(std::span(user_numbers_).subspan(of_users.first, of_users.count), users);
    items_.look_up(std::span(item_numbers_).subspan(of_items.first, of_items.count), items);
    const std::span<float> y = std::span(outputs_).subspan(of_items.first, of_items.count);
    network_->forward(parameters_, task, users, items, &streams_[part], passes_[part], y);
    to_gradient(y);
    network_->backward(parameters_, task, users, items, y, passes_[part],
                       some_rows(d_users_, of_users.first, of_users.count),
                       some_rows(d_items_, of_items.first, of_items.count), gradients_[part]);
  }

  const MmoeTraining& how_;
  std::uint64_t seed_;
  const CsrMatrix& ratings_;
  RatingScale scale_;
  double deviation_;
  DrawnPairs clicks_;
  std::int64_t each_, clicked_ = 0, steps_of_epoch_ = 0;
  std::vector<Rated> rated_;
  RandomStream random_;
  neural::Parameters parameters_;
  std::unique_ptr<neural::MmoeNetwork> network_;
  OwnItems users_, items_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<RandomStream> streams_;  // of the parts of a step
  std::vector<neural::MmoeNetwork::Pass> passes_;
  std::vector<neural::Gradients> gradients_;
  std::vector<std::int32_t> user_numbers_, item_numbers_;
  Matrix of_users_, d_users_, of_items_, d_items_;
  std::vector<float> outputs_, labels_;  // of the pairs of a step; labels of clicks alone
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedMmoe train_mmoe(const MmoeTraining& how, const TrainingData& data) {
  MmoeTrainer trainer(how, data);
  trainer.run(data);
  return std::move(trainer).model(data.interactions);
}

std::int64_t mmoe_training_bytes(const MmoeTraining& how, const DataSize& size) {
  const neural::MmoeShape& shape = how.shape;
  std::int64_t towers = 0, states = 0, below = shape.expert_width;
  for (const std::int64_t hidden : shape.hidden) {
    towers += (below + 64) * (hidden + 64);
    states += hidden;
    below = hidden;
  }
  const std::int64_t wide = shape.expert_numbers() + shape.experts,
                     weights = 2 * (shape.width + 64) * (wide + 128) + 2 * towers, batch = how.batch,
                     rated = std::min(kMostRatings * batch, size.interactions),
                     pairs = batch * (1 + how.negatives) + rated,
                     of_pair = 4 * (5 * shape.width + 2 * wide + 2 * shape.expert_width + 2 * states + 4) + 32;
  return 4 * (size.users + size.items) * (3 * shape.width + 1) + 4 * weights * (3 + kTaskParts + 2) + pairs * of_pair +
         4 * (batch + rated) * (4 * shape.width + 3 * wide) + 40 * size.interactions + 4 * size.items * 3 * wide +
         65536;
}

}  // namespace genre
