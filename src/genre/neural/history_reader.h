// What makes states of histories: one a token, from that token and those before it, or from all around a token whose
// item is masked.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "genre/neural/parameters.h"

namespace genre::neural {

class HistoryReader {
 public:
  // What the gradient needs of a forward pass, in memory that the next one uses again.
  struct Pass {
    virtual ~Pass() = default;
  };
  virtual ~HistoryReader() = default;

  // Takes the weights over as they are now; before the first pass and after each change. One thread at a time.
  virtual void pack(const Parameters& parameters) = 0;
  virtual std::unique_ptr<Pass> new_pass() const = 0;

  // Tokens (T x D) to states, in place; sequence b is rows [offsets[b], offsets[b + 1]), none of them empty. `random`
  // draws dropout; null: none, as in use. One thread each, with a pass of this reader's own.
  virtual void forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets,
                       RandomStream* random, Pass& pass) const = 0;
  // Adds to the gradients of all weights; the gradient of the states becomes that of the tokens, in place.
  virtual void backward(const Parameters& parameters, MatrixView gradient, Pass& pass, Gradients& gradients) const = 0;

  virtual std::int64_t width() const = 0;  // D

  // The number of the parameter (1 x D) that stands as the token of an item that is not shown, and whose state
  // foretells that item; below 0: there is none, and the state of a token foretells what comes after it.
  virtual int mask() const { return -1; }
};

}  // namespace genre::neural
