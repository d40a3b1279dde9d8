// Contrastive loss of views: two views of one thing are told from those of all others by their cosines. Sources: van
// den Oord, Li and Vinyals, "Representation Learning with Contrastive Predictive Coding" (2018); cosines over a
// temperature and both views as questions, as Chen et al., "A Simple Framework for Contrastive Learning of Visual
// Representations" (ICML 2020).
#pragma once

#include <cstdint>
#include <vector>

#include "genre/neural/full_softmax.h"
#include "genre/neural/unit_rows.h"

namespace genre::neural {

// Rows 2 n and 2 n + 1 of 2 N views are those of thing n. With c the cosines,
//
//   loss = mean over the 2 N views i of -log (e^(c_ij / temperature) / sum over views k != i of e^(c_ik / temperature))
//
// where j is the other view of the same thing: 2 N - 2 views are what it is told from. A view of zeros has the cosine 0
// with all, and no gradient. Memory: that of three more such matrices, and FullSoftmax's logits.
class InfoNce {
 public:
  explicit InfoNce(double temperature) : temperature_(temperature) {}

  // The loss of views (2 N x D), N above 0, which are brought to one length in place. d_views (2 N x D) becomes
  // `factor` times its gradient by the views as they were. One thread.
  double loss(MatrixView views, float factor, MatrixView d_views);

 private:
  double temperature_;
  UnitRows unit_;
  FullSoftmax softmax_;
  std::vector<std::int32_t> own_, other_;  // numbers of each view and of its partner
  Matrix d_told_from_;
};

}  // namespace genre::neural
