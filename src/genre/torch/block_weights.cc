#include "genre/torch/block_weights.h"

#include <torch/torch.h>

#include "genre/base/thread_pool.h"
#include "genre/nn/blocks.h"

namespace genre::trainer {
namespace {

constexpr std::size_t kRowGrain = 64;

class BlockProduct : public torch::autograd::Function<BlockProduct> {
 public:
  static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& x,
                               const torch::Tensor& blocks, std::int64_t format, std::int64_t columns,
                               bool outputs_by_inputs) {
    context->save_for_backward({blocks});
    context->saved_data["format"] = format;
    context->saved_data["columns"] = columns;
    context->saved_data["outputs_by_inputs"] = outputs_by_inputs;
    const torch::Tensor weight = from_blocks(blocks, static_cast<BlockFormat>(format), columns).to(x.device());
    return torch::matmul(x, outputs_by_inputs ? weight.t() : weight);
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               const torch::autograd::tensor_list& gradients) {
    const auto format = static_cast<BlockFormat>(context->saved_data["format"].toInt());
    const torch::Tensor weight =
        from_blocks(context->get_saved_variables()[0], format, context->saved_data["columns"].toInt())
            .to(gradients[0].device(), gradients[0].scalar_type());
    const bool outputs_by_inputs = context->saved_data["outputs_by_inputs"].toBool();
    return {torch::matmul(gradients[0], outputs_by_inputs ? weight : weight.t()), {}, {}, {}, {}};
  }
};

}  // namespace

torch::Tensor to_blocks(const torch::Tensor& values, BlockFormat format) {
  const BlockShape shape = block_shape(format);
  const std::int64_t rows = values.size(0), columns = values.size(1), bytes = columns / shape.elements * shape.bytes;
  torch::Tensor out = torch::empty({rows, bytes}, torch::kUInt8);
  const float* const from = values.data_ptr<float>();
  std::uint8_t* const to = out.data_ptr<std::uint8_t>();
  global_pool().parallel_for(static_cast<std::size_t>(rows), kRowGrain, [&](std::size_t begin, std::size_t end, int) {
    const auto count = static_cast<std::int64_t>(end - begin), first = static_cast<std::int64_t>(begin);
    nn::quantise(format, {from + first * columns, static_cast<std::size_t>(count * columns)},
                 std::as_writable_bytes(std::span(to + first * bytes, static_cast<std::size_t>(count * bytes))));
  });
  return out;
}

torch::Tensor from_blocks(const torch::Tensor& blocks, BlockFormat format, std::int64_t columns) {
  const std::int64_t rows = blocks.size(0), bytes = blocks.size(1);
  torch::Tensor out = torch::empty({rows, columns}, torch::kFloat32);
  const std::uint8_t* const from = blocks.data_ptr<std::uint8_t>();
  float* const to = out.data_ptr<float>();
  global_pool().parallel_for(static_cast<std::size_t>(rows), kRowGrain, [&](std::size_t begin, std::size_t end, int) {
    const auto count = static_cast<std::int64_t>(end - begin), first = static_cast<std::int64_t>(begin);
    nn::dequantise(format, std::as_bytes(std::span(from + first * bytes, static_cast<std::size_t>(count * bytes))),
                   {to + first * columns, static_cast<std::size_t>(count * columns)});
  });
  return out;
}

torch::Tensor weight_product(const Parameters& parameters, const std::string& weight, const torch::Tensor& x,
                             const torch::Tensor& bias, Layout layout) {
  const Parameter& one = parameters.parameter(weight);
  const bool outputs_by_inputs = layout == Layout::kOutputsByInputs;
  if (!one.in_blocks()) {
    const torch::Tensor& value = parameters.on_device(weight);
    return torch::linear(x, outputs_by_inputs ? value : value.t(), bias);
  }
  const torch::Tensor product =
      BlockProduct::apply(x, one.value, static_cast<std::int64_t>(one.format), one.columns, outputs_by_inputs);
  return bias.defined() ? product + bias : product;
}

}  // namespace genre::trainer
