// Self-attentive sequential recommendation: what comes next, from the order of what came before. Source: Kang and
// McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018), by default trained on the whole catalogue as
// Klenitskiy and Vasilev, "Turning Dross Into Gold Loss: is BERT4Rec really better than SASRec?" (RecSys 2023), advise.
#pragma once

#include "genre/rec/next_item_recommender.h"

namespace genre {

// A NextItemRecommender whose items have vectors of their own alone, and whose history is read by a causal transformer
// (neural/transformer_reader.h).
struct SasRecOptions : NextItemOptions {
  int layers = 2, heads = 2;
  int inner = 256;
  std::string_view name() const override { return "sasrec"; }
  void fields(config::Fields& f) override;
  NextItemPlan plan() const override;  // throws Error(kConfig) where heads cannot share the factors

 protected:
  neural::TransformerShape shape() const;
};

}  // namespace genre
