// The tensors of a model that is trained, under the names that they have in its checkpoint.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "genre/base/gguf.h"

namespace genre::trainer {

struct Parameter {
  std::string name;     // "bert.encoder.layer.0.output.dense.weight"
  torch::Tensor value;  // fp32, contiguous; or blocks
  int depth = 0;        // 0: embeddings, 1...: layers from below, then the head; for learning rates by layer
  bool trained = true;
  bool saved = true;   // part of the checkpoint that is served
  bool decays = true;  // under weight decay; norms and biases do not

  // Of a matrix that lies in blocks, never trained: value is R x bytes of a row (uint8), for R x columns numbers.
  BlockFormat format = BlockFormat::kF32;
  std::int64_t columns = 0;
  bool in_blocks() const { return format != BlockFormat::kF32; }

  // Of a table whose rows are looked up by id: the rows that a step reads, as a leaf of their own (R x C), so that its
  // gradient has their size and not the table's. Undefined where the whole value is the leaf.
  torch::Tensor row_ids, rows;
};

class StepRule;

class Parameters {
 public:
  // Copies to contiguous fp32, or to blocks of the format that was set last where it is a matrix whose rows are whole
  // numbers of them. The name must be new. References stay valid until the next add.
  void add(std::string name, const torch::Tensor& value, int depth);
  void set_format(BlockFormat format) { format_ = format; }
  // The tensor, which is in no blocks, in the memory of the processor. The name must be there.
  const torch::Tensor& at(const std::string& name) const;
  // The tensor as a graph reads it, on device(), where its copy is kept until the weights change; gradients come back
  // to the tensor itself. Not safe from several threads.
  const torch::Tensor& on_device(const std::string& name) const;
  // Where graphs are computed. Weights, gradients and what an optimizer remembers stay in the memory of the processor,
  // as in Ren et al., "ZeRO-Offload" (2021).
  torch::Device device() const { return device_; }
  void set_device(torch::Device device);
  // The copy on the device no longer holds; call it behind every change of values.
  void changed(const std::string& name) { copies_.erase(name); }
  // The numbers of any tensor as fp32.
  torch::Tensor whole(const std::string& name) const;
  std::vector<std::int64_t> sizes(const std::string& name) const;
  Parameter& parameter(const std::string& name) { return all_[number_.at(name)]; }
  const Parameter& parameter(const std::string& name) const { return all_[number_.at(name)]; }
  bool has(const std::string& name) const { return number_.contains(name); }

  std::vector<Parameter>& all() { return all_; }
  const std::vector<Parameter>& all() const { return all_; }
  // Numbers of all tensors, and of those that are trained.
  std::int64_t count() const;
  std::int64_t trained_count() const;
  // Makes leaves of what is trained and constants of the rest; call it once after `trained` is set.
  void require_gradients();

  // What the method of training does around each step; null where it follows the gradient alone. It outlives the steps.
  void set_rule(StepRule* rule) { rule_ = rule; }
  StepRule* rule() const { return rule_; }

 private:
  std::vector<Parameter> all_;
  std::map<std::string, std::size_t> number_;
  BlockFormat format_ = BlockFormat::kF32;
  StepRule* rule_ = nullptr;
  torch::Device device_ = torch::kCPU;
  mutable std::map<std::string, torch::Tensor> copies_;  // on the device
};

// Learnt embeddings of virtual tokens, whose ids follow those of the table of words; and their keys and values, layer
// by layer the keys of all heads and then the values. By these names, one token a row.
inline constexpr const char* kVirtualWords = "virtual_tokens.embeddings";
inline constexpr const char* kVirtualKeysAndValues = "virtual_tokens.keys_and_values";

// The rows of a table (T x D) for ids (T) on the device, from the rows that the step reads or from the whole of it.
torch::Tensor look_up(const Parameters& parameters, const std::string& table, const torch::Tensor& ids);

// The numbers of a contiguous fp32 tensor in the memory of the processor.
std::span<float> numbers_of(const torch::Tensor& tensor);

}  // namespace genre::trainer
