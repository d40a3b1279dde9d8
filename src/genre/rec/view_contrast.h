// Contrastive learning beside what comes next: two changed views of a history shall have states that are alike.
// Sources: Xie et al., "Contrastive Learning for Sequential Recommendation" (ICDE 2022); the other augmentations are in
// rec/sequence_augmentation.h, the loss in neural/info_nce.h.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "genre/neural/info_nce.h"
#include "genre/rec/history_pass.h"
#include "genre/rec/item_substitutes.h"
#include "genre/rec/sequence_augmentation.h"

namespace genre {

struct ContrastOptions {
  double weight = 0;  // of the mean loss of views, beside the mean loss of what comes next; 0: none
  double temperature = 0.2;
  std::vector<std::string> augmentations = {"crop", "mask", "reorder"};
  std::string substitutes = "cooccurrence";  // cooccurrence, text
  AugmentationShares shares;
  void fields(config::Fields& f);
  // Throws Error(kConfig) for an augmentation that there is not, or for views without any.
  void check() const;
  // Whether views hold items that stand for others, and whether texts say which.
  bool wants_substitutes() const;
  bool reads_text() const { return wants_substitutes() && substitutes == "text"; }
};

// The contrastive loss of a step, whose parts threads work on: start, read each part, compare, learn each part. Of each
// piece of a history two views are drawn, and the state that foretells what comes after one stands for it: that of the
// newest event, or of a mask behind it where the reader has one. Views of all parts are compared with each other; two
// pieces of one user are two things. The bits depend on the seed and the number of parts, not on threads.
class ViewContrast {
 public:
  // Views have at most `length` tokens. `substitutes` as item_substitutes makes them, where they are wanted.
  ViewContrast(const ContrastOptions& options, CsrMatrix substitutes, const neural::HistoryReader& reader,
               std::int64_t length, std::uint64_t seed, int parts);

  // Draws the views of these pieces (one or more, none empty). One thread.
  void start(std::int64_t step, std::span<const std::span<const std::int32_t>> pieces);
  // The states of a part's views, with dropout drawn anew. One thread each part, with a pass of its own, which nothing
  // else uses until learn.
  void read(std::size_t part, const neural::Parameters& parameters, ConstMatrixView vectors, HistoryPass& pass);
  // The mean loss of the step, without its weight, once all parts are read. One thread.
  double compare();
  // Adds the part's gradients, those of the weighted loss, as HistoryPass::backward does. One thread each part.
  void learn(std::size_t part, const neural::Parameters& parameters, HistoryPass& pass, neural::Gradients& gradients,
             int items);

 private:
  // Of a matrix with a row for each view of the step.
  MatrixView rows_of(std::size_t part, Matrix& all) const;

  double weight_;
  SequenceAugmentation augmentation_;
  const neural::HistoryReader& reader_;
  std::int64_t most_;  // events of a view
  std::uint64_t seed_;
  neural::InfoNce loss_;
  std::int64_t step_ = 0;
  std::vector<ReadSequences> views_;  // of each part
  std::vector<std::int64_t> first_;   // of each part the first view, and how many there are
  Matrix states_, d_states_;          // views of the step x D
};

// The most bytes that it holds beside its passes, where a step has so many pieces, and what finding substitutes takes.
std::int64_t view_contrast_bytes(const ContrastOptions& options, std::int64_t pieces, std::int64_t length,
                                 std::int64_t width, const DataSize& size);

}  // namespace genre
