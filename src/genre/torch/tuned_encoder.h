// A pretrained encoder of which everything or a part is trained, as finetune.tune says, and the texts that go through
// it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "genre/nn/pooling.h"
#include "genre/text/tokenizer.h"
#include "genre/torch/adapters.h"
#include "genre/torch/compression.h"
#include "genre/torch/encoder.h"

namespace genre::trainer {

enum class Noise { kNone, kDropout };

class TunedEncoder {
 public:
  // Loads the weights. Texts of the step and of measurements are named by their numbers among those that were added.
  // Throws Error(kNotFound), Error(kData) or Error(kConfig).
  TunedEncoder(const FinetuneConfig& config, const EncoderConfig& encoder, std::vector<TokenSequence> texts = {});
  // More texts; returns the number of the first of them. Not behind the first step.
  std::int64_t add_texts(std::vector<TokenSequence> texts);

  // A tensor of a head, trained whatever the method; call choose_trained() behind the last one.
  void add_head(const std::string& name, const torch::Tensor& value);
  void choose_trained();

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  const Encoder& encoder() const { return *encoder_; }
  const std::vector<TokenSequence>& texts() const { return texts_; }
  std::int32_t length(std::int64_t text) const { return static_cast<std::int32_t>(texts_[text].ids.size()); }
  double mean_tokens() const;
  // What the word table is read through in this step and in measurements: the rows of these texts as leaves of their
  // own, or the whole table.
  void begin_step(std::span<const std::int64_t> texts);
  void read_whole_table() { parameters_.parameter(encoder_->words()).rows = torch::Tensor(); }

  PackedBatch pack_texts(std::span<const std::int64_t> texts) const;
  // States (T x D) behind the last layer. `shift` as EncoderNoise has it; not with frozen layers.
  torch::Tensor states(const PackedBatch& batch, std::span<const std::int64_t> texts, Noise noise,
                       const torch::Tensor& shift = {});
  // Those behind each layer that is not frozen, the last as states() has it.
  std::vector<torch::Tensor> layer_states(const PackedBatch& batch, std::span<const std::int64_t> texts, Noise noise);
  // With dropout, in two halves: the states in front of layer `at`, behind the frozen ones, and what states() gives for
  // them.
  torch::Tensor lower_states(const PackedBatch& batch, std::span<const std::int64_t> texts, int at);
  torch::Tensor upper_states(const torch::Tensor& states, const PackedBatch& batch, int at);
  // Of a batch that is none of the texts as they are.
  torch::Tensor states(const PackedBatch& batch, Noise noise);

  // Writes parameters as they are served, adapters folded in, by the names of the base's own checkpoint, to
  // model.safetensors in a folder, where config.json lies already. Of several heads, whose names begin with kHeads, the
  // one that `head` begins the names of.
  void save_weights(const std::filesystem::path& folder, const std::string& head = "") const;
  static constexpr std::string_view kHeads = "heads.";
  const Adapters* adapters() const { return adapters_.get(); }

 private:
  void compute_frozen_states();
  torch::Tensor behind_frozen(std::span<const std::int64_t> texts);
  torch::Tensor run(const torch::Tensor& behind_frozen, const PackedBatch& batch, Noise noise) const;

  FinetuneOptions options_;
  std::vector<TokenSequence> texts_;
  Parameters parameters_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Adapters> adapters_;
  std::unique_ptr<Compression> compression_;  // null where weights are held whole
  EncoderNoise dropout_;                      // of the model's configuration
  int frozen_ = 0;                            // layers whose states never change, the embeddings with them
  std::vector<torch::Tensor> frozen_states_;
};

// One row a sequence: its first state, or the mean of its states.
torch::Tensor pool(nn::Pooling pooling, const torch::Tensor& states, const PackedBatch& batch);

}  // namespace genre::trainer
