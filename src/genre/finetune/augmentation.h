// Variations of training texts. Source: Wei and Zou, "EDA: Easy Data Augmentation Techniques for Boosting Performance
// on Text Classification Tasks" (2019); of histories: Xie et al., "Contrastive Learning for Sequential Recommendation"
// (2022).
#pragma once

#include <string>
#include <string_view>

#include "genre/base/random.h"
#include "genre/finetune/examples.h"
#include "genre/finetune/synonyms.h"

namespace genre {

// The text with some of its parts, cut at options.separator, left out, swapped, replaced or cropped; at least one
// stays. `synonyms` may be null where options.synonyms is 0.
std::string varied(std::string_view text, const AugmentationOptions& options, const Synonyms* synonyms,
                   RandomStream& random);

// Adds options.copies variations of each training example, and one by options.translate, with its label and other text;
// those that equal a text of the examples are left out. The same seed gives the same variations. Throws as Synonyms and
// translated().
void augment(Examples& examples, const AugmentationOptions& options, std::uint64_t seed);

}  // namespace genre
