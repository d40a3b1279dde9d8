// Transformer layers over histories, with their gradients. Sources: Vaswani et al., "Attention Is All You Need" (2017);
// for recommendation Kang and McAuley, "Self-Attentive Sequential Recommendation" (ICDM 2018), and, in both directions,
// Sun et al., "BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from Transformer" (CIKM
// 2019).
#pragma once

#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/history_reader.h"
#include "genre/neural/layer_norm.h"
#include "genre/neural/linear.h"
#include "genre/neural/self_attention.h"

namespace genre::neural {

struct TransformerShape {
  std::int64_t width = 64, inner = 256;  // of states, and inside the feed-forward block
  int layers = 2, heads = 2;
  std::int64_t positions = 50;  // tokens of the longest sequence
  double dropout = 0;           // of what goes in, of what blocks add, and of attention weights
  // Token i sees tokens up to i; else all of its sequence, and a masked token stands for what is asked.
  bool causal = true;
};

// x = norm(token + position); each layer x = norm(x + attention(x)), x = norm(x + outer(relu(inner(x)))).
//
// Positions count from the first token where a token sees those before it, from the last where it sees all: so the
// place behind the newest event has the same position in use and in training, however long the history.
class TransformerReader : public HistoryReader {
 public:
  // Adds its tensors, drawn from `random`.
  TransformerReader(const TransformerShape& shape, Parameters& parameters, RandomStream& random);

  void pack(const Parameters& parameters) override;
  std::unique_ptr<HistoryReader::Pass> new_pass() const override;
  // No sequence is longer than `positions`.
  void forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets, RandomStream* random,
               HistoryReader::Pass& pass) const override;
  // The same, in use, for sequences that each come behind one and the same other (P tokens), which forward read alone
  // and without dropout in the pass `before`: their states are those behind it, to the last digits, for the work on
  // their own tokens. For causal readers; no sequence is longer than `positions` together with the other.
  void forward_behind(const Parameters& parameters, const HistoryReader::Pass& before, MatrixView x,
                      std::span<const std::int64_t> offsets, HistoryReader::Pass& pass) const;
  void backward(const Parameters& parameters, MatrixView gradient, HistoryReader::Pass& pass,
                Gradients& gradients) const override;
  std::int64_t width() const override { return shape_.width; }
  int mask() const override { return mask_; }

 private:
  struct Pass;
  struct Layer {
    Linear qkv, attention_output;
    LayerNorm attention_norm;
    Linear inner, outer;
    LayerNorm output_norm;
  };
  // Behind the sequence of `before`, or, where that is null, of what stands alone.
  void read(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets, RandomStream* random,
            const Pass* before, Pass& pass) const;
  // The position of the first of so many tokens.
  std::int64_t first_position(std::int64_t length) const { return shape_.causal ? 0 : shape_.positions - length; }

  TransformerShape shape_;
  SelfAttention attention_;
  int positions_, mask_;
  LayerNorm input_norm_;
  std::vector<Layer> layers_;
};

}  // namespace genre::neural
