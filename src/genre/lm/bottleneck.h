// Bottleneck adapters as AdapterHub writes them: adapter_config.json and adapter.safetensors. Sources: Houlsby et al.,
// "Parameter-Efficient Transfer Learning for NLP" (2019); Pfeiffer et al., "AdapterFusion" (2021).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "genre/linalg/matrix.h"
#include "genre/lm/linear.h"
#include "genre/lm/tensor_source.h"

namespace genre {

// up(f(down x)), a narrow layer between two products. Immutable, so shareable between threads.
class Bottleneck {
 public:
  Bottleneck() = default;
  Bottleneck(Linear down, Activation activation, Linear up)
      : down_(std::move(down)), up_(std::move(up)), activation_(activation) {}

  bool empty() const { return down_.outputs() == 0; }
  std::size_t bytes() const { return down_.bytes() + up_.bytes(); }
  // y (T x D) += up(f(down x)), x (T x D); y may be x. Uses the global pool. A row's bits do not depend on the others.
  void add(ConstMatrixView x, MatrixView y) const;

 private:
  Linear down_, up_;
  Activation activation_ = Activation::kNone;
};

class BottleneckAdapter {
 public:
  // Throws Error(kNotFound), or Error(kData) for a form of adapter that is not supported: parallel ones, gates, norms
  // of their own, learnt scales.
  explicit BottleneckAdapter(const std::filesystem::path& folder);

  // Whether a bottleneck reads what its block and the residual give together, behind the norm that follows where the
  // architecture has it there (Pfeiffer); else it reads the block alone (Houlsby).
  bool reads_sum() const { return reads_sum_; }
  // The one behind a module, such as "bert.encoder.layer.0.output"; empty where there is none. Throws Error(kData) for
  // the shapes of another model.
  Bottleneck at(const std::string& module, std::int64_t width) const;
  // The modules that it stands behind.
  const std::set<std::string>& modules() const { return modules_; }
  // Throws Error(kData) for a module that is not among those of the model.
  void expect_modules(const std::set<std::string>& modules) const;

 private:
  [[noreturn]] void refuse_model(const std::string& fault) const;
  std::string base_, name_;  // the model that it was trained on, and its own
  std::unique_ptr<TensorSource> source_;
  std::set<std::string> modules_;
  Activation activation_ = Activation::kNone;
  double scale_ = 1;
  bool reads_sum_ = false;
};

}  // namespace genre
