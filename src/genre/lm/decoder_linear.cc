#include "genre/lm/decoder_linear.h"

#include <algorithm>

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace {

using Part = DecoderLinear::Part;
using Form = DecoderLinear::Form;

constexpr std::int64_t kBlock = 32;  // inputs of a block of integers

// The row of the file that holds row `n` of the half-split form.
std::int64_t source_row(std::int64_t n, std::int64_t head) {
  if (head == 0) return n;
  const std::int64_t within = n % head, half = head / 2;
  return n - within + (within < half ? 2 * within : 2 * (within - half) + 1);
}

// N x K in floats, half-split, with what the adapter adds.
Matrix floats(const TensorSource& source, const Part& part, std::int64_t inputs, const Form& form) {
  const std::string name = part.name + ".weight";
  Matrix out = form.adapter == nullptr ? Matrix() : form.adapter->delta(part.module, part.outputs, inputs);
  if (out.empty()) out = Matrix(part.outputs, inputs);
  if (form.input_major) {
    const Matrix stored = source.matrix(name, inputs, part.outputs);
    for (std::int64_t k = 0; k < inputs; ++k)
      for (std::int64_t n = 0; n < part.outputs; ++n) out.row(n)[k] += stored.row(k)[n];
    return out;
  }
  const Matrix stored = source.matrix(name, part.outputs, inputs);
  for (std::int64_t n = 0; n < part.outputs; ++n)
    add_scaled(1.0f, stored.row(source_row(n, part.interleaved_head)).data(), out.row(n).data(), inputs);
  return out;
}

bool as_stored(const Part& part, const Form& form) {
  return !form.input_major && (form.adapter == nullptr || !form.adapter->modules().contains(part.module));
}

}  // namespace

DecoderLinear::DecoderLinear(const TensorSource& source, const std::vector<Part>& parts, std::int64_t inputs,
                             const Form& form) {
  for (const Part& part : parts) {
    outputs_ += part.outputs;
    if (!form.bias) continue;
    const auto bias = source.vector(part.name + ".bias", part.outputs);
    for (std::int64_t n = 0; n < part.outputs; ++n) bias_.push_back(bias[source_row(n, part.interleaved_head)]);
  }
  if (form.precision == DecoderPrecision::kNative) {
    pack_blocks(source, parts, inputs, form);
    return;
  }
  Matrix stacked(outputs_, inputs);
  float* to = stacked.data();
  for (const Part& part : parts) to = std::ranges::copy(floats(source, part, inputs, form).values(), to).out;
  packed_ = PackedMatrix::pack(stacked, /*transposed=*/true);
}

void DecoderLinear::pack_blocks(const TensorSource& source, const std::vector<Part>& parts, std::int64_t inputs,
                                const Form& form) {
  if (inputs % kBlock != 0)
    throw Error(ErrorCode::kData,
                "'" + parts[0].name + "' has " + std::to_string(inputs) + " inputs, wanted a multiple of " +
                    std::to_string(kBlock),
                "load the model in fp32", {.file = source.path().string()});
  std::vector<std::byte> bytes;  // of adjoining parts in `format`
  BlockFormat format{};
  std::int64_t first = 0, rows = 0;
  const auto pack = [&] {
    if (rows > 0) blocks_.push_back({nn::QuantisedMatrix::pack(format, rows, inputs, bytes), first});
    bytes.clear();
    first += rows;
    rows = 0;
  };
  for (const Part& part : parts) {
    Matrix converted;
    StoredTensor stored;
    if (as_stored(part, form)) {
      stored = source.at(part.name + ".weight", {part.outputs, inputs});
      if (!nn::finite(stored.format, stored.bytes))
        throw Error(ErrorCode::kData, "tensor '" + part.name + ".weight' holds a value that is not finite",
                    "fetch the model again", {.file = source.path().string()});
    } else {
      converted = floats(source, part, inputs, form);
      stored = {BlockFormat::kF32, {part.outputs, inputs}, std::as_bytes(converted.values())};
    }
    if (stored.format != format) pack();
    format = stored.format;
    const std::int64_t row_bytes = static_cast<std::int64_t>(stored.bytes.size()) / part.outputs;
    for (std::int64_t n = 0; n < part.outputs; ++n) {
      const std::int64_t row = as_stored(part, form) ? source_row(n, part.interleaved_head) : n;
      const auto* const from = stored.bytes.data() + row * row_bytes;
      bytes.insert(bytes.end(), from, from + row_bytes);
    }
    rows += part.outputs;
  }
  pack();
}

std::size_t DecoderLinear::bytes() const {
  std::size_t out = packed_.bytes() + bias_.size() * sizeof(float);
  for (const Blocks& blocks : blocks_) out += blocks.weight.bytes();
  return out;
}

void DecoderLinear::apply(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const {
  if (blocks_.empty()) return multiply(x, t, ldx, packed_, y, ldy, {.bias = bias_.empty() ? nullptr : bias_.data()});
  for (const Blocks& blocks : blocks_) blocks.weight.multiply(x, t, ldx, y + blocks.first, ldy);
  if (bias_.empty()) return;
  for (std::int64_t r = 0; r < t; ++r) add_scaled(1.0f, bias_.data(), y + r * ldy, outputs_);
}

void DecoderLinear::add(const float* x, std::int64_t t, std::int64_t ldx, float* y, std::int64_t ldy) const {
  if (blocks_.empty())
    return multiply(x, t, ldx, packed_, y, ldy,
                    {.bias = bias_.empty() ? nullptr : bias_.data(), .activation = Activation::kNone, .residual = y});
  constexpr std::size_t kGrain = 64;  // rows
  Matrix product(t, outputs_);
  apply(x, t, ldx, product.data(), outputs_);
  global_pool().parallel_for(static_cast<std::size_t>(t), kGrain, [&](std::size_t begin, std::size_t end, int) {
    for (auto r = static_cast<std::int64_t>(begin); r < static_cast<std::int64_t>(end); ++r)
      add_scaled(1.0f, product.row(r).data(), y + r * ldy, outputs_);
  });
}

}  // namespace genre
