#include "genre/rec/neumf.h"

#include "genre/base/error.h"
#include "genre/config/integer_list.h"
#include "genre/rec/tensors.h"

namespace genre {

void NeuMfOptions::fields(config::Fields& f) {
  f.choice("parts", parts, {"both", "gmf", "mlp"},
           "gmf: a weighted product of vectors; mlp: a tower of layers over others; both: side by side");
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors of each part");
  f.add(config::integer_list("hidden", hidden, {.minimum = 1, .maximum = 65536},
                             "widths of the tower's layers, the first at the vectors"));
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "of what goes into each layer of the tower");
  f.integer("negatives", negatives, {.minimum = 1, .maximum = 1000}, "items drawn for each interaction");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 100000}, "passes over the interactions");
  f.integer("batch", batch, {.minimum = 1, .maximum = 1000000}, "interactions, each with its negatives, of a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
}

PairTraining NeuMfOptions::training() const {
  PairTraining out{.shape = {.width = factors, .gmf = parts != "mlp", .hidden = {}, .dropout = dropout},
                   .negatives = negatives,
                   .epochs = epochs,
                   .batch = batch,
                   .learning_rate = learning_rate,
                   .weight_decay = weight_decay};
  if (parts == "gmf") return out;
  if (hidden.empty())
    throw Error(ErrorCode::kConfig, "the tower of neumf has no layer", "name a width, or choose parts = \"gmf\"",
                {.key = "model.hidden"});
  out.shape.hidden.assign(hidden.begin(), hidden.end());
  return out;
}

std::unique_ptr<Recommender> NeuMfOptions::build() const {
  training();
  return std::make_unique<NeuMf>(*this);
}

std::int64_t NeuMfOptions::fit_bytes(const DataSize& size) const { return pair_training_bytes(training(), size); }

void NeuMf::fit(const TrainingData& data) {
  require_interactions(name(), data);
  const PairTraining how = options_.training();
  OwnItems items(data.interactions.cols, how.shape.item_vector());
  set({train_pairs(how, data.interactions, data, "neumf", items), options_.negatives});
}

void NeuMf::load(const SafetensorsFile& in, const std::string& prefix) {
  set(PairModel::load(in, prefix, options_.training().shape, options_.negatives));
}

}  // namespace genre
