#include "genre/lm/encoder_importance.h"

#include <algorithm>
#include <cmath>

#include "genre/base/interrupt.h"
#include "genre/lm/vector_agreement.h"

namespace genre {
namespace {

constexpr std::size_t kBatchTokens = 2048;

// Sums over tokens of the inputs of a layer's two output products.
struct Moments {
  std::vector<double> attended, attended_products;  // products within a head: heads x size x size
  std::vector<double> units, unit_squares;
  std::int64_t attended_rows = 0, unit_rows = 0;

  void add_attended(ConstMatrixView x, int heads) {
    const std::int64_t width = x.cols(), size = width / heads;
    attended.resize(width);
    attended_products.resize(width * size);
    for (std::int64_t t = 0; t < x.rows(); ++t) {
      const auto row = x.row(t);
      for (std::int64_t i = 0; i < width; ++i) {
        attended[i] += row[i];
        const std::int64_t head = i / size * size;
        for (std::int64_t j = 0; j < size; ++j) attended_products[i * size + j] += double{row[i]} * row[head + j];
      }
    }
    attended_rows += x.rows();
  }

  void add_units(ConstMatrixView x) {
    units.resize(x.cols());
    unit_squares.resize(x.cols());
    for (std::int64_t t = 0; t < x.rows(); ++t)
      for (std::int64_t i = 0; i < x.cols(); ++i) {
        const double v = x.row(t)[i];
        units[i] += v, unit_squares[i] += v * v;
      }
    unit_rows += x.rows();
  }
};

std::vector<float> means(std::span<const double> sums, std::int64_t rows) {
  std::vector<float> out;
  for (const double sum : sums) out.push_back(static_cast<float>(sum / static_cast<double>(rows)));
  return out;
}

// The mean over tokens of |W_h (x - m)|^2 = trace(W_h S W_h^T), S the second moments of the head's columns about m.
double head_contribution(const Moments& moments, ConstMatrixView weight, std::int64_t head, std::int64_t size,
                         bool about_mean) {
  const auto rows = static_cast<double>(moments.attended_rows);
  std::vector<double> second(size * size);
  for (std::int64_t i = 0; i < size; ++i)
    for (std::int64_t j = 0; j < size; ++j) {
      const std::int64_t a = head * size + i, b = head * size + j;
      second[i * size + j] = moments.attended_products[a * size + j] / rows;
      if (about_mean) second[i * size + j] -= moments.attended[a] * moments.attended[b] / (rows * rows);
    }
  double trace = 0;
  for (std::int64_t d = 0; d < weight.rows(); ++d) {
    const float* const w = weight.row(d).data() + head * size;
    for (std::int64_t i = 0; i < size; ++i) {
      double inner = 0;
      for (std::int64_t j = 0; j < size; ++j) inner += second[i * size + j] * w[j];
      trace += inner * w[i];
    }
  }
  return std::sqrt(std::max(0.0, trace));
}

std::vector<double> unit_contributions(const Moments& moments, ConstMatrixView weight, bool about_mean) {
  const auto rows = static_cast<double>(moments.unit_rows);
  std::vector<double> norms(weight.cols()), out;
  for (std::int64_t d = 0; d < weight.rows(); ++d)
    for (std::int64_t i = 0; i < weight.cols(); ++i) norms[i] += double{weight.row(d)[i]} * weight.row(d)[i];
  for (std::size_t i = 0; i < norms.size(); ++i) {
    const double mean = about_mean ? moments.units[i] / rows : 0;
    out.push_back(std::sqrt(std::max(0.0, moments.unit_squares[i] / rows - mean * mean) * norms[i]));
  }
  return out;
}

}  // namespace

EncoderSamples::EncoderSamples(const Tokenizer& tokenizer, std::span<const std::string> texts, int maximum_tokens) {
  for (const auto& text : texts) {
    const auto ids = tokenizer.encode(text, maximum_tokens);
    if (ids.empty()) continue;
    if (batches_.empty() || batches_.back().ids.size() + ids.size() > kBatchTokens) batches_.emplace_back();
    PackedTokens& batch = batches_.back();
    batch.ids.insert(batch.ids.end(), ids.begin(), ids.end());
    batch.offsets.push_back(static_cast<std::int32_t>(batch.ids.size()));
    ++texts_;
  }
}

Matrix EncoderSamples::vectors(const Encoder& encoder, nn::Pooling pooling, const EncoderProbe& probe) const {
  const std::int64_t width = encoder.config().hidden;
  Matrix out(texts_, width);
  std::int64_t first = 0;
  for (const PackedTokens& batch : batches_) {  // one after the other: the products use all threads
    throw_if_interrupted();
    const Matrix states = encoder.states(batch, probe);
    const auto count = static_cast<std::int64_t>(batch.offsets.size()) - 1;
    nn::pool(pooling, states, batch.offsets, /*skip=*/0, {out.row(first).data(), count, width});
    first += count;
  }
  return out;
}

std::vector<LeftOutLayer> least_needed_layers(const Encoder& encoder, nn::Pooling pooling,
                                              const EncoderSamples& samples, int kept) {
  const int layers = encoder.config().layers, first = encoder.config().architecture->norm_first ? 1 : 0;
  const Matrix whole = samples.vectors(encoder, pooling);
  std::vector<bool> left_out(layers);
  std::vector<LeftOutLayer> out;
  for (int left = layers; left > kept; --left) {
    LeftOutLayer best{-1, 0};
    for (int l = first; l < layers; ++l) {
      if (left_out[l]) continue;
      left_out[l] = true;
      const double change = 1 - agreement(whole, samples.vectors(encoder, pooling, {.left_out = left_out})).mean;
      if (best.layer < 0 || change < best.change) best = {l, change};
      left_out[l] = false;
    }
    left_out[best.layer] = true;
    out.push_back(best);
  }
  return out;
}

std::vector<LayerContributions> measure_contributions(const Encoder& encoder, const EncoderSamples& samples,
                                                      const std::vector<bool>& left_out,
                                                      const std::function<OutputWeights(int)>& layer_weights) {
  const EncoderConfig& config = encoder.config();
  std::vector<Moments> moments(config.layers);
  samples.vectors(encoder, nn::Pooling::kMean,
                  {.left_out = left_out, .show = [&](int l, LayerInput input, ConstMatrixView x) {
                     if (input == LayerInput::kAttended) moments[l].add_attended(x, config.heads_of(l));
                     if (input == LayerInput::kUnits) moments[l].add_units(x);
                   }});
  std::vector<LayerContributions> out(config.layers);
  for (int l = 0; l < config.layers; ++l) {
    if (!left_out.empty() && left_out[l]) continue;
    const OutputWeights weights = layer_weights(l);
    for (std::int64_t h = 0; h < config.heads_of(l); ++h)
      out[l].heads.push_back(
          head_contribution(moments[l], weights.attention, h, config.head_size(), weights.attention_bias));
    out[l].units = unit_contributions(moments[l], weights.feed_forward, weights.feed_forward_bias);
    out[l].attended_mean = means(moments[l].attended, moments[l].attended_rows);
    out[l].unit_mean = means(moments[l].units, moments[l].unit_rows);
  }
  return out;
}

}  // namespace genre
