// The forward pass of every encoder architecture, over packed sequences.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "genre/linalg/matrix.h"
#include "genre/lm/encoder_adapter.h"
#include "genre/lm/encoder_weights.h"

namespace genre {

// B sequences one after the other without padding.
struct PackedTokens {
  std::vector<std::int32_t> ids;            // T
  std::vector<std::int32_t> segments;       // T, or none: all of the first segment
  std::vector<std::int32_t> offsets = {0};  // B + 1: sequence b is [offsets[b], offsets[b + 1]), never empty
};

// What the products of a layer read: states (before queries, keys and values), attended values (heads side by side),
// states (before the feed-forward block), and its units.
enum class LayerInput { kAttention, kAttended, kFeedForward, kUnits };

// What a pass shows of its inside, and which layers it leaves out: for measuring what a model can do without.
struct EncoderProbe {
  std::vector<bool> left_out;  // by layer; or none
  // Called with the rows of one group of sequences after the other, in the thread of the pass; or empty.
  std::function<void(int layer, LayerInput input, ConstMatrixView rows)> show;
};

// Sources: Devlin et al., "BERT" (2019); Liu et al., "RoBERTa" (2019); Sanh et al., "DistilBERT" (2019); Song et al.,
// "MPNet" (2020); Clark et al., "ELECTRA" (2020); Warner et al., "Smarter, Better, Faster, Longer" (ModernBERT, 2024);
// Zhang et al., "mGTE" (gte's "new", 2024).
// Immutable, so shareable between threads.
class Encoder {
 public:
  // With the adapter that belongs to the model (adapter_folder.h), where it has one. Throws as read_encoder_weights and
  // with_adapter.
  Encoder(EncoderConfig config, EncoderPrecision precision);

  // The same weights, which the two share, and beside them an adapter as PEFT or AdapterHub writes it
  // (encoder_adapter.h) in place of the one that was beside them: any number of adapters on one base, which stays in
  // its precision. Throws Error(kNotFound), or Error(kData) for an adapter of another model.
  Encoder with_adapter(const std::filesystem::path& folder) const;

  const EncoderConfig& config() const { return config_; }  // positions are those that virtual tokens leave

  // The sequences with the virtual tokens of the adapter in front, where it has them: what states() is given and
  // poolings read, as PEFT has it.
  PackedTokens with_virtual_tokens(const PackedTokens& tokens) const;

  // The states after the last layer (T x D). Ids are in [0, vocabulary) or those of virtual tokens, segments in [0,
  // types) where the model has types, and no sequence is longer than `positions`. A sequence sees only itself, and its
  // rows are the same, to the last bit, whatever the others are. The thread works alone when it is inside a body of the
  // global pool.
  Matrix states(const PackedTokens& tokens, const EncoderProbe& probe = {}) const;

 private:
  EncoderConfig config_;
  std::shared_ptr<const EncoderWeights> weights_;
  std::shared_ptr<const EncoderAdapter> adapter_;  // or none
};

}  // namespace genre
