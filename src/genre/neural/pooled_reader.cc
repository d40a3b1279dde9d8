#include "genre/neural/pooled_reader.h"

#include <cmath>

#include "genre/neural/room.h"

namespace genre::neural {
namespace {

enum Layer { kInner, kOuter, kLook, kWeigh };

}  // namespace

struct PooledReader::Pass : HistoryReader::Pass {
  std::vector<std::int64_t> offsets;
  Dropout input, after_outer;
  RunningMean::Saved mean;
  Matrix tokens, looked, scores;      // T x D, T x inner, T x 1; where weights are learnt
  Matrix means, inner, added;         // T x D, T x inner, T x D
  Matrix d_inner, d_scores, d_block;  // T x inner, T x 1, T x D
};

PooledReader::PooledReader(const PooledShape& shape, Parameters& parameters, RandomStream& random) : shape_(shape) {
  const auto add = [&](const char* name, std::int64_t inputs, std::int64_t outputs) {
    layers_.emplace_back(parameters, name, inputs, outputs, 1 / std::sqrt(3.0 * static_cast<double>(inputs)), random);
  };
  add("inner", shape.width, shape.inner);
  add("outer", shape.inner, shape.width);
  if (shape.weights == PooledShape::Weights::kAlike) return;
  add("look", shape.width, shape.inner);
  add("weigh", shape.inner, 1);
}

void PooledReader::pack(const Parameters& parameters) {
  for (Linear& layer : layers_) layer.pack(parameters);
}

std::unique_ptr<HistoryReader::Pass> PooledReader::new_pass() const { return std::make_unique<Pass>(); }

void PooledReader::forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets,
                           RandomStream* random, HistoryReader::Pass& own) const {
  Pass& pass = static_cast<Pass&>(own);
  const std::int64_t count = x.rows(), width = shape_.width;
  pass.offsets.assign(offsets.begin(), offsets.end());
  pass.input = pass.after_outer = {};
  if (random != nullptr) pass.input.apply(x, shape_.dropout, *random);
  std::span<const float> scores;
  if (shape_.weights == PooledShape::Weights::kLearnt) {
    copy_rows(x, room(pass.tokens, count, width));
    const MatrixView looked = room(pass.looked, count, shape_.inner), given = room(pass.scores, count, 1);
    layers_[kLook].forward(parameters, x, looked);
    for (std::int64_t i = 0; i < count * shape_.inner; ++i) looked.data()[i] = std::tanh(looked.data()[i]);
    layers_[kWeigh].forward(parameters, looked, given);
    scores = {given.data(), static_cast<std::size_t>(count)};
  }
  RunningMean::forward(x, scores, offsets, pass.mean);
  copy_rows(x, room(pass.means, count, width));
  const MatrixView inner = room(pass.inner, count, shape_.inner), added = room(pass.added, count, width);
  layers_[kInner].forward(parameters, x, inner, Activation::kRelu);
  layers_[kOuter].forward(parameters, inner, added);
  if (random != nullptr) pass.after_outer.apply(added, shape_.dropout, *random);
  add_scaled(1, added.data(), x.data(), count * width);
}

void PooledReader::backward(const Parameters&, MatrixView gradient, HistoryReader::Pass& own,
                            Gradients& gradients) const {
  Pass& pass = static_cast<Pass&>(own);
  const std::int64_t count = gradient.rows(), width = shape_.width, hidden = shape_.inner;
  const MatrixView block = room(pass.d_block, count, width), inner = room(pass.d_inner, count, hidden);
  const auto rows = [&](const Matrix& matrix) { return ConstMatrixView(matrix.data(), count, matrix.cols()); };
  copy_rows(gradient, block);
  pass.after_outer.backward(block);
  layers_[kOuter].backward(rows(pass.inner), block, inner, gradients);
  for (std::int64_t i = 0; i < count * hidden; ++i)
    if (pass.inner.data()[i] <= 0) inner.data()[i] = 0;
  layers_[kInner].backward(rows(pass.means), inner, block, gradients);
  add_scaled(1, block.data(), gradient.data(), count * width);
  if (shape_.weights == PooledShape::Weights::kAlike) {
    RunningMean::backward(gradient, {}, pass.offsets, pass.mean, {});
  } else {
    const MatrixView d_scores = room(pass.d_scores, count, 1);
    const auto numbers = static_cast<std::size_t>(count);
    RunningMean::backward(gradient, {pass.scores.data(), numbers}, pass.offsets, pass.mean, {d_scores.data(), numbers});
    layers_[kWeigh].backward(rows(pass.looked), d_scores, inner, gradients);
    for (std::int64_t i = 0; i < count * hidden; ++i)
      inner.data()[i] *= 1 - pass.looked.data()[i] * pass.looked.data()[i];
    layers_[kLook].backward(rows(pass.tokens), inner, block, gradients);
    add_scaled(1, block.data(), gradient.data(), count * width);
  }
  pass.input.backward(gradient);
}

}  // namespace genre::neural
