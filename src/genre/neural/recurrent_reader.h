// States of histories by gated recurrent units. Source: Hidasi et al., "Session-based Recommendations with Recurrent
// Neural Networks" (ICLR 2016).
#pragma once

#include <vector>

#include "genre/neural/dropout.h"
#include "genre/neural/gru.h"
#include "genre/neural/history_reader.h"

namespace genre::neural {

struct RecurrentShape {
  std::int64_t width = 64, inner = 128;  // of tokens and states; of the units
  int layers = 1;
  double dropout = 0;  // of what goes into each layer
};

// state = output(the last of the layers of units).
class RecurrentReader : public HistoryReader {
 public:
  // Adds its tensors, drawn from `random`.
  RecurrentReader(const RecurrentShape& shape, Parameters& parameters, RandomStream& random);

  void pack(const Parameters& parameters) override;
  std::unique_ptr<HistoryReader::Pass> new_pass() const override;
  void forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets, RandomStream* random,
               HistoryReader::Pass& pass) const override;
  void backward(const Parameters& parameters, MatrixView gradient, HistoryReader::Pass& pass,
                Gradients& gradients) const override;
  std::int64_t width() const override { return shape_.width; }

 private:
  struct Pass;
  RecurrentShape shape_;
  std::vector<Gru> layers_;
  std::vector<Linear> output_;  // one
};

}  // namespace genre::neural
