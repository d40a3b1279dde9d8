// Small trained tensors beside the frozen weights of a model.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/torch/transformer.h"

namespace genre::trainer {

// How PEFT is to load an adapter: on which class of model, and what of it is stored whole.
struct AdapterFile {
  std::string base_model;
  std::string task_type;             // "SEQ_CLS", "FEATURE_EXTRACTION", "CAUSAL_LM"
  std::vector<std::string> modules;  // trained and stored whole, by the names of their parameters without ".weight"
  std::string prefix;                // of parameter names, which that class does without
};

class Adapters {
 public:
  virtual ~Adapters() = default;

  // Whether dropout acts; off for measuring.
  virtual void set_training(bool on) = 0;
  // The parameter with its adapter folded in; as it is where it has none.
  virtual torch::Tensor merged(const std::string& name) const = 0;
  // adapter_config.json and adapter_model.safetensors as PEFT writes and reads them. Throws Error(kResources).
  virtual void save(const std::filesystem::path& folder, const AdapterFile& file) const = 0;
};

// What tune = "lora" or "ia3" puts on the layers from `first` on; nothing for other methods. The model and the
// parameters outlive it. Throws Error(kConfig) for a product that the architecture does not have.
std::unique_ptr<Adapters> make_adapters(const FinetuneOptions& options, int first, Transformer& model,
                                        Parameters& parameters);

// The ends of names by which PEFT finds the modules `adapted` and no other: it adapts every module whose name ends with
// a dot and one of them.
std::set<std::string> module_ends(const std::vector<std::string>& adapted, const Parameters& parameters);

// Every parameter that is served, adapters (or null) folded in. Throws Error(kResources).
void save_weights(const Parameters& parameters, const Adapters* adapters, const std::filesystem::path& file);

// Writes both files: `tensors` by the names of the model's own class.
void save_adapter(const std::filesystem::path& folder, const AdapterFile& file, const Parameters& parameters,
                  const std::vector<std::string>& tensors, nlohmann::ordered_json config);

}  // namespace genre::trainer
