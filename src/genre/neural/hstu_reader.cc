#include "genre/neural/hstu_reader.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "genre/neural/activation_gradient.h"
#include "genre/neural/room.h"
#include "genre/nn/gated_activation.h"

namespace genre::neural {

struct HstuReader::Pass : HistoryReader::Pass {
  struct Layer {
    Matrix read;             // T x D: what is projected
    Matrix projected, qkvu;  // T x 4 D: before and after the activation
    Matrix attended, gated;  // T x D: once normalised; times u, after dropout
    PointwiseAttention::Saved attention;
    LayerNorm::Saved input_norm, attention_norm;
    Dropout dropped;
  };
  Dropout input;
  LayerNorm::Saved input_norm, output_norm;
  std::vector<Layer> layers;
  std::vector<std::int64_t> offsets;
  Matrix added, d_gated, d_attended, d_qkvu;  // T x D, T x D, T x D, T x 4 D
};

HstuReader::HstuReader(const HstuShape& shape, Parameters& parameters, RandomStream& random)
    : shape_(shape), input_norm_(parameters, "input_norm", shape.width) {
  assert(shape.width % shape.heads == 0);
  const double deviation = 1 / std::sqrt(3.0 * static_cast<double>(shape.width));
  for (int l = 0; l < shape.layers; ++l) {
    const std::string name = "layers." + std::to_string(l) + ".";
    layers_.push_back(
        {.input_norm = {parameters, name + "input_norm", shape.width},
         .project = {parameters, name + "query_key_value_gate", shape.width, 4 * shape.width, deviation, random},
         .distances = parameters.add(name + "distances", shape.heads, shape.positions, /*decays=*/false),
         .attention_norm = {parameters, name + "attention_norm", shape.width},
         .output = {parameters, name + "output", shape.width, shape.width, deviation, random}});
  }
  output_norm_.emplace(parameters, "output_norm", shape.width);
}

void HstuReader::pack(const Parameters& parameters) {
  for (Layer& layer : layers_) {
    layer.project.pack(parameters);
    layer.output.pack(parameters);
  }
}

std::unique_ptr<HistoryReader::Pass> HstuReader::new_pass() const { return std::make_unique<Pass>(); }

void HstuReader::forward(const Parameters& parameters, MatrixView x, std::span<const std::int64_t> offsets,
                         RandomStream* random, HistoryReader::Pass& own) const {
  Pass& pass = static_cast<Pass&>(own);
  const std::int64_t tokens = x.rows(), width = shape_.width;
  const auto drop = [&](Dropout& how, MatrixView values) {
    how = {};
    if (random != nullptr) how.apply(values, shape_.dropout, *random);
  };
  pass.offsets.assign(offsets.begin(), offsets.end());
  pass.layers.resize(layers_.size());
  const MatrixView added = room(pass.added, tokens, width);
  input_norm_.forward(parameters, x, pass.input_norm);
  drop(pass.input, x);
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    Pass::Layer& saved = pass.layers[l];
    const MatrixView read = room(saved.read, tokens, width), projected = room(saved.projected, tokens, 4 * width),
                     qkvu = room(saved.qkvu, tokens, 4 * width), attended = room(saved.attended, tokens, width),
                     gated = room(saved.gated, tokens, width);
    copy_rows(x, read);
    layer.input_norm.forward(parameters, read, saved.input_norm);
    layer.project.forward(parameters, read, projected);
    copy_rows(projected, qkvu);
    nn::activate(Activation::kSilu, qkvu.data(), tokens * 4 * width);
    PointwiseAttention::forward(qkvu, offsets, parameters.value(layer.distances), saved.attention, attended);
    layer.attention_norm.forward(parameters, attended, saved.attention_norm);
    for (std::int64_t t = 0; t < tokens; ++t) {
      const float *const gate = qkvu.row(t).data() + 3 * width, *const value = attended.row(t).data();
      for (std::int64_t d = 0; d < width; ++d) gated.row(t)[d] = value[d] * gate[d];
    }
    drop(saved.dropped, gated);
    layer.output.forward(parameters, gated, added);
    add_scaled(1, added.data(), x.data(), tokens * width);
  }
  output_norm_->forward(parameters, x, pass.output_norm);
}

void HstuReader::backward(const Parameters& parameters, MatrixView gradient, HistoryReader::Pass& own,
                          Gradients& gradients) const {
  Pass& pass = static_cast<Pass&>(own);
  const std::int64_t tokens = gradient.rows(), width = shape_.width;
  const MatrixView block = room(pass.added, tokens, width), d_gated = room(pass.d_gated, tokens, width),
                   d_attended = room(pass.d_attended, tokens, width), d_qkvu = room(pass.d_qkvu, tokens, 4 * width);
  const auto rows = [&](const Matrix& matrix) { return first_rows(matrix, tokens); };
  output_norm_->backward(parameters, pass.output_norm, gradient, gradients);
  for (std::size_t l = layers_.size(); l-- > 0;) {
    const Layer& layer = layers_[l];
    Pass::Layer& saved = pass.layers[l];
    layer.output.backward(rows(saved.gated), gradient, d_gated, gradients);
    saved.dropped.backward(d_gated);
    for (std::int64_t t = 0; t < tokens; ++t) {
      const float *const gate = std::as_const(saved.qkvu).row(t).data() + 3 * width,
                         *const value = std::as_const(saved.attended).row(t).data(), *const d = d_gated.row(t).data();
      float *const d_gate = d_qkvu.row(t).data() + 3 * width, *const d_value = d_attended.row(t).data();
      for (std::int64_t c = 0; c < width; ++c) {
        d_gate[c] = d[c] * value[c];
        d_value[c] = d[c] * gate[c];
      }
    }
    layer.attention_norm.backward(parameters, saved.attention_norm, d_attended, gradients);
    PointwiseAttention::backward(rows(saved.qkvu), pass.offsets, saved.attention, d_attended, d_qkvu,
                                 gradients[layer.distances].view());
    activation_backward(Activation::kSilu, rows(saved.projected), d_qkvu);
    layer.project.backward(rows(saved.read), d_qkvu, block, gradients);
    layer.input_norm.backward(parameters, saved.input_norm, block, gradients);
    add_scaled(1, block.data(), gradient.data(), tokens * width);
  }
  pass.input.backward(gradient);
  input_norm_.backward(parameters, pass.input_norm, gradient, gradients);
}

}  // namespace genre::neural
