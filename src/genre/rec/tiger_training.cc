#include "genre/rec/tiger_training.h"

#include <cmath>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/neural/full_softmax.h"
#include "genre/neural/room.h"
#include "genre/optim/adam.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/history_pass.h"
#include "genre/rec/next_item_examples.h"
#include "genre/rec/reader_plan.h"
#include "genre/rec/sequences.h"
#include "genre/rec/step_seed.h"

namespace genre {
namespace {

constexpr int kTigerParts = 4;  // of a step, whatever the number of threads
constexpr double kCodeDeviation = 0.02;

// What a part of a step reads, and the codes that it must foretell: those of all levels of one item after the other.
struct CodeExamples : ReadSequences {
  std::vector<std::int32_t> wanted;

  void clear() {
    ReadSequences::clear();
    wanted.clear();
  }
  // Two items or more.
  void add(const SemanticIds& ids, std::span<const std::int32_t> items) {
    for (std::size_t n = 0; n < items.size(); ++n)
      for (int level = 0; level < ids.levels(); ++level) {
        const std::int32_t code = ids.of(items[n])[level];
        if (n > 0) {
          asked.push_back(static_cast<std::int32_t>(std::ssize(read) - 1));
          wanted.push_back(code);
        }
        read.push_back(static_cast<std::int32_t>(ids.token(level, code)));
      }
    read.pop_back();
    offsets.push_back(std::ssize(read));
  }
};

class TigerTrainer {
 public:
  TigerTrainer(const TigerTraining& how, const SemanticIds& ids, const TrainingData& data)
      : how_(how),
        ids_(ids),
        seed_(data.seed),
        sequences_(time_ordered(data)),
        pieces_(history_pieces(sequences_, how.length + 1, how.length)),
        random_(seed_, "tiger"),
        model_(new_tiger(how.reader, ids.all_codes(), random_)),
        softmax_(ids.levels()),
        gradients_(kTigerParts, neural::Gradients(model_.parameters)),
        optimizer_(AdamWOptions().build()) {
    for (int i = 0; i < model_.parameters.size(); ++i)
      optimizer_->add(model_.parameters.value(i).rows(), model_.parameters.value(i).cols());
    for (int p = 0; p < kTigerParts; ++p) parts_.emplace_back(*model_.reader);
  }

  void run(const TrainingData& data) {
    const auto batch = static_cast<std::size_t>(how_.batch);
    const auto steps = static_cast<std::int64_t>((pieces_.size() + batch - 1) / batch) * how_.epochs;
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      RandomStream random(step_seed(seed_, epoch), "order of histories");
      random.shuffle(std::span(pieces_));
      for (std::size_t first = 0; first < pieces_.size(); first += batch) {
        throw_if_interrupted();
        step(std::span(pieces_).subspan(first, std::min(batch, pieces_.size() - first)),
             how_.learning_rate * schedule_factor(how_.schedule, steps_ + 1, steps));
      }
    }
  }

  TrainedTiger model() && { return std::move(model_); }

 private:
  // One part of a step: some pieces through the model and back.
  struct Part {
    explicit Part(const neural::TransformerReader& reader) : pass(reader) {}
    HistoryPass pass;
    CodeExamples examples;
    Matrix states, d_states;             // of one level
    std::vector<std::int32_t> of_level;  // codes
  };

