// Histories changed at random, for training that compares views of one history. Sources: crop, mask and reorder, Xie,
// Sun, Liu, Wu, Gao, Zhang, Ding and Cui, "Contrastive Learning for Sequential Recommendation" (ICDE 2022); substitute
// and insert, Liu, Chen, Li, Yu, McAuley and Xiong, "Contrastive Self-supervised Sequential Recommendation with Robust
// Augmentation" (2021).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "genre/base/random.h"
#include "genre/config/fields.h"
#include "genre/linalg/csr.h"

namespace genre {

// Of the events of a history, those that each augmentation works on.
struct AugmentationShares {
  double crop = 0.6, mask = 0.3, reorder = 0.6, substitute = 0.2, insert = 0.2;
  void fields(config::Fields& f);
};

// Of a history of n events an augmentation works on share n of them, rounded down, at least one:
//
//   crop        these are left, a stretch of the history in its order
//   mask        these are not shown (ReadSequences::kMask), drawn evenly; one event at least is left
//   reorder     these are shuffled, a stretch of the history
//   substitute  each of these, drawn evenly, becomes an item like it
//   insert      before each of these, drawn evenly, stands an item like it
//
// Where an item is like no other, nothing is done about it. Any number of threads may use it.
class SequenceAugmentation {
 public:
  static bool exists(const std::string& name);

  // Names that exist, at least one. `similar` (I x I) holds in row i the items like i; it may be empty where neither
  // substitute nor insert is named.
  SequenceAugmentation(std::vector<std::string> names, const AugmentationShares& shares, CsrMatrix similar);

  // Appends to `out` what one of the augmentations, drawn evenly, makes of `items` (one or more); of more than `most`
  // the newest.
  void add_view(std::span<const std::int32_t> items, std::int64_t most, RandomStream& random,
                std::vector<std::int32_t>& out) const;

 private:
  using Items = std::vector<std::int32_t>;
  Items changed(std::span<const std::int32_t> items, RandomStream& random) const;
  Items with_similar(std::span<const std::int32_t> items, double share, bool in_place, RandomStream& random) const;

  std::vector<std::string> names_;
  AugmentationShares shares_;
  CsrMatrix similar_;
};

}  // namespace genre
