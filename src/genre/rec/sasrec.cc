#include "genre/rec/sasrec.h"

#include "genre/base/error.h"
#include "genre/rec/tensors.h"

namespace genre {

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

NextItemTraining SasRecOptions::training() const {
  if (factors % heads != 0)
    throw Error(ErrorCode::kConfig,
                std::to_string(factors) + " factors cannot be dealt to " + std::to_string(heads) + " heads",
                "choose a multiple", {.key = "model.factors"});
  return {
      .shape =
          {.width = factors, .inner = inner, .layers = layers, .heads = heads, .positions = length, .dropout = dropout},
      .epochs = epochs,
      .batch = batch,
      .learning_rate = learning_rate,
      .weight_decay = weight_decay};
}

std::unique_ptr<Recommender> SasRecOptions::build() const {
  training();
  return std::make_unique<SasRec>(*this);
}

std::int64_t SasRecOptions::fit_bytes(const DataSize& size) const { return next_item_training_bytes(training(), size); }

void SasRec::fit(const TrainingData& data) {
  require_interactions(name(), data);
  TrainedNextItem trained = train_next_item(options_.training(), {}, data);
  model_ = {std::move(trained.items), std::move(trained.parameters), std::move(trained.transformer)};
}

void SasRec::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  model_.score(queries, {}, scores);
}

void SasRec::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  model_.save(out, prefix);
}

void SasRec::load(const SafetensorsFile& in, const std::string& prefix) {
  model_ = NextItemModel::load(in, prefix, options_.training().shape);
}

std::vector<ScoredIndex> SasRec::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return model_.similar_items(item, k);
}

}  // namespace genre
