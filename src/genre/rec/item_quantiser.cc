#include "genre/rec/item_quantiser.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/lookup.h"
#include "genre/neural/room.h"
#include "genre/optim/adam.h"
#include "genre/optim/schedule.h"
#include "genre/rec/centred_vectors.h"
#include "genre/rec/semantic_ids.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

constexpr int kQuantiserParts = 4;                 // of a step, whatever the number of threads
constexpr std::int64_t kQuantisedTogether = 1024;  // rows

class ItemQuantiserTrainer {
 public:
  // x is N x P, one row a text, and outlives this.
  ItemQuantiserTrainer(const ItemQuantiserOptions& how, const Matrix& x, std::uint64_t seed)
      : how_(how),
        seed_(seed),
        x_(x),
        random_(seed, "item quantiser"),
        autoencoder_({.inputs = x.cols(),
                      .hidden = how.hidden,
                      .quantiser = {.width = how.factors,
                                    .levels = how.levels,
                                    .codes = std::min<std::int64_t>(how.codes, x.rows()),
                                    .commitment = how.commitment}},
                     parameters_, random_),
        parts_(kQuantiserParts),
        gradients_(kQuantiserParts, neural::Gradients(parameters_)),
        optimizer_(AdamWOptions().build()) {
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
  }

  void run() {
    const ThreadPool::Burst burst(global_pool());
    std::vector<std::int32_t> order(x_.rows());
    for (std::size_t n = 0; n < order.size(); ++n) order[n] = static_cast<std::int32_t>(n);
    const auto batch = static_cast<std::size_t>(how_.batch);
    const auto steps = static_cast<std::int64_t>((order.size() + batch - 1) / batch) * how_.epochs;
    autoencoder_.pack(parameters_);
    autoencoder_.start(x_, parameters_, random_);
    autoencoder_.pack(parameters_);
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      throw_if_interrupted();
      RandomStream random(step_seed(seed_, epoch), "order of texts");
      random.shuffle(std::span(order));
      for (std::size_t first = 0; first < order.size(); first += batch)
        step(std::span(order).subspan(first, std::min(batch, order.size() - first)),
             how_.learning_rate * schedule_factor({.schedule = "linear", .warmup = 0}, steps_ + 1, steps));
      if (2 * epoch < how_.epochs && autoencoder_.restart_unused(x_, parameters_, random_) > 0)
        autoencoder_.pack(parameters_);
    }
  }

  // Row n of the texts is that of item numbers[n].
  void quantise(std::span<const std::int32_t> numbers, QuantisedItems& out) {
    for (std::int64_t first = 0; first < x_.rows(); first += kQuantisedTogether) {
      const std::int64_t rows = std::min(kQuantisedTogether, x_.rows() - first);
      const auto& found = autoencoder_.quantise(parameters_, {x_.row(first).data(), rows, x_.cols()}, parts_[0].pass);
      for (std::int64_t t = 0; t < rows; ++t) {
        const std::int64_t item = numbers[first + t];
        std::copy_n(found.codes.data() + t * how_.levels, how_.levels, out.codes.data() + item * how_.levels);
        std::ranges::copy(found.quantised.row(t), out.vectors.row(item).data());
      }
    }
  }

 private:
  struct Part {
    Matrix x;
    neural::QuantisedAutoencoder::Pass pass;
  };

  void step(std::span<const std::int32_t> texts, double rate) {
    ++steps_;
    global_pool().parallel_for(kQuantiserParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) {
        const std::size_t first = texts.size() * p / kQuantiserParts, last = texts.size() * (p + 1) / kQuantiserParts;
        gradients_[p].clear();
        if (first == last) continue;
        const MatrixView x = neural::room(parts_[p].x, static_cast<std::int64_t>(last - first), x_.cols());
        neural::look_up(x_, texts.subspan(first, last - first), x);
        autoencoder_.loss(parameters_, x, 1 / static_cast<float>(texts.size()), parts_[p].pass, gradients_[p]);
      }
    });
    if (!std::isfinite(neural::sum_gradients(gradients_)))
      throw Error(ErrorCode::kRuntime,
                  "the gradient of step " + std::to_string(steps_) + " of the quantiser is not finite",
                  "lower model.quantiser.learning_rate", {.key = "model.quantiser.learning_rate"});
    neural::update(parameters_, gradients_.front(), *optimizer_, {.learning_rate = rate, .weight_decay = 0});
    autoencoder_.pack(parameters_);
  }

  const ItemQuantiserOptions& how_;
  std::uint64_t seed_;
  const Matrix& x_;
  RandomStream random_;
  neural::Parameters parameters_;
  neural::QuantisedAutoencoder autoencoder_;
  std::vector<Part> parts_;
  std::vector<neural::Gradients> gradients_;
  std::unique_ptr<Optimizer> optimizer_;
  std::int64_t steps_ = 0;
};

}  // namespace

void ItemQuantiserOptions::fields(config::Fields& f) {
  f.integer("levels", levels, {.minimum = 1, .maximum = 16}, "codes of an item, beside one that tells equals apart");
  f.integer("codes", codes, {.minimum = 2, .maximum = 65536}, "different codes of a level");
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors that codes stand for");
  f.integer("hidden", hidden, {.minimum = 1, .maximum = 65536}, "width inside encoder and decoder");
  f.number("commitment", commitment, {.minimum = 0, .maximum = 100},
           "weight of what draws vectors to the codes that stand for them");
  f.integer("epochs", epochs, {.minimum = 0, .maximum = 1e6}, "passes over the texts");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1 << 20}, "texts whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of the first step of Adam");
}

QuantisedItems quantise_items(const ItemQuantiserOptions& how, ConstMatrixView vectors, std::uint64_t seed) {
  const CentredVectors centred = centre_vectors(vectors, /*centre=*/true);
  std::vector<std::int32_t> with_text;
  for (std::int32_t item = 0; item < vectors.rows(); ++item)
    if (centred.has_text[item] != 0) with_text.push_back(item);
  QuantisedItems out{.codes = std::vector<std::int32_t>(vectors.rows() * how.levels, SemanticIds::kNone),
                     .vectors = Matrix(vectors.rows(), how.factors)};
  if (with_text.empty()) return out;
  Matrix x(std::ssize(with_text), vectors.cols());
  neural::look_up(centred.vectors, with_text, x.view());
  ItemQuantiserTrainer trainer(how, x, seed);
  trainer.run();
  trainer.quantise(with_text, out);
  return out;
}

std::int64_t item_quantiser_bytes(const ItemQuantiserOptions& how, const DataSize& size) {
  const std::int64_t inputs = size.dimension,
                     weights = 2 * how.hidden * (inputs + how.factors + 2) + how.levels * how.codes * how.factors,
                     row = 3 * inputs + 3 * how.hidden + (how.levels + 3) * how.factors + how.codes;
  // The centred vectors twice; what is returned; passes over all texts when codebooks start; a step's passes;
  // weights with two moments, packed twice, and their gradients.
  return 4 * size.items * (2 * inputs + how.hidden + (how.levels + 5) * how.factors + how.levels + 4) +
         4 * how.batch * row + 1024 * how.codes + 4 * weights * (5 + kQuantiserParts) + 65536;
}

}  // namespace genre
