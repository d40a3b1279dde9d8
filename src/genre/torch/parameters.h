// The tensors of a model that is trained, under the names that they have in its checkpoint.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace genre::trainer {

struct Parameter {
  std::string name;     // "bert.encoder.layer.0.output.dense.weight"
  torch::Tensor value;  // fp32, contiguous
  int depth = 0;        // 0: embeddings, 1...: layers from below, then the head; for learning rates by layer
  bool trained = true;
  bool saved = true;   // part of the checkpoint that is served
  bool decays = true;  // under weight decay; norms and biases do not

  // Of a table whose rows are looked up by id: the rows that a step reads, as a leaf of their own (R x C), so that its
  // gradient has their size and not the table's. Undefined where the whole value is the leaf.
  torch::Tensor row_ids, rows;
};

class Parameters {
 public:
  // Copies to contiguous fp32. The name must be new. References stay valid until the next add.
  void add(std::string name, const torch::Tensor& value, int depth);
  // The tensor as the forward pass reads it. The name must be there.
  const torch::Tensor& at(const std::string& name) const { return all_[number_.at(name)].value; }
  Parameter& parameter(const std::string& name) { return all_[number_.at(name)]; }
  bool has(const std::string& name) const { return number_.contains(name); }

  std::vector<Parameter>& all() { return all_; }
  const std::vector<Parameter>& all() const { return all_; }
  // Numbers of all tensors, and of those that are trained.
  std::int64_t count() const;
  std::int64_t trained_count() const;
  // Makes leaves of what is trained and constants of the rest; call it once after `trained` is set.
  void require_gradients();

 private:
  std::vector<Parameter> all_;
  std::map<std::string, std::size_t> number_;
};

// The numbers of a contiguous fp32 tensor.
std::span<float> numbers_of(const torch::Tensor& tensor);

}  // namespace genre::trainer
