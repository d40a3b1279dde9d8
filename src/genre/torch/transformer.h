// What adapters need of a model: its products by what they do.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "genre/torch/parameters.h"

namespace genre::trainer {

// Applies NAME.weight and NAME.bias; adapters stand in for it.
using LinearLayer = std::function<torch::Tensor(const std::string& name, const torch::Tensor& x)>;

// The parts of a layer whose outputs are added to what they read.
enum class Block { kAttention, kFeedForward };

// Changes what a block gives (T x D) before it is added. sum() is the states as the addition would leave them, behind
// the norm that follows it, where the architecture has one there.
using BlockLayer = std::function<torch::Tensor(int layer, Block block, const torch::Tensor& given,
                                               const std::function<torch::Tensor()>& sum)>;

// A layer of the model on its own input, as one function of the states (T x D). It may be called again for as long as
// the model lives.
using Layer = std::function<torch::Tensor(const torch::Tensor& x)>;
// Gives what the layer gives for x; it decides what is kept for gradients.
using LayerRunner = std::function<torch::Tensor(const torch::Tensor& x, const Layer& layer)>;

class Transformer {
 public:
  virtual ~Transformer() = default;

  virtual int layers() const = 0;
  virtual std::int64_t width() const = 0;
  // Of keys and values: heads, and the size of each.
  virtual std::int64_t key_heads() const = 0;
  virtual std::int64_t head_size() const = 0;
  virtual std::int64_t heads() const = 0;        // of queries
  virtual const std::string& words() const = 0;  // the parameter of the table of word embeddings
  virtual std::string_view kind() const = 0;     // of architecture, for messages
  // The full name, without ".weight", of one of query, key, value, attention_output, inner, outer of a layer; of
  // decoders also query_key_value and gate. Empty where the architecture has no such product of its own.
  virtual std::string linear_name(int layer, std::string_view which) const = 0;
  // The full name of the module that AdapterHub puts bottleneck adapters of a block behind.
  virtual std::string adapters_name(int layer, Block block) const = 0;
  // The product as it is, without what stands in for it.
  virtual torch::Tensor product(const std::string& name, const torch::Tensor& x) const = 0;
  // Whether weights are stored inputs x outputs, as GPT-2's, in place of outputs x inputs.
  virtual bool input_major() const { return false; }
  virtual std::int64_t inputs(const std::string& name) const = 0;
  virtual std::int64_t outputs(const std::string& name) const = 0;

  void set_linear(LinearLayer linear) { linear_ = std::move(linear); }
  void set_behind_blocks(BlockLayer behind) { behind_ = std::move(behind); }
  void set_layer_runner(LayerRunner runner) { runner_ = std::move(runner); }

 protected:
  torch::Tensor linear(const std::string& name, const torch::Tensor& x) const {
    return linear_ ? linear_(name, x) : product(name, x);
  }

  torch::Tensor behind_block(int layer, Block block, const torch::Tensor& given,
                             const std::function<torch::Tensor()>& sum) const {
    return behind_ ? behind_(layer, block, given, sum) : given;
  }

  torch::Tensor run_layer(const torch::Tensor& x, const Layer& layer) const {
    return runner_ ? runner_(x, layer) : layer(x);
  }

 private:
  LinearLayer linear_;
  BlockLayer behind_;
  LayerRunner runner_;
};

}  // namespace genre::trainer
