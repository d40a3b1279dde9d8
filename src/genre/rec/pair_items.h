// The vectors of the items that a network of pairs learns about, while it learns.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "genre/base/random.h"
#include "genre/neural/lookup.h"
#include "genre/optim/optimizer.h"

namespace genre {

class PairItems {
 public:
  virtual ~PairItems() = default;

  // Draws the start and makes room for it in the optimizer, whose next tensors are this one's.
  virtual void start(RandomStream& random, Optimizer& optimizer) = 0;
  // A step will look these up (T). `random` is the step's own.
  virtual void begin_step(std::span<const std::int32_t> numbers, RandomStream& random) = 0;
  // Row t of `out` becomes the vector (W) of item numbers[t], one of the step's. Any number of threads.
  virtual void look_up(std::span<const std::int32_t> numbers, MatrixView out) const = 0;
  // For the gradients (T x W) of all that the step looks up.
  virtual void update(ConstMatrixView gradients, Optimizer& optimizer, const UpdateRule& rule) = 0;
  // Those of the whole catalogue, I x W, once all is learnt; they may be moved out.
  virtual Matrix vectors() = 0;
};

// A vector for each item by itself: a step moves those that it mentions and no others.
class OwnItems : public PairItems {
 public:
  static constexpr double kStartDeviation = 0.01;

  OwnItems(std::int64_t count, std::int64_t width) : table_(count, width), mentions_(count) {}

  void start(RandomStream& random, Optimizer& optimizer) override;
  void begin_step(std::span<const std::int32_t> numbers, RandomStream& random) override;
  void look_up(std::span<const std::int32_t> numbers, MatrixView out) const override;
  void update(ConstMatrixView gradients, Optimizer& optimizer, const UpdateRule& rule) override;
  Matrix vectors() override { return std::move(table_); }

 private:
  Matrix table_;
  neural::Mentions mentions_;
  int tensor_ = -1;
};

}  // namespace genre
