#include "genre/rec/next_item_training.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/optim/adam.h"
#include "genre/rec/feature_loss.h"
#include "genre/rec/fit_progress.h"
#include "genre/rec/history_pass.h"
#include "genre/rec/next_item_examples.h"
#include "genre/rec/replay.h"
#include "genre/rec/sequences.h"
#include "genre/rec/step_seed.h"
#include "genre/rec/trained_items.h"

namespace genre {
namespace {

constexpr int kHistoryParts = 4;  // of a step, whatever the number of threads

// The items that take part, by their numbers in the catalogue.
std::vector<std::int32_t> taking_part(const TrainingData& data, bool interactions_alone) {
  std::vector<std::uint8_t> wanted(data.interactions.cols, interactions_alone ? 0 : 1);
  for (const std::int32_t item : data.interactions.indices) wanted[item] = 1;
  std::vector<std::int32_t> out;
  for (std::int32_t item = 0; item < data.interactions.cols; ++item)
    if (wanted[item] != 0) out.push_back(item);
  return out;
}

CsrMatrix rows_of(const CsrMatrix& matrix, std::span<const std::int32_t> rows) {
  CsrMatrix out;
  out.rows = std::ssize(rows);
  out.cols = matrix.cols;
  for (const std::int32_t row : rows) {
    const auto indices = matrix.row_indices(row);
    const auto values = matrix.row_values(row);
    out.indices.insert(out.indices.end(), indices.begin(), indices.end());
    out.values.insert(out.values.end(), values.begin(), values.end());
    out.offsets.push_back(std::ssize(out.indices));
  }
  return out;
}

Matrix rows_of(ConstMatrixView matrix, std::span<const std::int32_t> rows) {
  Matrix out(std::ssize(rows), matrix.cols());
  for (std::size_t r = 0; r < rows.size(); ++r)
    std::ranges::copy(matrix.row(rows[r]), out.row(static_cast<std::int64_t>(r)).data());
  return out;
}

// What is known of the items that take part.
struct KnownSides {
  KnownSides(const ItemSides& all, std::span<const std::int32_t> known)
      : text(all.text.empty() ? Matrix() : rows_of(all.text, known)),
        features(all.features == nullptr ? CsrMatrix() : rows_of(*all.features, known)),
        sides{text, all.features == nullptr ? nullptr : &features} {}
  KnownSides(const KnownSides&) = delete;
  Matrix text;
  CsrMatrix features;
  ItemSides sides;
};

// One part of a step: some pieces through the model and back.
struct Part {
  explicit Part(const neural::HistoryReader& reader) : pass(reader) {}
  HistoryPass pass;
  NextItemExamples examples;
  neural::UnitRows unit;
};

class NextItemTrainer {
 public:
  NextItemTrainer(const NextItemTraining& how, const ItemSides& sides, const TrainingData& data,
                  const NextItemStart& start)
      : how_(how),
        seed_(data.seed),
        all_sides_(sides),
        catalogue_(data.interactions.cols),
        sequences_(time_ordered(data)),
        known_(taking_part(data, !sides.empty())),
        sides_(sides, known_),
        random_(seed_, "next item"),
        items_(std::ssize(known_), how.width, sides_.sides, how.items, parameters_, random_),
        reader_(how.reader.make(parameters_, random_)) {
    if (!start.empty()) begin_with(start, known_, sides_.sides, items_, parameters_);
    if (how.feature_loss > 0)
      feature_loss_.emplace(how.feature_loss, rows_of(*data.item_features, known_), how.width, seed_, kHistoryParts,
                            parameters_);
    // Tokens that foretell the event behind them read all but the last of a piece.
    pieces_.emplace(history_pieces(sequences_, how.length + (reader_->mask() < 0 ? 1 : 0), how.length), sequences_,
                    data.interactions, data.start == nullptr ? std::span<const std::uint8_t>() : data.start->known,
                    how.replay);
    std::vector<std::int32_t> number(catalogue_);
    for (std::size_t k = 0; k < known_.size(); ++k) number[known_[k]] = static_cast<std::int32_t>(k);
    for (std::int32_t& item : sequences_.items) item = number[item];
    AdamWOptions adam;
    optimizer_ = adam.build();
    for (int i = 0; i < parameters_.size(); ++i)
      optimizer_->add(parameters_.value(i).rows(), parameters_.value(i).cols());
    for (int p = 0; p < kHistoryParts; ++p) parts_.emplace_back(*reader_);
    gradients_.assign(kHistoryParts, neural::Gradients(parameters_));
    std::vector<std::int64_t> counts(known_.size());
    for (const std::int32_t item : sequences_.items) ++counts[item];
    loss_ = make_next_item_loss(how.loss, counts, seed_, kHistoryParts);
    if (how.contrast.weight > 0)
      contrast_.emplace(
          how.contrast,
          how.contrast.wants_substitutes() ? item_substitutes(how.contrast.substitutes, data, known_) : CsrMatrix(),
          *reader_, how.length, seed_, kHistoryParts);
  }

