// Gated recurrent units over sequences that lie one after the other, with their gradients. Source: Cho et al.,
// "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation" (2014), in the form
// that torch computes, where the reset gate comes behind the recurrent product.
#pragma once

#include <string>
#include <vector>

#include "genre/neural/linear.h"

namespace genre::neural {

// r = sigmoid(reset), z = sigmoid(update), n = tanh(new), h = (1 - z) n + z h before, with
//   reset, update = W x + b + U h + c,  new = W x + b + r (U h + c),  h before the first token 0.
class Gru {
 public:
  // What the gradient needs of a pass: T rows each, in the order of tokens.
  struct Saved {
    Matrix read, gates, recurrent, before;  // T x K; r, z, n: T x 3 H; U h + c of n: T x H; h before: T x H
  };

  // Adds NAME.input (K to 3 H) and NAME.state (H to 3 H), reset, update and new one after the other.
  Gru(Parameters& parameters, const std::string& name, std::int64_t inputs, std::int64_t width, double deviation,
      RandomStream& random);

  void pack(const Parameters& parameters);

  // x is T x K, h (T x H) becomes the states; sequence b is rows [offsets[b], offsets[b + 1]). One thread each.
  void forward(const Parameters& parameters, ConstMatrixView x, std::span<const std::int64_t> offsets, Saved& saved,
               MatrixView h) const;
  // Adds to the gradients of the weights, for the gradient `dh` of h; dx (T x K) becomes that of x.
  void backward(std::span<const std::int64_t> offsets, const Saved& saved, ConstMatrixView dh, MatrixView dx,
                Gradients& gradients) const;

  std::int64_t width() const { return width_; }

 private:
  std::int64_t inputs_, width_;
  Linear input_, state_;
};

}  // namespace genre::neural
