#include "genre/rec/next_item_training.h"

#include <algorithm>
#include <cmath>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/full_softmax.h"
#include "genre/optim/adam.h"
#include "genre/rec/sequences.h"
#include "genre/rec/trained_items.h"

namespace genre {
namespace {

constexpr int kParts = 4;  // of a step, whatever the number of threads

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

// The items that take part, by their numbers in the catalogue.
std::vector<std::int32_t> taking_part(const TrainingData& data, bool interactions_alone) {
  std::vector<std::uint8_t> wanted(data.interactions.cols, interactions_alone ? 0 : 1);
  for (const std::int32_t item : data.interactions.indices) wanted[item] = 1;
  std::vector<std::int32_t> out;
  for (std::int32_t item = 0; item < data.interactions.cols; ++item)
    if (wanted[item] != 0) out.push_back(item);
  return out;
}

Matrix rows_of(ConstMatrixView matrix, std::span<const std::int32_t> rows) {
  Matrix out(std::ssize(rows), matrix.cols());
  for (std::size_t r = 0; r < rows.size(); ++r)
    std::ranges::copy(matrix.row(rows[r]), out.row(static_cast<std::int64_t>(r)).data());
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
  NextItemTrainer(const NextItemTraining& how, ConstMatrixView text, const TrainingData& data)
      : how_(how),
        seed_(data.seed),
        catalogue_(text),
        sequences_(time_ordered(data)),
        pieces_(cut(sequences_, how.shape.positions)),
        known_(taking_part(data, !text.empty())),
        text_(text.empty() ? Matrix() : rows_of(text, known_)),
        random_(seed_, "next item"),
        items_(std::ssize(known_), how.shape.width, text_, how.id_dropout, parameters_, random_),
        transformer_(std::make_unique<neural::CausalTransformer>(how.shape, parameters_, random_)) {
    std::vector<std::int32_t> number(data.interactions.cols);
    for (std::size_t k = 0; k < known_.size(); ++k) number[known_[k]] = static_cast<std::int32_t>(k);
    for (std::int32_t& item : sequences_.items) item = number[item];
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

  TrainedNextItem model() && {
    TrainedNextItem out;
    const ConstMatrixView vectors = items_.forward(parameters_, nullptr);
    out.items = Matrix(catalogue_.empty() ? vectors.rows() : catalogue_.rows(), vectors.cols());
    const int own = items_.parameters();
    if (!catalogue_.empty()) {
      out.text_map = std::move(parameters_.value(items_.map()));
      multiply(catalogue_.data(), catalogue_.rows(), catalogue_.cols(),
               PackedMatrix::pack(out.text_map, /*transposed=*/true), out.items.data(), out.items.cols());
    }
    for (std::size_t k = 0; k < known_.size(); ++k)
      std::ranges::copy(vectors.row(static_cast<std::int64_t>(k)), out.items.row(known_[k]).data());
    RandomStream random(seed_, "unused");
    out.transformer = std::make_unique<neural::CausalTransformer>(how_.shape, out.parameters, random);
    for (int i = 0; i < out.parameters.size(); ++i) out.parameters.value(i) = std::move(parameters_.value(own + i));
    return out;
  }

 private:
  void step(std::span<const Piece> pieces) {
    ++steps_;
    RandomStream random(seed_ + 0x9E3779B97F4A7C15 * static_cast<std::uint64_t>(steps_), "left out");
    vectors_ = items_.forward(parameters_, &random);
    softmax_.pack(vectors_);
    transformer_->pack(parameters_);
    std::int64_t tokens = 0;
    for (const Piece& piece : pieces) tokens += piece.end - piece.begin - 1;
    global_pool().parallel_for(kParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) {
        const std::size_t first = pieces.size() * p / kParts, last = pieces.size() * (p + 1) / kParts;
        learn(pieces.subspan(first, last - first), p, 1.0f / static_cast<float>(tokens));
      }
    });
    const double norm = neural::sum_gradients(gradients_);
    items_.backward(gradients_.front());
    if (!std::isfinite(norm))
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
    for (std::int64_t t = 0; t < count; ++t) std::ranges::copy(vectors_.row(part.read[t]), tokens.row(t).data());
    RandomStream random(seed_ + 0x9E3779B97F4A7C15 * static_cast<std::uint64_t>(steps_ * kParts) + number, "dropout");
    transformer_->forward(parameters_, tokens, part.offsets, &random, part.pass);
    Matrix& d_items = gradients[items_.ids()];
    softmax_.loss(tokens, part.wanted, factor, d_states, d_items.view());
    transformer_->backward(parameters_, d_states, part.pass, gradients);
    for (std::int64_t t = 0; t < count; ++t)
      add_scaled(1, d_states.row(t).data(), d_items.row(part.read[t]).data(), width);
  }

  const NextItemTraining& how_;
  std::uint64_t seed_;
  ConstMatrixView catalogue_;  // the text of all items
  Sequences sequences_;        // numbers of known items
  std::vector<Piece> pieces_;
  std::vector<std::int32_t> known_;
  Matrix text_;  // of the known items
  RandomStream random_;
  neural::Parameters parameters_;
  TrainedItems items_;
  std::unique_ptr<neural::CausalTransformer> transformer_;
  std::unique_ptr<Optimizer> optimizer_;
  ConstMatrixView vectors_;  // of the step
  neural::FullSoftmax softmax_;
  std::vector<Part> parts_;
  std::vector<neural::Gradients> gradients_;
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedNextItem train_next_item(const NextItemTraining& how, ConstMatrixView text, const TrainingData& data) {
  NextItemTrainer trainer(how, text, data);
  trainer.run();
  return std::move(trainer).model();
}

std::int64_t next_item_training_bytes(const NextItemTraining& how, const DataSize& size) {
  const neural::TransformerShape& shape = how.shape;
  const std::int64_t layer = 4 * shape.width * shape.width + 2 * shape.width * shape.inner + 16 * shape.width,
                     numbers = (size.items + shape.positions) * shape.width + shape.layers * layer;
  const std::int64_t tokens = how.batch * shape.positions,
                     of_token = shape.layers * (9 * shape.width + 3 * shape.inner) + 16 * shape.width;
  const std::int64_t logits =
      std::max(neural::FullSoftmax::kLogitBytes, 4 * neural::FullSoftmax::kFewestRows * (size.items + 16));
  return 4 * numbers * (3 + kParts + 2) + 4 * tokens * of_token + kParts * logits + 28 * size.interactions +
         8 * size.users + 65536;
}

}  // namespace genre
