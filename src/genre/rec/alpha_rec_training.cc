#include "genre/rec/alpha_rec_training.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/lookup.h"
#include "genre/neural/room.h"
#include "genre/neural/unit_rows.h"
#include "genre/optim/adam.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/next_item_loss.h"
#include "genre/rec/touched_items.h"

namespace genre {
namespace {

using neural::NodeVectors;

constexpr int kLossParts = 4;  // of a step, whatever the number of threads

struct UserItem {
  std::int32_t user, item;
};

NextItemLossOptions loss_options(const AlphaRecOptions& how) {
  NextItemLossOptions out;
  out.name = how.negatives == 0 ? "softmax" : "sampled_softmax";
  out.negatives = how.negatives;
  return out;
}

class AlphaRecTrainer {
 public:
  AlphaRecTrainer(const AlphaRecOptions& how, ConstMatrixView text, const TrainingData& data)
      : how_(how),
        seed_(data.seed),
        touched_(touched_items(data.interactions)),
        random_(seed_, "alpha_rec"),
        nodes_(data.interactions, text, how.hidden, how.factors, parameters_, random_),
        propagation_(data.interactions, how.factors),
        embeddings_(neural::zero_vectors(data.interactions.rows, data.interactions.cols, how.factors)),
        vectors_(embeddings_),
        d_vectors_(embeddings_),
        d_embeddings_(embeddings_),
        items_(std::ssize(touched_), how.factors),
        d_items_(kLossParts, items_),
        uses_{std::vector<std::int32_t>(data.interactions.rows), std::vector<std::int32_t>(data.interactions.cols)},
        mentions_(data.interactions.rows),
        gradients_(neural::TextNodes::kParts, neural::Gradients(parameters_)),
        optimizer_(AdamWOptions().build()) {
    for (const std::int32_t item : touched_) uses_.items[item] = 1;
    std::vector<std::int32_t> number(data.interactions.cols);
    for (std::size_t n = 0; n < touched_.size(); ++n) number[touched_[n]] = static_cast<std::int32_t>(n);
    std::vector<std::int64_t> counts(touched_.size());
    for (std::int32_t u = 0; u < data.interactions.rows; ++u)
      for (const std::int32_t item : data.interactions.row_indices(u)) {
        pairs_.push_back({u, number[item]});
        ++counts[number[item]];
      }
    loss_ = make_next_item_loss(loss_options(how), counts, seed_, kLossParts);
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
  }

  void run(const TrainingData& data) {
    const ThreadPool::Burst burst(global_pool());
    const auto batch = static_cast<std::size_t>(how_.batch);
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      RandomStream random(seed_, "interactions of epoch " + std::to_string(epoch));
      random.shuffle(std::span(pairs_));
      for (std::size_t first = 0; first < pairs_.size(); first += batch) {
        throw_if_interrupted();
        step(std::span(pairs_).subspan(first, std::min(batch, pairs_.size() - first)));
      }
    }
  }

  TrainedAlphaRec model() && {
    nodes_.forward(parameters_, embeddings_);
    propagation_.forward(how_.layers, embeddings_, vectors_);
    return {std::move(parameters_), std::move(vectors_), nodes_.item_sums(),
            propagation_.shares_of_items(how_.layers, embeddings_)};
  }

