#include "genre/rec/two_tower.h"

#include <algorithm>

#include "genre/base/error.h"

namespace genre {

void ItemEncoderOptions::fields(config::Fields& f) {
  f.texts("parts", parts,
          "what an item's vector is the sum of: id (a vector of its own), text, words (of "
          "its text, those that two items have), features");
  f.integer("components", components, {.minimum = 1, .maximum = 4096}, "of the whitened text that are used");
  f.number("id_dropout", id_dropout, {.minimum = 0, .maximum = 1},
           "chance that a step goes without the own vector of an item that has text, words or features");
}

bool ItemEncoderOptions::has(std::string_view part) const { return std::ranges::find(parts, part) != parts.end(); }

void ScorerOptions::fields(config::Fields& f) {
  f.choice("name", name, {"dot", "cosine"}, "product of the vectors, or of vectors of length 1");
  f.number("temperature", temperature, {.minimum = 0.001, .maximum = 10}, "that cosines are divided by in training");
}

TwoTowerOptions::TwoTowerOptions() : user_encoder(make_user_encoder("mean")) { dropout = 0.2; }

void TwoTowerOptions::fields(config::Fields& f) {
  NextItemOptions::fields(f);
  f.table("item_encoder", item_encoder, "What the vector of an item is made of.");
  f.named("user_encoder", user_encoder, &user_encoders, "What makes a vector of a history.");
  f.table("scorer", scorer, "How both are compared.");
}

NextItemPlan TwoTowerOptions::plan() const {
  const auto* const encoder = dynamic_cast<const UserEncoderOptions*>(user_encoder.get());
  NextItemPlan out{.training = training(encoder->reader(factors, length, dropout))};
  for (const std::string& part : item_encoder.parts)
    if (part != "id" && part != "text" && part != "words" && part != "features")
      throw Error(ErrorCode::kConfig, "an item has no part \"" + part + "\"", "there are id, text, words and features",
                  {.key = "model.item_encoder.parts"});
  if (item_encoder.parts.empty())
    throw Error(ErrorCode::kConfig, "an item is made of nothing", "name id, text, words or features",
                {.key = "model.item_encoder.parts"});
  out.training.items.id_dropout = item_encoder.has("id") ? item_encoder.id_dropout : 1;
  if (scorer.name == "cosine") {
    out.training.items.unit = true;
    out.training.temperature = scorer.temperature;
  }
  out.text_components = item_encoder.has("text") ? item_encoder.components : 0;
  out.words = item_encoder.has("words");
  out.features = item_encoder.has("features");
  return out;
}

}  // namespace genre
