// Transformer layers over sequences in which a token sees itself and those before it, with their gradients. Sources:
// Vaswani et al., "Attention Is All You Need" (2017); for recommendation Kang and McAuley, "Self-Attentive Sequential
// Recommendation" (ICDM 2018).
#pragma once

#include <optional>
#include <vector>

#include "genre/neural/causal_attention.h"
#include "genre/neural/dropout.h"
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
class CausalTransformer {
 public:
  // Adds its tensors, drawn from `random`.
  CausalTransformer(const TransformerShape& shape, Parameters& parameters, RandomStream& random);

  // Takes the weights over as they are now; before the first pass and after each change.
  void pack(const Parameters& parameters);

  // What the gradient needs of a pass, in memory that the next pass uses again.
  struct Pass {
    struct Layer {
      Matrix read, qkv, attended, between, inner;  // T x D, T x 3 D, T x D, T x D, T x inner
      CausalAttention::Saved attention;
      Dropout after_attention, after_outer;
      LayerNorm::Saved attention_norm, output_norm;
    };
    Dropout input;
    LayerNorm::Saved input_norm;
    std::vector<Layer> layers;
    std::vector<std::int64_t> offsets;
    Matrix added;                    // T x D: what a block adds
    Matrix d_qkv, d_block, d_inner;  // of the gradient
  };

  // Tokens (T x D) to states, in place; sequence b is rows [offsets[b], offsets[b + 1]), at most `positions` long.
  // `random` draws dropout; null: none, as in use. One thread each.
  void forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets, RandomStream* random,
               Pass& pass) const;
  // Adds to the gradients of all weights; the gradient of the states becomes that of the tokens, in place.
  void backward(const Parameters& parameters, MatrixView gradient, Pass& pass, Gradients& gradients) const;

  const TransformerShape& shape() const { return shape_; }

 private:
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
