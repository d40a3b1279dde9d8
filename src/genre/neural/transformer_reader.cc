#include "genre/neural/transformer_reader.h"

#include <cassert>

#include "genre/neural/room.h"

namespace genre::neural {
namespace {

constexpr double kDeviation = 0.02;

void add(ConstMatrixView x, MatrixView y) { add_scaled(1, x.data(), y.data(), x.rows() * x.cols()); }

int add_rows(const std::string& name, std::int64_t rows, std::int64_t width, Parameters& parameters,
             RandomStream& random) {
  const int number = parameters.add(name, rows, width, /*decays=*/false);
  fill_normal(parameters.value(number), kDeviation, random);
  return number;
}

}  // namespace

struct TransformerReader::Pass : HistoryReader::Pass {
  struct Layer {
    Matrix read, qkv, attended, between, inner;  // T x D, T x 3 D, T x D, T x D, T x inner
    SelfAttention::Saved attention;
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

TransformerReader::TransformerReader(const TransformerShape& shape, Parameters& parameters, RandomStream& random)
    : shape_(shape),
      attention_(shape.heads, shape.dropout,
                 shape.causal ? SelfAttention::Sees::kUpToItself : SelfAttention::Sees::kAll),
      positions_(add_rows("positions.weight", shape.positions, shape.width, parameters, random)),
      mask_(shape.causal ? -1 : add_rows("mask.weight", 1, shape.width, parameters, random)),
      input_norm_(parameters, "input_norm", shape.width) {
  assert(shape.width % shape.heads == 0);
  for (int l = 0; l < shape.layers; ++l) {
    const std::string name = "layers." + std::to_string(l) + ".";
    const auto linear = [&](const char* part, std::int64_t inputs, std::int64_t outputs) {
      return Linear(parameters, name + part, inputs, outputs, kDeviation, random);
    };
    Linear qkv = linear("query_key_value", shape.width, 3 * shape.width);
    Linear output = linear("attention_output", shape.width, shape.width);
    LayerNorm attention_norm(parameters, name + "attention_norm", shape.width);
    Linear inner = linear("inner", shape.width, shape.inner), outer = linear("outer", shape.inner, shape.width);
    layers_.push_back({std::move(qkv), std::move(output), attention_norm, std::move(inner), std::move(outer),
                       LayerNorm(parameters, name + "output_norm", shape.width)});
  }
}

void TransformerReader::pack(const Parameters& parameters) {
  for (Layer& layer : layers_)
    for (Linear* const linear : {&layer.qkv, &layer.attention_output, &layer.inner, &layer.outer})
      linear->pack(parameters);
}

std::unique_ptr<HistoryReader::Pass> TransformerReader::new_pass() const { return std::make_unique<Pass>(); }

void TransformerReader::forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets,
                                RandomStream* random, HistoryReader::Pass& pass) const {
  read(parameters, x, offsets, random, /*before=*/nullptr, static_cast<Pass&>(pass));
}

void TransformerReader::forward_behind(const Parameters& parameters, const HistoryReader::Pass& before, MatrixView x,
                                       std::span<const std::int64_t> offsets, HistoryReader::Pass& pass) const {
  assert(shape_.causal && &before != &pass);
  read(parameters, x, offsets, /*random=*/nullptr, static_cast<const Pass*>(&before), static_cast<Pass&>(pass));
}

void TransformerReader::read(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets,
                             RandomStream* random, const Pass* before, Pass& pass) const {
  const std::int64_t tokens = x.rows(), width = shape_.width, behind = before == nullptr ? 0 : before->offsets.back();
  const double dropout = random == nullptr ? 0 : shape_.dropout;
  const auto drop = [&](Dropout& how, MatrixView values) {
    if (random != nullptr)
      how.apply(values, dropout, *random);
    else
      how = {};
  };
  pass.offsets.assign(offsets.begin(), offsets.end());
  pass.layers.resize(layers_.size());
  const Matrix& positions = parameters.value(positions_);
  for (std::size_t b = 0; b + 1 < offsets.size(); ++b) {
    assert(behind + offsets[b + 1] - offsets[b] <= shape_.positions);
    const std::int64_t first = behind + first_position(offsets[b + 1] - offsets[b]);
    for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
      add_scaled(1, positions.row(first + t - offsets[b]).data(), x.row(t).data(), width);
  }
  input_norm_.forward(parameters, x, pass.input_norm);
  drop(pass.input, x);
  const MatrixView added = room(pass.added, tokens, width);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    Pass::Layer& saved = pass.layers[l];
    copy_rows(x, room(saved.read, tokens, width));
    const MatrixView qkv = room(saved.qkv, tokens, 3 * width), attended = room(saved.attended, tokens, width);
    layer.qkv.forward(parameters, x, qkv);
    if (before == nullptr)
      attention_.forward(qkv, offsets, random, saved.attention, attended);
    else
      attention_.forward_behind(first_rows(before->layers[l].qkv, behind), qkv, offsets, attended);
    layer.attention_output.forward(parameters, attended, added);
    drop(saved.after_attention, added);
    add(added, x);
    layer.attention_norm.forward(parameters, x, saved.attention_norm);
    copy_rows(x, room(saved.between, tokens, width));
    const MatrixView inner = room(saved.inner, tokens, shape_.inner);
    layer.inner.forward(parameters, x, inner, Activation::kRelu);
    layer.outer.forward(parameters, inner, added);
    drop(saved.after_outer, added);
    add(added, x);
    layer.output_norm.forward(parameters, x, saved.output_norm);
  }
}

void TransformerReader::backward(const Parameters& parameters, MatrixView gradient, HistoryReader::Pass& own,
                                 Gradients& gradients) const {
  Pass& pass = static_cast<Pass&>(own);
  const std::int64_t tokens = gradient.rows(), width = shape_.width;
  const MatrixView block = room(pass.d_block, tokens, width), inner = room(pass.d_inner, tokens, shape_.inner),
                   qkv = room(pass.d_qkv, tokens, 3 * width);
  const auto rows = [&](const Matrix& matrix) { return first_rows(matrix, tokens); };
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    Pass::Layer& saved = pass.layers[l];
    layer.output_norm.backward(parameters, saved.output_norm, gradient, gradients);
    copy_rows(gradient, block);
    saved.after_outer.backward(block);
    layer.outer.backward(rows(saved.inner), block, inner, gradients);
    for (std::int64_t i = 0; i < tokens * shape_.inner; ++i)
      if (saved.inner.data()[i] <= 0) inner.data()[i] = 0;
    layer.inner.backward(rows(saved.between), inner, block, gradients);
    add(block, gradient);
    layer.attention_norm.backward(parameters, saved.attention_norm, gradient, gradients);
    copy_rows(gradient, block);
    saved.after_attention.backward(block);
    const MatrixView attended = room(pass.added, tokens, width);
    layer.attention_output.backward(rows(saved.attended), block, attended, gradients);
    attention_.backward(rows(saved.qkv), pass.offsets, saved.attention, attended, qkv);
    layer.qkv.backward(rows(saved.read), qkv, block, gradients);
    add(block, gradient);
  }
  pass.input.backward(gradient);
  input_norm_.backward(parameters, pass.input_norm, gradient, gradients);
  Matrix& positions = gradients[positions_];
  for (std::size_t b = 0; b + 1 < pass.offsets.size(); ++b) {
    const std::int64_t first = first_position(pass.offsets[b + 1] - pass.offsets[b]);
    for (std::int64_t t = pass.offsets[b]; t < pass.offsets[b + 1]; ++t)
      add_scaled(1, gradient.row(t).data(), positions.row(first + t - pass.offsets[b]).data(), width);
  }
}

}  // namespace genre::neural
