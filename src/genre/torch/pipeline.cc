#include "genre/torch/pipeline.h"

#include <torch/torch.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/torch/autocast.h"

namespace genre::trainer {
namespace {

constexpr int kLower = 0, kUpper = 1;

Pipelined& halves_of(Learner& learner) {
  if (auto* const model = dynamic_cast<Pipelined*>(&learner)) return *model;
  throw Error(ErrorCode::kConfig, "the model of this task is not trained in two halves",
              "classify, multi_label and regress are; leave it out for data parallelism",
              {.key = "finetune.pipeline.layers"});
}

// At most `count` parts of a batch, in order, of about the same size.
std::vector<std::vector<std::int64_t>> parts_of(const std::vector<std::int64_t>& batch, std::size_t count) {
  std::vector<std::vector<std::int64_t>> out;
  count = std::min(count, batch.size());
  for (std::size_t part = 0; part < count; ++part)
    out.emplace_back(batch.begin() + static_cast<std::ptrdiff_t>(part * batch.size() / count),
                     batch.begin() + static_cast<std::ptrdiff_t>((part + 1) * batch.size() / count));
  return out;
}

}  // namespace

Pipeline::Pipeline(const PipelineOptions& options, Learner& learner, Processes& together)
    : options_(options), learner_(learner), together_(together), model_(halves_of(learner)) {
  if (together.count() != 2)
    throw Error(ErrorCode::kConfig,
                "a model in two halves is trained by 2 processes, not by " + std::to_string(together.count()),
                "start it with --processes 2", {.key = "finetune.pipeline.layers"});
  if (options.layers >= model_.layer_count())
    throw Error(
        ErrorCode::kConfig,
        "the model has " + std::to_string(model_.layer_count()) + " layers, which leaves none to the second process",
        "lower it", {.key = "finetune.pipeline.layers"});
  if (learner.parameters().rule() != nullptr)
    throw Error(ErrorCode::kConfig,
                "AdaLoRA and sparse weights choose among all layers, which two halves do not see together",
                "choose lora, and finetune.compression.sparse = \"none\"", {.key = "finetune.pipeline.layers"});
  for (Parameter& one : learner.parameters().all()) {
    if (!one.trained) continue;
    const bool upper = one.depth > options.layers;
    if (upper) of_upper_.push_back(&one);
    if (upper == (together.rank() == kUpper)) continue;
    one.trained = false;
    one.value.requires_grad_(false);
  }
}

void Pipeline::lower(std::span<const std::vector<std::int64_t>> parts, bool bf16) {
  std::vector<torch::Tensor> given;
  for (const auto& part : parts) {
    const Autocast autocast(bf16, learner_.parameters().device());
    given.push_back(model_.lower_half(part, options_.layers).to(torch::kFloat32).contiguous());
    together_.send(kUpper, numbers_of(given.back().detach().cpu()));
  }
  for (torch::Tensor& states : given) {
    torch::Tensor gradient = torch::empty(states.sizes());
    together_.receive(kUpper, numbers_of(gradient));
    if (states.requires_grad()) states.backward(gradient.to(states.device()));
    states = torch::Tensor();
  }
}

double Pipeline::upper(std::span<const std::vector<std::int64_t>> parts, double whole, double scale, bool bf16) {
  double sum = 0;
  for (const auto& part : parts) {
    torch::Tensor states = torch::empty(model_.half_sizes(part));
    together_.receive(kLower, numbers_of(states));
    states = states.to(learner_.parameters().device()).requires_grad_(true);
    torch::Tensor loss;
    {
      const Autocast autocast(bf16, learner_.parameters().device());
      loss = model_.upper_half(part, states, options_.layers) * (learner_.weight(part) / whole);
    }
    (loss * scale).backward();
    together_.send(kLower, numbers_of(states.grad().cpu().contiguous()));
    sum += loss.item<double>();
  }
  return sum;
}

double Pipeline::add_gradients(std::span<const std::vector<std::int64_t>> batches, double scale, bool bf16) {
  double whole = 0, sum = 0;
  for (const auto& batch : batches) whole += learner_.weight(batch);
  for (const auto& batch : batches) {
    const auto parts = parts_of(batch, static_cast<std::size_t>(options_.micro_batches));
    if (together_.rank() == kLower)
      lower(parts, bf16);
    else
      sum += upper(parts, whole, scale, bf16);
  }
  return sum;
}

void Pipeline::collect_weights() {
  for (Parameter* const one : of_upper_) {
    if (together_.rank() == kUpper)
      together_.send(kLower, numbers_of(one->value));
    else
      together_.receive(kUpper, numbers_of(one->value));
    learner_.parameters().changed(one->name);
  }
}

}  // namespace genre::trainer
