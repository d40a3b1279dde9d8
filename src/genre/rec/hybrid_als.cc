#include "genre/rec/hybrid_als.h"

#include <algorithm>
#include <cmath>

#include "genre/base/interrupt.h"
#include "genre/rec/item_side.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr int kRegressionSteps = 10;

}  // namespace

void HybridAlsOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("iterations", iterations, {.minimum = 1, .maximum = 10000}, "rounds over items, regression and users");
  f.number("alpha", alpha, {.minimum = 0, .maximum = 1e6},
           "confidence of an interaction of weight r is 1 + alpha r; of everything else 1");
  f.number("l2", l2, {.minimum = 1e-6, .maximum = 1e9}, "penalty on the squared length of each vector");
  f.number("l2_exponent", l2_exponent, {.minimum = 0, .maximum = 1},
           "the penalty grows with the total confidence of the user or item to this power; 0: the same for all");
  f.number("side_weight", side_weight, {.minimum = 0, .maximum = 1e9},
           "penalty on the distance of an item's vector from what its side information says");
  f.number("side_l2", side_l2, {.minimum = 1e-6, .maximum = 1e9}, "penalty on the weights of the side information");
  f.choice("side", side, {"vectors", "features", "both"}, "what is known of items: text vectors, fields, or both");
}

std::unique_ptr<Recommender> HybridAlsOptions::build() const { return std::make_unique<HybridAls>(*this); }

std::int64_t HybridAlsOptions::fit_bytes(const DataSize& size) const {
  IalsOptions like;
  like.factors = factors;
  return like.fit_bytes(size) + 4 * size.items * (3 * std::int64_t{factors} + size.dimension) +
         16 * std::int64_t{factors} * (1 + size.dimension + size.items / 4);
}

ImplicitStepOptions HybridAls::step() const {
  return {.alpha = options_.alpha, .l2 = options_.l2, .l2_exponent = options_.l2_exponent, .conjugate_steps = 2};
}

void HybridAls::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const ItemSide side(name(), data, parse_side(options_.side));
  const CsrMatrix& by_user = data.interactions;
  const CsrMatrix by_item = transpose(by_user);
  touched_.assign(by_user.cols, 0);
  for (const std::int32_t item : by_user.indices) touched_[item] = 1;
  Factors f{Matrix(by_user.rows, options_.factors), Matrix(by_user.cols, options_.factors), {}, {}};
  fill_normal(f.users, 0.1 / std::sqrt(static_cast<double>(options_.factors)), data.seed, "ials");
  Matrix weights(side.width(), options_.factors), prior(by_user.cols, options_.factors);
  ImplicitStepOptions item_step = step();
  item_step.prior = prior;
  item_step.prior_weight = options_.side_weight;
  item_step.skip_empty = true;
  for (int iteration = 0; iteration < options_.iterations; ++iteration) {
    throw_if_interrupted();
    implicit_step(by_item, f.users, f.items.view(), item_step);
    regress_on_side(side, touched_, f.items, options_.side_l2, kRegressionSteps, weights);
    side.project(weights, prior.view());
    implicit_step(by_user, f.items, f.users.view(), step());
  }
  for (std::int64_t item = 0; item < by_user.cols; ++item) {
    const auto from = std::as_const(prior).row(item);
    if (touched_[item] == 0) std::copy(from.begin(), from.end(), f.items.row(item).begin());
  }
  side_weights_ = std::move(weights);
  set_factors(std::move(f));
}

void HybridAls::prepare() {
  Matrix touched = factors().items;
  for (std::int64_t item = 0; item < touched.rows(); ++item)
    if (touched_[item] == 0) std::fill_n(touched.row(item).data(), touched.cols(), 0.0f);
  gram_ = float_gram(touched);
}

float HybridAls::fold_in(const Query& query, std::span<float> vector) const {
  implicit_fold_in(factors().items, gram_, step(), query.history, query.history_values, vector);
  return 0;
}

void HybridAls::save(SafetensorsWriter& out, const std::string& prefix) const {
  FactorModel::save(out, prefix);
  out.add(prefix + "touched", std::span<const std::uint8_t>(touched_), {items()});
}

void HybridAls::load(const SafetensorsFile& in, const std::string& prefix) {
  touched_ = read_vector<std::uint8_t>(in, prefix + "touched");
  const auto& shape = in.at(prefix + "items").shape;
  if (shape.empty() || shape[0] != static_cast<std::int64_t>(touched_.size()))
    bad_tensor(in, prefix + "touched", "has another length than there are items");
  side_weights_ = {};
  FactorModel::load(in, prefix);
}

}  // namespace genre