  void step(std::span<const HistoryPiece> pieces, double rate) {
    ++steps_;
    std::int64_t foretold = 0;
    for (const HistoryPiece& piece : pieces) foretold += piece.end - piece.begin - 1;
    const Matrix& codes = model_.parameters.value(kCodes);
    for (int level = 0; level < ids_.levels(); ++level)
      softmax_[level].pack({codes.row(ids_.token(level, 0)).data(), ids_.codes(level), codes.cols()});
    model_.reader->pack(model_.parameters);
    global_pool().parallel_for(kTigerParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) {
        const std::size_t first = pieces.size() * p / kTigerParts, last = pieces.size() * (p + 1) / kTigerParts;
        learn(p, pieces.subspan(first, last - first), 1 / static_cast<float>(foretold));
      }
    });
    if (!std::isfinite(neural::sum_gradients(gradients_)))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    neural::update(model_.parameters, gradients_.front(), *optimizer_,
                   {.learning_rate = rate, .weight_decay = how_.weight_decay});
  }

  // The part's gradients become those of its pieces, each loss times `factor`.
  void learn(std::size_t number, std::span<const HistoryPiece> pieces, float factor) {
    Part& part = parts_[number];
    neural::Gradients& gradients = gradients_[number];
    gradients.clear();
    if (pieces.empty()) return;
    CodeExamples& examples = part.examples;
    examples.clear();
    for (const HistoryPiece& piece : pieces)
      examples.add(ids_, std::span(sequences_.items).subspan(piece.begin, piece.end - piece.begin));
    RandomStream random(step_seed(seed_, steps_ * kTigerParts) + number, "dropout");
    const ConstMatrixView states =
        part.pass.forward(model_.parameters, model_.parameters.value(kCodes), examples, random);
    MatrixView d_states = part.pass.d_states();
    const std::int64_t levels = ids_.levels(), items = states.rows() / levels, width = states.cols();
    const MatrixView own = neural::room(part.states, items, width), d_own = neural::room(part.d_states, items, width);
    part.of_level.resize(items);
    for (int level = 0; level < levels; ++level) {
      for (std::int64_t n = 0; n < items; ++n) {
        std::ranges::copy(states.row(n * levels + level), own.row(n).data());
        part.of_level[n] = examples.wanted[n * levels + level];
      }
      float* const d_codes = gradients[kCodes].row(ids_.token(level, 0)).data();
      softmax_[level].loss(own, part.of_level, factor, d_own, {d_codes, ids_.codes(level), width});
      for (std::int64_t n = 0; n < items; ++n) std::ranges::copy(d_own.row(n), d_states.row(n * levels + level).data());
    }
    part.pass.backward(model_.parameters, examples, gradients, kCodes);
  }

  static constexpr int kCodes = 0;  // the number of codes.weight

  const TigerTraining& how_;
  const SemanticIds& ids_;
  std::uint64_t seed_;
  Sequences sequences_;
  std::vector<HistoryPiece> pieces_;
  RandomStream random_;
  TrainedTiger model_;
  std::vector<neural::FullSoftmax> softmax_;  // of each level
  std::vector<Part> parts_;
  std::vector<neural::Gradients> gradients_;
  std::unique_ptr<Optimizer> optimizer_;
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedTiger new_tiger(const neural::TransformerShape& shape, std::int64_t codes, RandomStream& random) {
  TrainedTiger out;
  out.parameters.add("codes.weight", codes, shape.width, /*decays=*/true);
  neural::fill_normal(out.parameters.value(0), kCodeDeviation, random);
  out.reader = std::make_unique<neural::TransformerReader>(shape, out.parameters, random);
  return out;
}

TrainedTiger train_tiger(const TigerTraining& how, const SemanticIds& ids, const TrainingData& data) {
  TigerTrainer trainer(how, ids, data);
  trainer.run(data);
  return std::move(trainer).model();
}

std::int64_t tiger_training_bytes(const TigerTraining& how, std::int64_t codes, int levels, const DataSize& size) {
  const ReaderPlan plan = reader_plan(how.reader);
  const std::int64_t width = how.reader.width, numbers = codes * width + plan.numbers,
                     tokens = how.batch * (how.length + 1) * levels;
  // Weights with two moments, packed twice, and their gradients; a step's passes; sequences and pieces.
  return 4 * numbers * (5 + kTigerParts) + 4 * tokens * (plan.numbers_of_token + 8 * width + 4) +
         kTigerParts * neural::FullSoftmax::kLogitBytes + 44 * size.interactions + 8 * size.users + 65536;
}

}  // namespace genre
