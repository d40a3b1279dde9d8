// Small trained tensors beside the frozen weights of a model.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/torch/transformer.h"

namespace genre::trainer {

// A product of a layer that adapters change, by its name without ".weight".
struct AdaptedProduct {
  std::string name;
  int layer;
};

// A tensor of an adapter, by its name in the file.
struct AdapterTensor {
  std::string name;
  torch::Tensor value;  // fp32, contiguous
};

// How PEFT is to load an adapter: on which class of model, and what of it is stored whole.
struct AdapterFile {
  std::string base_model;
  std::string task_type;             // "SEQ_CLS", "FEATURE_EXTRACTION", "CAUSAL_LM"
  std::vector<std::string> modules;  // trained and stored whole, by the names of their parameters without ".weight"
  std::string prefix;                // of parameter names, which that class does without
  std::string wrapper = "base_model.model.";  // what PEFT writes in front of the names of that class
};

class Adapters {
 public:
  virtual ~Adapters() = default;

  // Whether dropout acts; off for measuring.
  virtual void set_training(bool on) = 0;
  // The parameter with its adapter folded in; as it is where it has none.
  virtual torch::Tensor merged(const std::string& name) const = 0;
  // Whether merged() is all of it; else it is served beside the weights.
  virtual bool folds() const { return true; }
  // The files of an adapter as PEFT or, of bottlenecks, AdapterHub writes and reads them. Throws Error(kResources).
  virtual void save(const std::filesystem::path& folder, const AdapterFile& file) const = 0;
};

// What tune = "lora", "adalora", "ia3", "adapter", "prompt" or "prefix" puts on the layers from `first` on; nothing for
// other methods. The model and the parameters outlive it. Throws Error(kConfig) for a product that the architecture
// does not have.
std::unique_ptr<Adapters> make_adapters(const FinetuneOptions& options, int first, Transformer& model,
                                        Parameters& parameters);

// What weights that stay as they are lie in, by finetune.frozen_format.
BlockFormat frozen_format(const FinetuneOptions& options);

// The products of the layers from `first` on that finetune.lora.targets names. Throws Error(kConfig) for one that the
// architecture does not have.
std::vector<AdaptedProduct> adapted_products(const std::vector<std::string>& targets, int first,
                                             const Transformer& model);
// Adds a tensor of an adapter on `layer`, which is trained and no part of what is served.
void add_adapter_tensor(Parameters& parameters, const std::string& name, const torch::Tensor& value, int layer);

// The ends of names by which PEFT finds the modules `adapted` and no other: it adapts every module whose name ends with
// a dot and one of them.
std::set<std::string> module_ends(const std::set<std::string>& adapted, const Parameters& parameters);

// Writes the folder `model` by `write`, which returns the folder in it that the weights are in; where there are
// adapters, also the folder `adapter`, and the same beside the weights where they do not fold. Throws
// Error(kResources).
void save_folders(const std::filesystem::path& model, const std::filesystem::path& adapter, const Adapters* adapters,
                  const AdapterFile& file,
                  const std::function<std::filesystem::path(const std::filesystem::path& folder)>& write);

// Every parameter that is saved, by `served(name)`, under the name that `name_of` gives it; left out where that is
// empty. Throws Error(kResources).
void save_weights(
    const Parameters& parameters, const std::function<torch::Tensor(const std::string& name)>& served,
    const std::filesystem::path& file,
    const std::function<std::string(const std::string& name)>& name_of = [](const std::string& name) { return name; });
// Adapters (or null) folded in.
void save_weights(const Parameters& parameters, const Adapters* adapters, const std::filesystem::path& file);

// Writes both files. Throws Error(kResources).
void save_adapter(const std::filesystem::path& folder, const AdapterFile& file, const Parameters& parameters,
                  std::vector<AdapterTensor> tensors, nlohmann::ordered_json config);
// What the class of model calls a parameter, and what PEFT calls it in files.
std::string name_in_class(const AdapterFile& file, const std::string& name);
std::string name_in_file(const AdapterFile& file, const std::string& name);

}  // namespace genre::trainer
