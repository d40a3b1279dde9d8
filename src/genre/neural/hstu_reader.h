// Hierarchical sequential transduction units over histories, with their gradients. Source: Zhai et al., "Actions Speak
// Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations" (ICML 2024).
#pragma once

#include <optional>
#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/history_reader.h"
#include "genre/neural/layer_norm.h"
#include "genre/neural/linear.h"
#include "genre/neural/pointwise_attention.h"

namespace genre::neural {

struct HstuShape {
  std::int64_t width = 64;  // of states, and of queries, keys, values and gates, all heads together
  int layers = 2, heads = 2;
  std::int64_t positions = 50;  // tokens of the longest sequence
  double dropout = 0;           // of what goes in, and of what goes into the output of each layer
};

// x = norm(token); each layer
//
//   q, k, v, u = silu(project(norm(x)))         x = x + output(norm(attention(q, k, v)) * u)
//
// with the attention of pointwise_attention.h; state = norm(x). Order shows in the biases of distances alone, one for
// each layer, head and distance. The paper's biases of times are left out: who asks gives none.
class HstuReader : public HistoryReader {
 public:
  // Adds its tensors, drawn from `random`.
  HstuReader(const HstuShape& shape, Parameters& parameters, RandomStream& random);

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
    LayerNorm input_norm;
    Linear project;
    int distances;  // H x positions
    LayerNorm attention_norm;
    Linear output;
  };

  HstuShape shape_;
  LayerNorm input_norm_;
  std::vector<Layer> layers_;
  std::optional<LayerNorm> output_norm_;  // there once its tensors stand behind those of the layers
};

}  // namespace genre::neural
