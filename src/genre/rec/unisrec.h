// Sequential recommendation in which items are nothing but their texts to a language model, so that what was learnt in
// some catalogues serves another. Source: Hou et al., "Towards universal sequence representation learning for
// recommender systems" (KDD 2022).
#pragma once

#include "genre/rec/lm_sasrec.h"

namespace genre {

// lm_sasrec whose texts go through a mixture of experts, compared by cosine. The paper's parametric whitening is an
// affine map that each expert learns; here it begins behind the whitening of the catalogue. By default items have no
// vectors of their own (the paper's inductive setting); with id_dropout below 1 they do (its transductive setting). Its
// pre-training on several catalogues is a training on data whose sources have a `catalogue` each, with
// loss = "sampled_softmax", which contrasts a step's histories with the items of all catalogues in it, and
// `contrastive` above 0 for views of histories; `start` then takes it to another catalogue, and `frozen_network` trains
// only the experts there.
struct UniSRecOptions : LmSasRecOptions {
  int experts = 8;
  double temperature = 0.07;
  UniSRecOptions() { id_dropout = 1; }
  std::string_view name() const override { return "unisrec"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;
};

}  // namespace genre