 private:
  void step(std::span<const UserItem> pairs) {
    const auto count = std::ssize(pairs);
    users_.clear();
    wanted_.clear();
    std::ranges::fill(uses_.users, 0);
    for (const UserItem& pair : pairs) {
      users_.push_back(pair.user);
      wanted_.push_back(pair.item);
      ++uses_.users[pair.user];
    }
    nodes_.forward(parameters_, embeddings_);
    propagation_.forward(how_.layers, embeddings_, uses_, vectors_);
    neural::look_up(vectors_.items, touched_, items_.view());
    unit_items_.apply(items_.view(), 1);
    const MatrixView states = neural::room(states_, count, how_.factors),
                     d_states = neural::room(d_states_, count, how_.factors);
    neural::look_up(vectors_.users, users_, states);
    unit_users_.apply(states, static_cast<float>(1 / how_.temperature));
    loss_->start(++steps_, items_, wanted_);
    compare(states, d_states);
    unit_users_.backward(states, d_states);
    unit_items_.backward(items_, d_items_.front().view());
    for (std::size_t n = 0; n < touched_.size(); ++n)
      std::ranges::copy(d_items_.front().row(static_cast<std::int64_t>(n)), d_vectors_.items.row(touched_[n]).data());
    mentions_.assign(users_);
    Matrix sums(std::ssize(mentions_.rows()), how_.factors);
    mentions_.sum(d_states, sums.view());
    for (std::int64_t r = 0; r < sums.rows(); ++r)
      std::ranges::copy(sums.row(r), d_vectors_.users.row(mentions_.rows()[r]).data());
    propagation_.backward(how_.layers, d_vectors_, uses_, d_embeddings_);
    for (neural::Gradients& part : gradients_) part.clear();
    nodes_.backward(d_embeddings_, gradients_);
    if (!std::isfinite(neural::sum_gradients(gradients_)))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    neural::update(parameters_, gradients_.front(), *optimizer_,
                   {.learning_rate = how_.learning_rate, .weight_decay = how_.weight_decay});
  }

  // The gradients of the mean loss, part by part; those of items are summed into the first.
  void compare(MatrixView states, MatrixView d_states) {
    const std::int64_t count = states.rows(), width = states.cols();
    global_pool().parallel_for(kLossParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) {
        const auto part = static_cast<std::int64_t>(p), first = count * part / kLossParts,
                   rows = count * (part + 1) / kLossParts - first;
        std::fill_n(d_items_[p].data(), d_items_[p].rows() * width, 0.0f);
        if (rows > 0)
          loss_->compare(p, {states.data() + first * width, rows, width}, std::span(wanted_).subspan(first, rows),
                         1 / static_cast<float>(count), {d_states.data() + first * width, rows, width},
                         d_items_[p].view());
      }
    });
    for (int p = 1; p < kLossParts; ++p)
      add_scaled(1, d_items_[p].data(), d_items_[0].data(), d_items_[p].rows() * width);
  }

  const AlphaRecOptions& how_;
  std::uint64_t seed_;
  // The loss has no other items, or it would teach that text of new ones is never liked.
  std::vector<std::int32_t> touched_;
  std::vector<UserItem> pairs_;  // items by their number among these
  RandomStream random_;
  neural::Parameters parameters_;
  neural::TextNodes nodes_;
  neural::GraphPropagation propagation_;
  NodeVectors embeddings_, vectors_, d_vectors_, d_embeddings_;
  Matrix items_;                 // of the loss, as touched_
  std::vector<Matrix> d_items_;  // of each part
  neural::NodeUses uses_;        // the users of a step, and the items of the loss
  neural::Mentions mentions_;
  std::vector<neural::Gradients> gradients_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<NextItemLoss> loss_;
  std::vector<std::int32_t> users_, wanted_;  // of a step
  Matrix states_, d_states_;
  neural::UnitRows unit_users_, unit_items_;
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedAlphaRec train_alpha_rec(const AlphaRecOptions& how, ConstMatrixView text, const TrainingData& data) {
  AlphaRecTrainer trainer(how, text, data);
  trainer.run(data);
  return std::move(trainer).model();
}

std::int64_t alpha_rec_training_bytes(const AlphaRecOptions& how, const DataSize& size) {
  const std::int64_t nodes = size.users + size.items, pairs = std::min<std::int64_t>(how.batch, size.interactions),
                     weights = how.hidden * (size.dimension + how.factors + 1) + how.factors;
  // Four sets of vectors and two of scaled copies, of items four more and two of what serves; three of sums; weights
  // with two moments, packed twice, and their gradients; a step's states; pairs, edges and their shares.
  return 4 * (nodes * (6 * how.factors + 3 * how.hidden) + size.items * (8 * how.factors + how.hidden) +
              weights * (5 + neural::TextNodes::kParts) + pairs * (4 * how.factors + 8)) +
         40 * size.interactions + 60 * nodes +
         next_item_loss_bytes(loss_options(how), size.items, how.factors, pairs, kLossParts) + 65536;
}

}  // namespace genre
