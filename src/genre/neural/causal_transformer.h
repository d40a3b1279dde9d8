// Transformer layers over sequences in which a token sees itself and those before it, with their gradients. Sources:
// Vaswani et al., "Attention Is All You Need" (2017); for recommendation Kang and McAuley, "Self-Attentive Sequential
// Recommendation" (ICDM 2018).
#pragma once

#include <vector>

#include "genre/neural/causal_attention.h"
#include "genre/neural/dropout.h"
#include "genre/neural/history_reader.h"
#include "genre/neural/layer_norm.h"
#include "genre/neural/linear.h"

namespace genre::neural {

struct TransformerShape {
  std::int64_t width = 64, inner = 256;  // of states, and inside the feed-forward block
  int layers = 2, heads = 2;
  std::int64_t positions = 50;  // tokens of the longest sequence
  double dropout = 0;           // of what goes in, of what blocks add, and of attention weights
};

// x = norm(token + position); each layer x = norm(x + attention(x)), x = norm(x + outer(relu(inner(x)))).
class CausalTransformer : public HistoryReader {
 public:
  // Adds its tensors, drawn from `random`.
  CausalTransformer(const TransformerShape& shape, Parameters& parameters, RandomStream& random);

  void pack(const Parameters& parameters) override;
  std::unique_ptr<HistoryReader::Pass> new_pass() const override;
  // No sequence is longer than `positions`.
  void forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets, RandomStream* random,
               HistoryReader::Pass& pass) const override;
  void backward(const Parameters& parameters, MatrixView gradient, HistoryReader::Pass& pass,
                Gradients& gradients) const override;
  std::int64_t width() const override { return shape_.width; }

 private:
  struct Pass;
  struct Layer {
    Linear qkv, attention_output;
    LayerNorm attention_norm;
    Linear inner, outer;
    LayerNorm output_norm;
  };
  TransformerShape shape_;
  CausalAttention attention_;
  int positions_;
  LayerNorm input_norm_;
  std::vector<Layer> layers_;
};

}  // namespace genre::neural
