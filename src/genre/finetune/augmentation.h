// Variations of training texts. Source: Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting Performance
// on Text Classification Tasks" (2019); of histories (crop, mask, reorder): Xie et al., "Contrastive Learning for
// Sequential Recommendation" (2022); substitute: part_neighbours.h.
#pragma once

#include <string>
#include <string_view>

#include "genre/base/random.h"
#include "genre/finetune/examples.h"
#include "genre/finetune/part_neighbours.h"
#include "genre/finetune/synonyms.h"

namespace genre {

// What parts are replaced by; null where the options do not ask for it.
struct VariationSources {
  const Synonyms* synonyms = nullptr;
  const PartNeighbours* neighbours = nullptr;
};

// The text with some of its parts, cut at options.separator, cropped, replaced, masked, put in another order, swapped
// or left out; at least one stays.
std::string varied(std::string_view text, const AugmentationOptions& options, const VariationSources& sources,
                   RandomStream& random);

// Adds options.copies variations of each training example, and one by options.translate, with its label and other text;
// those that equal a text of the examples are left out. The same seed gives the same variations. Throws as Synonyms and
// translated().
void augment(Examples& examples, const AugmentationOptions& options, std::uint64_t seed);

}  // namespace genre
