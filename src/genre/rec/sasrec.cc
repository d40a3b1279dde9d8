#include "genre/rec/sasrec.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/rec/next_item_training.h"
#include "genre/rec/tensors.h"

namespace genre {
namespace {

constexpr std::int64_t kQueryTokens = 4096;  // of histories that are encoded together

}  // namespace

void SasRecOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors; a multiple of heads");
  f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of the transformer");
  f.integer("heads", heads, {.minimum = 1, .maximum = 64}, "of attention");
  f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "width inside the feed-forward blocks");
  f.integer("length", length, {.minimum = 1, .maximum = 4096}, "newest events of a history that are looked at");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "of what goes in, what blocks add and attention");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "sequences whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
}

neural::TransformerShape SasRecOptions::shape() const {
  return {.width = factors, .inner = inner, .layers = layers, .heads = heads, .positions = length, .dropout = dropout};
}

std::unique_ptr<Recommender> SasRecOptions::build() const {
  if (factors % heads != 0)
    throw Error(ErrorCode::kConfig,
                std::to_string(factors) + " factors cannot be dealt to " + std::to_string(heads) + " heads",
                "choose a multiple", {.key = "model.factors"});
  return std::make_unique<SasRec>(*this);
}

std::int64_t SasRecOptions::fit_bytes(const DataSize& size) const {
  return next_item_training_bytes(shape(), batch, size);
}

void SasRec::fit(const TrainingData& data) {
  require_interactions(name(), data);
  NextItemModel trained = train_next_item({.shape = options_.shape(),
                                           .epochs = options_.epochs,
                                           .batch = options_.batch,
                                           .learning_rate = options_.learning_rate,
                                           .weight_decay = options_.weight_decay},
                                          data);
  vectors_ = std::move(trained.items);
  parameters_ = std::move(trained.parameters);
  transformer_ = std::move(trained.transformer);
  prepare();
}

void SasRec::prepare() {
  packed_ = PackedMatrix::pack(vectors_, /*transposed=*/true);
  transformer_->pack(parameters_);
}

Matrix SasRec::states(std::span<const Query> queries) const {
  const std::int64_t width = vectors_.cols(), length = transformer_->shape().positions;
  Matrix out(static_cast<std::int64_t>(queries.size()), width);
  thread_local neural::CausalTransformer::Pass pass;
  std::vector<std::int64_t> offsets = {0}, numbers;
  std::vector<float> tokens;
  const auto encode = [&] {
    const MatrixView x{tokens.data(), offsets.back(), width};
    transformer_->forward(parameters_, x, offsets, /*random=*/nullptr, pass);
    for (std::size_t b = 0; b < numbers.size(); ++b)
      std::copy_n(x.row(offsets[b + 1] - 1).data(), width, out.row(numbers[b]).data());
    offsets = {0};
    numbers.clear();
    tokens.clear();
  };
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto history = queries[q].history;
    if (history.empty()) continue;
    const std::int64_t count = std::min<std::int64_t>(std::ssize(history), length);
    for (const std::int32_t item : history.last(static_cast<std::size_t>(count))) {
      const auto vector = std::as_const(vectors_).row(item);
      tokens.insert(tokens.end(), vector.begin(), vector.end());
    }
    offsets.push_back(offsets.back() + count);
    numbers.push_back(static_cast<std::int64_t>(q));
    if (offsets.back() >= kQueryTokens) encode();
  }
  if (!numbers.empty()) encode();
  return out;
}

void SasRec::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  const Matrix found = states(queries);
  multiply_serial(found.data(), found.rows(), found.cols(), packed_, scores.data(), scores.cols());
}

void SasRec::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  out.add(prefix + "items", vectors_.values(), {items(), vectors_.cols()});
  for (int i = 0; i < parameters_.size(); ++i) {
    const neural::Parameter& one = parameters_[i];
    out.add(prefix + one.name, one.value.values(), {one.value.rows(), one.value.cols()});
  }
}

void SasRec::load(const SafetensorsFile& in, const std::string& prefix) {
  Matrix vectors = read_matrix(in, prefix + "items");
  if (vectors.empty()) bad_tensor(in, prefix + "items", "has no items");
  if (vectors.cols() != options_.factors) bad_tensor(in, prefix + "items", "has another width than model.factors");
  neural::Parameters parameters;
  RandomStream random(0, "loaded");
  auto transformer = std::make_unique<neural::CausalTransformer>(options_.shape(), parameters, random);
  for (int i = 0; i < parameters.size(); ++i) {
    neural::Parameter& one = parameters[i];
    Matrix values = read_matrix(in, prefix + one.name);
    if (values.rows() != one.value.rows() || values.cols() != one.value.cols())
      bad_tensor(in, prefix + one.name, "has another shape than the model");
    one.value = std::move(values);
  }
  vectors_ = std::move(vectors);
  parameters_ = std::move(parameters);
  transformer_ = std::move(transformer);
  prepare();
}

std::vector<ScoredIndex> SasRec::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  const auto length = [&](std::int64_t i) {
    const float* const row = vectors_.row(i).data();
    return std::sqrt(dot(row, row, vectors_.cols()));
  };
  const float own = length(item);
  if (own == 0) return {};
  std::vector<float> scores(items());
  multiply_serial(vectors_.row(item).data(), 1, vectors_.cols(), packed_, scores.data(), items());
  for (std::int64_t other = 0; other < items(); ++other) {
    const float size = length(other);
    scores[other] = size > 0 ? scores[other] / (size * own) : kMasked;
  }
  scores[item] = kMasked;
  return top_k(scores, k);
}

}  // namespace genre
