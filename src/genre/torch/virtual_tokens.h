// Learnt tokens in front of every sequence. Sources: Lester et al., "The Power of Scale for Parameter-Efficient Prompt
// Tuning" (2021); Li and Liang, "Prefix-Tuning: Optimizing Continuous Prompts for Generation" (2021), without the
// reparametrisation.
#pragma once

#include "genre/torch/adapters.h"

namespace genre::trainer {

class VirtualTokenAdapters : public Adapters {
 public:
  // tune = "prompt": embeddings that start as those of words drawn by torch's generator; sequences then begin with the
  // ids behind the vocabulary. "prefix": keys and values, normal with deviation 0.02.
  VirtualTokenAdapters(const FinetuneOptions& options, const Transformer& model, Parameters& parameters);

  void set_training(bool) override {}
  torch::Tensor merged(const std::string& name) const override { return parameters_.whole(name); }
  bool folds() const override { return false; }
  void save(const std::filesystem::path& folder, const AdapterFile& file) const override;

 private:
  bool prefix_;
  const Transformer& model_;
  Parameters& parameters_;
};

// The ids that a sequence begins with: those of the learnt words, or none.
std::vector<std::int32_t> virtual_ids(const Transformer& model, const Parameters& parameters);
// The tokens of a text that a model reads which takes `most` and has so many positions, of which learnt tokens take
// theirs: finetune.maximum_tokens or fewer. Throws Error(kConfig) where hardly any are left.
int token_limit(const FinetuneOptions& options, int most, int positions);

}  // namespace genre::trainer
