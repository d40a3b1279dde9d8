#include "genre/rec/fm.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "genre/base/random.h"
#include "genre/rec/block_schedule.h"
#include "genre/rec/bpr.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/fm_gradient.h"
#include "genre/rec/fm_inputs.h"
#include "genre/rec/ials.h"
#include "genre/rec/item_side.h"
#include "genre/rec/pairwise_fold_in.h"
#include "genre/rec/tensors.h"
#include "genre/rec/touched_items.h"

namespace genre {
namespace {

// Adaptive steps on rows of parameters.
class RowSteps {
 public:
  RowSteps(std::int64_t rows, const FmOptions& options)
      : rate_(options.learning_rate), l2_(static_cast<float>(options.l2)), factors_(rows, 0.0), weights_(rows, 0.0) {}

  void factor(std::int64_t row, std::span<const float> gradient, std::span<float> values) {
    const auto width = static_cast<std::int64_t>(values.size());
    const double squares = dot(gradient.data(), gradient.data(), width) / static_cast<double>(width);
    const float step = size(factors_[row], squares);
    for (float& value : values) value *= 1 - step * l2_;
    add_scaled(-step, gradient.data(), values.data(), width);
  }
  void weight(std::int64_t row, float gradient, float& value) {
    value -= size(weights_[row], static_cast<double>(gradient) * gradient) * (gradient + l2_ * value);
  }

 private:
  float size(double& sum, double squares) const {
    sum += squares;
    return sum > 0 ? static_cast<float>(rate_ / std::sqrt(sum)) : 0.0f;
  }

  double rate_;
  float l2_;
  std::vector<double> factors_, weights_;
};

class Trainer {
 public:
  Trainer(FmParameters& parameters, const FmInputs& inputs, const FmOptions& options)
      : parameters_(parameters),
        inputs_(inputs),
        loss_(options.loss == "bpr" ? FmLoss::kBpr : FmLoss::kLogistic),
        users_(parameters.users.rows(), options),
        items_(parameters.items.factors.rows(), options),
        features_(parameters.features.factors.rows(), options),
        vectors_(parameters.vectors.factors.rows(), options) {}

  void step(std::span<const FmPair> pairs) {
    const FmBatchGradient gradient = fm_gradient(parameters_, inputs_, pairs, loss_);
    for (std::size_t n = 0; n < pairs.size(); ++n)
      users_.factor(pairs[n].user, gradient.users.row(static_cast<std::int64_t>(n)),
                    parameters_.users.row(pairs[n].user));
    for (std::size_t n = 0; n < gradient.items.size(); ++n) {
      const std::int32_t item = gradient.items[n];
      const auto common = gradient.common.row(static_cast<std::int64_t>(n));
      input(items_, parameters_.items, item, 1, common, gradient.slopes[n]);
      if (inputs_.features == nullptr) continue;
      const auto features = inputs_.features->row_indices(item);
      const auto values = inputs_.features->row_values(item);
      for (std::size_t f = 0; f < features.size(); ++f)
        input(features_, parameters_.features, features[f], values[f], common, gradient.slopes[n]);
    }
    for (std::int64_t k = 0; k < gradient.vectors.factors.rows(); ++k) {
      vectors_.factor(k, gradient.vectors.factors.row(k), parameters_.vectors.factors.row(k));
      vectors_.weight(k, gradient.vectors.weights[k], parameters_.vectors.weights[k]);
    }
  }

 private:
  void input(RowSteps& steps, FmRows& rows, std::int64_t row, float x, std::span<const float> common, float slope) {
    const auto values = rows.factors.row(row);
    gradient_.resize(values.size());
    for (std::size_t d = 0; d < values.size(); ++d) gradient_[d] = x * common[d] - slope * x * x * values[d];
    steps.factor(row, gradient_, values);
    steps.weight(row, slope * x, rows.weights[row]);
  }

