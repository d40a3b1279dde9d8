// States of histories that are bags of items: a mean of them, plain or by learnt weights, and what a small network
// makes of it. Sources: Covington, Adams and Sargin, "Deep Neural Networks for YouTube Recommendations" (RecSys 2016);
// the weights as in Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate"
// (2015).
#pragma once

#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/history_reader.h"
#include "genre/neural/linear.h"
#include "genre/neural/running_mean.h"

namespace genre::neural {

struct PooledShape {
  enum class Weights { kAlike, kLearnt };
  std::int64_t width = 64, inner = 256;  // of tokens and states; of the network and of what weighs
  Weights weights = Weights::kAlike;
  double dropout = 0;  // of tokens, and of what the network adds
};

// state = m + outer(relu(inner(m))), m the mean of the tokens so far, each by exp(weigh(tanh(look(token)))) where
// weights are learnt.
class PooledReader : public HistoryReader {
 public:
  // Adds its tensors, drawn from `random`.
  PooledReader(const PooledShape& shape, Parameters& parameters, RandomStream& random);

  void pack(const Parameters& parameters) override;
  std::unique_ptr<HistoryReader::Pass> new_pass() const override;
  void forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets, RandomStream* random,
               HistoryReader::Pass& pass) const override;
  void backward(const Parameters& parameters, MatrixView gradient, HistoryReader::Pass& pass,
                Gradients& gradients) const override;
  std::int64_t width() const override { return shape_.width; }

 private:
  struct Pass;
  PooledShape shape_;
  std::vector<Linear> layers_;  // inner, outer; then look, weigh where weights are learnt
};

}  // namespace genre::neural
