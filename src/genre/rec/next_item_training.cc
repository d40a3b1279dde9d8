#include "genre/rec/next_item_training.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/full_softmax.h"
#include "genre/optim/adam.h"
#include "genre/rec/sequences.h"

namespace genre {
namespace {

constexpr int kParts = 4;  // of a step, whatever the number of threads
constexpr int kItems = 0;  // the number of the item vectors among the parameters
constexpr double kDeviation = 0.02;

// Pieces of histories: items[begin, end), all but the last read, all but the first foretold.
struct Piece {
  std::int64_t begin, end;
};

std::vector<Piece> cut(const Sequences& sequences, std::int64_t length) {
  std::vector<Piece> out;
  for (std::int64_t user = 0; user < sequences.users(); ++user) {
    const std::int64_t first = sequences.offsets[user];
    for (std::int64_t end = sequences.offsets[user + 1]; end - first > 1; end -= length)
      out.push_back({std::max(first, end - length - 1), end});
  }
  return out;
}

// One part of a step: some pieces through the model and back.
struct Part {
  neural::CausalTransformer::Pass pass;
  Matrix tokens, d_states;
  std::vector<std::int64_t> offsets;
  std::vector<std::int32_t> read, wanted;
};

class NextItemTrainer {
 public:
  NextItemTrainer(const NextItemTraining& how, const TrainingData& data)
      : how_(how), seed_(data.seed), sequences_(time_ordered(data)), pieces_(cut(sequences_, how.shape.positions)) {
    RandomStream random(seed_, "next item");
    parameters_.add("items", data.interactions.cols, how.shape.width, /*decays=*/true);
    neural::fill_normal(parameters_.value(kItems), kDeviation, random);
    transformer_ = std::make_unique<neural::CausalTransformer>(how.shape, parameters_, random);
    AdamWOptions adam;
    optimizer_ = adam.build();
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
    parts_.resize(kParts);
    gradients_.assign(kParts, neural::Gradients(parameters_));
  }

  void run() {
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      RandomStream random(seed_, "pieces of epoch " + std::to_string(epoch));
      random.shuffle(std::span(pieces_));
      const auto batch = static_cast<std::size_t>(how_.batch);
      for (std::size_t first = 0; first < pieces_.size(); first += batch) {
        throw_if_interrupted();
        step(std::span(pieces_).subspan(first, std::min(batch, pieces_.size() - first)));
      }
    }
  }

  NextItemModel model() && {
    NextItemModel out;
    out.items = std::move(parameters_.value(kItems));
    RandomStream random(seed_, "unused");
    out.transformer = std::make_unique<neural::CausalTransformer>(how_.shape, out.parameters, random);
    for (int i = 0; i < out.parameters.size(); ++i) out.parameters.value(i) = std::move(parameters_.value(i + 1));
    return out;
  }

 private:
  void step(std::span<const Piece> pieces) {
    softmax_.pack(parameters_.value(kItems));
    transformer_->pack(parameters_);
    std::int64_t tokens = 0;
    for (const Piece& piece : pieces) tokens += piece.end - piece.begin - 1;
    ++steps_;
    global_pool().parallel_for(kParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) {
        const std::size_t first = pieces.size() * p / kParts, last = pieces.size() * (p + 1) / kParts;
        learn(pieces.subspan(first, last - first), p, 1.0f / static_cast<float>(tokens));
      }
    });
    if (!std::isfinite(neural::sum_gradients(gradients_)))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    neural::update(parameters_, gradients_.front(), *optimizer_,
                   {.learning_rate = how_.learning_rate, .weight_decay = how_.weight_decay});
  }

  // The part's gradients become those of these pieces, each token's loss times `factor`.
  void learn(std::span<const Piece> pieces, std::size_t number, float factor) {
    Part& part = parts_[number];
    neural::Gradients& gradients = gradients_[number];
    gradients.clear();
    part.offsets = {0};
    part.read.clear();
    part.wanted.clear();
    for (const Piece& piece : pieces) {
      part.read.insert(part.read.end(), sequences_.items.begin() + piece.begin,
                       sequences_.items.begin() + piece.end - 1);
      part.wanted.insert(part.wanted.end(), sequences_.items.begin() + piece.begin + 1,
                         sequences_.items.begin() + piece.end);
      part.offsets.push_back(std::ssize(part.read));
    }
    const std::int64_t count = part.offsets.back(), width = how_.shape.width;
    if (count == 0) return;
    if (part.tokens.rows() < count) part.tokens = Matrix(count, width), part.d_states = Matrix(count, width);
    const MatrixView tokens{part.tokens.data(), count, width}, d_states{part.d_states.data(), count, width};
    const Matrix& items = parameters_.value(kItems);
    for (std::int64_t t = 0; t < count; ++t) std::ranges::copy(items.row(part.read[t]), tokens.row(t).data());
    RandomStream random(seed_ + 0x9E3779B97F4A7C15 * static_cast<std::uint64_t>(steps_ * kParts) + number, "dropout");
    transformer_->forward(parameters_, tokens, part.offsets, &random, part.pass);
    Matrix& d_items = gradients[kItems];
    softmax_.loss(tokens, part.wanted, factor, d_states, d_items.view());
    transformer_->backward(parameters_, d_states, part.pass, gradients);
    for (std::int64_t t = 0; t < count; ++t)
      add_scaled(1, d_states.row(t).data(), d_items.row(part.read[t]).data(), width);
  }

  const NextItemTraining& how_;
  std::uint64_t seed_;
  Sequences sequences_;
  std::vector<Piece> pieces_;
  neural::Parameters parameters_;
  std::unique_ptr<neural::CausalTransformer> transformer_;
  std::unique_ptr<Optimizer> optimizer_;
  neural::FullSoftmax softmax_;
  std::vector<Part> parts_;
  std::vector<neural::Gradients> gradients_;
  std::int64_t steps_ = 0;
};

}  // namespace

NextItemModel train_next_item(const NextItemTraining& how, const TrainingData& data) {
  NextItemTrainer trainer(how, data);
  trainer.run();
  return std::move(trainer).model();
}

std::int64_t next_item_training_bytes(const neural::TransformerShape& shape, int batch, const DataSize& size) {
  const std::int64_t layer = 4 * shape.width * shape.width + 2 * shape.width * shape.inner + 16 * shape.width,
                     numbers = (size.items + shape.positions) * shape.width + shape.layers * layer;
  const std::int64_t tokens = batch * shape.positions,
                     of_token = shape.layers * (9 * shape.width + 3 * shape.inner) + 16 * shape.width;
  const std::int64_t logits =
      std::max(neural::FullSoftmax::kLogitBytes, 4 * neural::FullSoftmax::kFewestRows * (size.items + 16));
  return 4 * numbers * (3 + kParts + 2) + 4 * tokens * of_token + kParts * logits + 28 * size.interactions +
         8 * size.users + 65536;
}

}  // namespace genre