  void run(const TrainingData& data) {
    const std::int64_t steps = (pieces_->size() + how_.batch - 1) / how_.batch * how_.epochs;
    for (int epoch = 0; epoch < how_.epochs; ++epoch) {
      between_pieces(data, epoch, how_.epochs);
      const auto pieces = pieces_->of_epoch(epoch, seed_);
      const auto batch = static_cast<std::size_t>(how_.batch);
      for (std::size_t first = 0; first < pieces.size(); first += batch) {
        throw_if_interrupted();
        step(pieces.subspan(first, std::min(batch, pieces.size() - first)),
             how_.learning_rate * schedule_factor(how_.schedule, steps_ + 1, steps));
      }
    }
  }

  TrainedNextItem model() && {
    TrainedNextItem out;
    const ConstMatrixView vectors = items_.forward(parameters_, nullptr);
    out.items =
        all_sides_.empty() ? Matrix(catalogue_, how_.width) : items_.described(parameters_, catalogue_, all_sides_);
    for (std::size_t k = 0; k < known_.size(); ++k)
      std::ranges::copy(vectors.row(static_cast<std::int64_t>(k)), out.items.row(known_[k]).data());
    if (items_.map() >= 0) out.text_map = std::move(parameters_.value(items_.map()));
    if (items_.bias() >= 0) {
      const auto bias = std::as_const(parameters_).value(items_.bias()).values();
      out.text_bias.assign(bias.begin(), bias.end());
    }
    if (items_.features() >= 0) out.features = std::move(parameters_.value(items_.features()));
    const int own = items_.parameters();
    RandomStream random(seed_, "unused");
    out.reader = how_.reader.make(out.parameters, random);
    for (int i = 0; i < out.parameters.size(); ++i) out.parameters.value(i) = std::move(parameters_.value(own + i));
    return out;
  }

 private:
  void step(std::span<const HistoryPiece> pieces, double rate) {
    ++steps_;
    RandomStream random(step_seed(seed_, steps_), "left out");
    vectors_ = items_.forward(parameters_, &random);
    draw_examples(pieces);
    loss_->start(steps_, vectors_, wanted_);
    if (feature_loss_) feature_loss_->start(steps_, parameters_, vectors_);
    reader_->pack(parameters_);
    for_parts([&](std::size_t p) {
      learn(p, 1.0f / static_cast<float>(wanted_.size()));
      if (contrast_) contrast_->read(p, parameters_, vectors_, parts_[p].pass);
    });
    if (contrast_) {
      contrast_->compare();
      for_parts([&](std::size_t p) { contrast_->learn(p, parameters_, parts_[p].pass, gradients_[p], items_.ids()); });
    }
    const double norm = neural::sum_gradients(gradients_);
    items_.backward(gradients_.front());
    if (!std::isfinite(norm))
      throw Error(ErrorCode::kRuntime, "the gradient of step " + std::to_string(steps_) + " is not finite",
                  "lower model.learning_rate", {.key = "model.learning_rate"});
    neural::update(parameters_, gradients_.front(), *optimizer_,
                   {.learning_rate = rate, .weight_decay = how_.weight_decay},
                   how_.frozen_reader ? items_.parameters() : parameters_.size());
  }

  void for_parts(const std::function<void(std::size_t part)>& work) {
    global_pool().parallel_for(kHistoryParts, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t p = begin; p < end; ++p) work(p);
    });
  }

