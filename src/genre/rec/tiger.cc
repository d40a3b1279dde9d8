#include "genre/rec/tiger.h"

#include <algorithm>

#include "genre/rec/cosine_neighbours.h"
#include "genre/rec/reader_plan.h"
#include "genre/rec/tensors.h"

namespace genre {

void TigerOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors of codes");
  f.integer("layers", layers, {.minimum = 1, .maximum = 64}, "of the transformer");
  f.integer("heads", heads, {.minimum = 1, .maximum = 64}, "of attention; the factors are a multiple");
  f.integer("inner", inner, {.minimum = 1, .maximum = 65536}, "width inside the feed-forward blocks");
  f.integer("length", length, {.minimum = 1, .maximum = 1024}, "newest events of a history that are looked at");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "of what goes into the network and its layers");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "sequences whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.choice("schedule", schedule, {"constant", "linear", "cosine"},
           "of the learning rate: down to 0 over the training, or not");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
  f.integer("beams", beams, {.minimum = 1, .maximum = 1e6}, "beginnings of ids that a search goes on with");
  f.table("quantiser", quantiser, "How texts become codes.");
}

TigerTraining TigerOptions::training() const {
  const neural::TransformerShape shape{.width = factors,
                                       .inner = inner,
                                       .layers = layers,
                                       .heads = heads,
                                       .positions = std::int64_t{length + 1} * levels() - 1,
                                       .dropout = dropout};
  reader_plan(shape);
  return {.reader = shape,
          .length = length,
          .epochs = epochs,
          .batch = batch,
          .learning_rate = learning_rate,
          .weight_decay = weight_decay,
          .schedule = {.schedule = schedule, .warmup = 0}};
}

std::unique_ptr<Recommender> TigerOptions::build() const {
  training();
  return std::make_unique<Tiger>(*this);
}

std::int64_t TigerOptions::fit_bytes(const DataSize& size) const {
  // At worst all items have one text, and one code of the last level each.
  const std::int64_t all_codes = std::int64_t{quantiser.levels} * quantiser.codes + 1 + size.items;
  return std::max(item_quantiser_bytes(quantiser, size), tiger_training_bytes(training(), all_codes, levels(), size)) +
         4 * size.items * quantiser.factors + SemanticIds::bytes(size.items, levels());
}

void Tiger::fit(const TrainingData& data) {
  require_interactions(name(), data);
  require_item_vectors(name(), data);
  std::vector<std::uint8_t> touched(data.interactions.cols);
  for (const std::int32_t item : data.interactions.indices) touched[item] = 1;
  QuantisedItems quantised = quantise_items(options_.quantiser, data.item_vectors, data.seed);
  SemanticIds ids =
      SemanticIds::of_codes(quantised.codes, options_.quantiser.levels, options_.quantiser.codes, touched);
  const TigerTraining how = options_.training();
  TrainedTiger trained = train_tiger(how, ids, data);
  generator_ = {std::move(ids), std::move(trained), how.length};
  vectors_ = std::move(quantised.vectors);
}

bool Tiger::personalises(const Query& query) const {
  return items() > 0 &&
         std::ranges::any_of(query.history, [&](std::int32_t item) { return !generator_.ids().of(item).empty(); });
}

void Tiger::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto row = scores.row(static_cast<std::int64_t>(q));
    std::ranges::fill(row, kMasked);
    for (const auto& [item, score] : generator_.generate(queries[q].history, options_.beams, {})) row[item] = score;
  }
}

std::vector<ScoredIndex> Tiger::find_best(const Query& query, const RankOptions& options) const {
  require_fitted(*this);
  std::vector<ScoredIndex> out = generator_.generate(query.history, std::max(options_.beams, options.k), options);
  out.resize(std::min(out.size(), static_cast<std::size_t>(std::max(options.k, 0))));
  return out;
}

void Tiger::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  generator_.save(out, prefix);
  out.add(prefix + "vectors", vectors_.values(), {vectors_.rows(), vectors_.cols()});
}

void Tiger::load(const SafetensorsFile& in, const std::string& prefix) {
  const TigerTraining how = options_.training();
  CodeGenerator generator = CodeGenerator::load(in, prefix, options_.levels(), how.reader, how.length);
  Matrix vectors = read_matrix(in, prefix + "vectors");
  if (vectors.rows() != generator.items()) bad_tensor(in, prefix + "vectors", "has another number of items");
  generator_ = std::move(generator);
  vectors_ = std::move(vectors);
}

std::vector<ScoredIndex> Tiger::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return cosine_neighbours(vectors_, item, k);
}

}  // namespace genre
