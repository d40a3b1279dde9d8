// Sequential recommendation inside which a language model says what items are, so that new items and short histories
// are served too. Sources: Kang and McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018); whitened text
// through a learnt map, as Hou et al., "Towards universal sequence representation learning for recommender systems"
// (KDD 2022); ids left out by chance, so that text learns to do without, as Volkovs et al., "DropoutNet: addressing
// cold start in recommender systems" (NeurIPS 2017).
#pragma once

#include "genre/rec/sasrec.h"

namespace genre {

// sasrec whose items are made of their text too.
struct LmSasRecOptions : SasRecOptions {
  int components = 128;
  double id_dropout = 0.2;
  bool words = false;
  LmSasRecOptions() { contrast.substitutes = "text"; }
  std::string_view name() const override { return "lm_sasrec"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;
  bool needs_item_vectors() const override { return true; }
  bool needs_item_texts() const override { return words; }
};

}  // namespace genre