  // What each part reads and is asked in this step.
  void draw_examples(std::span<const HistoryPiece> pieces) {
    RandomStream random(step_seed(seed_, steps_), "masks");
    wanted_.clear();
    std::vector<std::span<const std::int32_t>> events;
    for (const HistoryPiece& piece : pieces)
      events.push_back(std::span(std::as_const(sequences_.items)).subspan(piece.begin, piece.end - piece.begin));
    if (contrast_) contrast_->start(steps_, events);
    for (std::size_t p = 0; p < kHistoryParts; ++p) {
      NextItemExamples& examples = parts_[p].examples;
      examples.clear();
      const std::size_t first = events.size() * p / kHistoryParts, last = events.size() * (p + 1) / kHistoryParts;
      for (const auto items : std::span(events).subspan(first, last - first)) {
        if (reader_->mask() < 0)
          examples.add_next(items);
        else
          examples.add_masked(items, how_.mask_rate, random);
      }
      wanted_.insert(wanted_.end(), examples.wanted.begin(), examples.wanted.end());
    }
  }

  // The part's gradients become those of its examples, each loss times `factor`.
  void learn(std::size_t number, float factor) {
    Part& part = parts_[number];
    const NextItemExamples& examples = part.examples;
    neural::Gradients& gradients = gradients_[number];
    gradients.clear();
    if (examples.read.empty()) return;
    RandomStream random(step_seed(seed_, steps_ * kHistoryParts) + number, "dropout");
    const MatrixView states = part.pass.forward(parameters_, vectors_, examples, random);
    if (how_.items.unit) part.unit.apply(states, static_cast<float>(1 / how_.temperature));
    loss_->compare(number, states, examples.wanted, factor, part.pass.d_states(), gradients[items_.ids()].view());
    if (feature_loss_)
      feature_loss_->learn(number, states, examples.wanted, factor, part.pass.d_states(),
                           gradients[items_.ids()].view(), gradients);
    if (how_.items.unit) part.unit.backward(states, part.pass.d_states());
    part.pass.backward(parameters_, examples, gradients, items_.ids());
  }

  const NextItemTraining& how_;
  std::uint64_t seed_;
  ItemSides all_sides_;  // of the catalogue
  std::int64_t catalogue_;
  Sequences sequences_;  // numbers of known items
  std::optional<Replay> pieces_;
  std::vector<std::int32_t> known_;
  KnownSides sides_;
  RandomStream random_;
  neural::Parameters parameters_;
  TrainedItems items_;
  std::unique_ptr<neural::HistoryReader> reader_;
  std::unique_ptr<Optimizer> optimizer_;
  ConstMatrixView vectors_;           // of the step
  std::vector<std::int32_t> wanted_;  // of the step
  std::unique_ptr<NextItemLoss> loss_;
  std::optional<ViewContrast> contrast_;
  std::optional<FeatureLoss> feature_loss_;
  std::vector<Part> parts_;
  std::vector<neural::Gradients> gradients_;
  std::int64_t steps_ = 0;
};

}  // namespace

TrainedNextItem train_next_item(const NextItemTraining& how, const ItemSides& sides, const TrainingData& data,
                                const NextItemStart& start) {
  NextItemTrainer trainer(how, sides, data, start);
  trainer.run(data);
  return std::move(trainer).model();
}

std::int64_t next_item_training_bytes(const NextItemTraining& how, const DataSize& size) {
  const bool contrast = how.contrast.weight > 0;
  const std::int64_t numbers = size.items * how.width + how.reader.numbers, tokens = how.batch * how.length,
                     of_token = how.reader.numbers_of_token + 16 * how.width;
  return 4 * numbers * (3 + kHistoryParts + 2) + 4 * tokens * (of_token * (contrast ? 2 : 1) + 1) +
         (contrast ? view_contrast_bytes(how.contrast, how.batch, how.length, how.width, size) : 0) +
         (how.feature_loss > 0 ? feature_loss_bytes(how.width, tokens, kHistoryParts) : 0) +
         next_item_loss_bytes(how.loss, size.items, how.width, tokens, kHistoryParts) + 44 * size.interactions +
         20 * size.items + 8 * size.users + 65536;
}

}  // namespace genre
