#include "genre/rec/deepfm.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "genre/base/error.h"
#include "genre/config/integer_list.h"
#include "genre/rec/field_items.h"
#include "genre/rec/tensors.h"
#include "genre/rec/touched_items.h"

namespace genre {
namespace {

// Columns numbered by their places in `kept`, which has all that are not empty.
CsrMatrix renumbered(const CsrMatrix& x, std::span<const std::int32_t> kept) {
  std::vector<std::int32_t> place(x.cols, -1);
  for (std::size_t n = 0; n < kept.size(); ++n) place[kept[n]] = static_cast<std::int32_t>(n);
  CsrMatrix out = x;
  out.cols = std::ssize(kept);
  for (std::int32_t& item : out.indices) item = place[item];
  return out;
}

}  // namespace

void DeepFmOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.add(config::integer_list("hidden", hidden, {.minimum = 1, .maximum = 65536},
                             "widths of the tower's layers, the first at the vectors"));
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "of what goes into each layer of the tower");
  f.choice("side", side, {"none", "features", "vectors", "both"},
           "what is known of items: fields where there are some, text vectors, or both");
  f.number("id_dropout", id_dropout, {.minimum = 0, .maximum = 1},
           "chance that a step sees an item without what it learnt of that item alone");
  f.integer("negatives", negatives, {.minimum = 1, .maximum = 1000}, "items drawn for each interaction");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1000000}, "interactions, each with its negatives, of a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
}

PairTraining DeepFmOptions::training(std::int64_t item_fields) const {
  PairTraining out{.shape = {.width = factors, .gmf = true, .hidden = {}, .dropout = dropout, .fields = item_fields},
                   .negatives = negatives,
                   .epochs = epochs,
                   .batch = batch,
                   .learning_rate = learning_rate,
                   .weight_decay = weight_decay};
  out.shape.hidden.assign(hidden.begin(), hidden.end());
  return out;
}

std::unique_ptr<Recommender> DeepFmOptions::build() const {
  if (hidden.empty())
    throw Error(ErrorCode::kConfig, "the tower of deepfm has no layer", "name a width, or take the model fm",
                {.key = "model.hidden"});
  return std::make_unique<DeepFm>(*this);
}

std::int64_t DeepFmOptions::fit_bytes(const DataSize& size) const {
  const std::int64_t of_input = 12 * (factors + 1);  // a factor and its moments
  const std::int64_t dense = needs_item_vectors() ? size.dimension : 0;
  // Texts of a step as they lie and turned; the catalogue is composed 4,096 items at a time.
  const std::int64_t read = std::min(size.items, std::int64_t{batch} * (1 + negatives) + 4096);
  return pair_training_bytes(training(3), size) + 2 * size.items * of_input + dense * (of_input + 4 * factors) +
         12 * read * dense + 8 * size.interactions;
}

void DeepFm::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const FmInputs inputs = fm_inputs(name(), data, options_.side);
  const std::vector<std::int32_t> known = touched_items(data.interactions);
  FieldItems items(inputs, data.interactions.cols, known, options_.factors, options_.id_dropout);
  TrainedPairs trained = train_pairs(options_.training(FieldItems::fields(inputs)),
                                     renumbered(data.interactions, known), data, "deepfm", items);
  trained.drawn = known;
  set({std::move(trained), options_.negatives});
}

void DeepFm::load(const SafetensorsFile& in, const std::string& prefix) {
  in.values<float>(prefix + "items", {-1, -1});
  const std::int64_t width = in.at(prefix + "items").shape[1], factors = options_.factors;
  const std::int64_t fields = (width - 1) / factors - 1;
  if (fields < 1 || fields > 3 || width != (1 + fields) * factors + 1)
    bad_tensor(in, prefix + "items", "has another width than the model's settings say");
  set(PairModel::load(in, prefix, options_.training(fields).shape, options_.negatives));
}

}  // namespace genre