  FmParameters& parameters_;
  const FmInputs& inputs_;
  FmLoss loss_;
  RowSteps users_, items_, features_, vectors_;
  std::vector<float> gradient_;
};

FmRows random_rows(std::int64_t rows, int factors, std::uint64_t seed, std::string_view purpose) {
  FmRows out{Matrix(rows, factors), std::vector<float>(rows, 0.0f)};
  fill_normal(out.factors, 0.1 / std::sqrt(static_cast<double>(factors)), seed, purpose);
  return out;
}

}  // namespace

void FmOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 10}, "first step size of each parameter");
  f.number("l2", l2, {.minimum = 0, .maximum = 10}, "penalty on the squares of all parameters of a pair");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1000000}, "pairs whose gradients are taken at the same point");
  f.choice("loss", loss, {"bpr", "logistic"}, "bpr: the order of pairs; logistic: interaction or not");
  f.choice("side", side, {"none", "features", "vectors", "both"},
           "what is known of items: fields where there are some, text vectors, or both");
}

std::unique_ptr<Recommender> FmOptions::build() const { return std::make_unique<Fm>(*this); }

std::int64_t FmOptions::fit_bytes(const DataSize& size) const {
  const std::int64_t rows = size.users + 3 * size.items + size.dimension;
  return factor_bytes(size, factors) + rows * (4 * factors + 24) + 8 * size.interactions +
         16 * std::int64_t{batch} * (factors + size.dimension) + 4 * size.items * size.dimension;
}

void Fm::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const CsrMatrix& x = data.interactions;
  const FmInputs inputs = fm_inputs(name(), data, options_.side);
  const int width = options_.factors;
  Factors start = random_factors(x, width, data.seed, "fm");
  FmParameters parameters{
      std::move(start.users),
      {std::move(start.items), std::vector<float>(x.cols, 0.0f)},
      random_rows(inputs.features == nullptr ? 0 : inputs.features->cols, width, data.seed, "fm features"),
      random_rows(inputs.vectors.cols(), width, data.seed, "fm vectors")};
  std::vector<std::pair<std::int32_t, std::int32_t>> order;
  order.reserve(x.indices.size());
  for (std::int64_t user = 0; user < x.rows; ++user)
    for (const std::int32_t item : x.row_indices(user)) order.emplace_back(static_cast<std::int32_t>(user), item);
  const std::vector<std::int32_t> candidates = touched_items(x);

  Trainer trainer(parameters, inputs, options_);
  RandomStream random(data.seed, "fm order");
  CellRandom draws(random.next());
  std::vector<FmPair> pairs;
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    between_pieces(data, epoch, options_.epochs);
    random.shuffle(std::span(order));
    for (std::size_t first = 0; first < order.size(); first += options_.batch) {
      pairs.clear();
      const std::size_t last = std::min(order.size(), first + options_.batch);
      for (std::size_t n = first; n < last; ++n) {
        const auto [user, item] = order[n];
        const auto has = x.row_indices(user);
        const std::int32_t negative = candidates[draws.below(static_cast<std::uint32_t>(candidates.size()))];
        if (!std::binary_search(has.begin(), has.end(), negative)) pairs.push_back({user, item, negative});
      }
      if (!pairs.empty()) trainer.step(pairs);
    }
  }
  for (std::int32_t item = 0; item < x.cols; ++item)
    if (!std::ranges::binary_search(candidates, item))
      std::fill_n(parameters.items.factors.row(item).data(), width, 0.0f);
  std::vector<std::int32_t> all(x.cols);
  std::iota(all.begin(), all.end(), 0);
  FmItems items = fm_items(parameters, inputs, all);
  set_factors({std::move(parameters.users), std::move(items.factors), std::move(items.biases), {}});
}

float Fm::fold_in(const Query& query, std::span<float> vector) const {
  fold_in_pairs(factors().items, factors().item_bias, query.history,
                {.learning_rate = options_.learning_rate, .l2 = options_.l2, .epochs = kMostFoldInEpochs}, vector);
  return 0;
}

}  // namespace genre
