// Training that begins with the weights of a model in place of random ones: to go on when there are new events, or to
// bring what was learnt in one catalogue to another.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/neural/parameters.h"
#include "genre/rec/next_item_model.h"
#include "genre/rec/trained_items.h"
#include "genre/rec/whitening.h"

namespace genre {

struct NextItemStart {
  const NextItemModel* model = nullptr;
  std::span<const std::int32_t> items;  // I: the number that an item has there, or -1
  Matrix text_map;               // "text.weight" of TrainedItems, for the whitened texts of this training; or empty
  std::vector<float> text_bias;  // "text.bias", where there is one
  Matrix features;               // "features.weight", zeros where a feature is not known there; or empty
  bool empty() const { return model == nullptr; }
};

// A map of whitened texts that does what `map` (N x L) does to texts as the language model gives them. The rows of a
// whitening stand at right angles, which makes it exact in the directions that are kept.
Matrix map_of_whitened(const Matrix& map, const Whitening& whitening);

// The reader's weights, the map of texts and the vectors of features become the start's; a feature that is not known
// there keeps its own. The vector of an item that is known there becomes what it is there, its own share being what its
// sides do not give; another item of which they give something gets no own share, and one of which they give nothing
// keeps what it has. known[k] is the number in the catalogue of item k of the training, `sides` are those of its items.
// Throws Error(kConfig) naming the tensor that has another shape.
void begin_with(const NextItemStart& start, std::span<const std::int32_t> known, const ItemSides& sides,
                const TrainedItems& items, neural::Parameters& parameters);

}  // namespace genre
