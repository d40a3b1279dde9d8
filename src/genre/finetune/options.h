// The configuration of a fine-tuning: [finetune] and [optimizer], beside [lm], which names the model to start from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/data/options.h"
#include "genre/lm/options.h"
#include "genre/optim/optimizer.h"

namespace genre {

// A file of labelled texts: [[finetune.examples]], with the columns text and label.
struct ExampleSourceOptions : SourceOptions {
  std::string part;  // train, valid, test; empty: cut by finetune.ratio
  void fields(config::Fields& f);
};

// Low-rank adapters: W x + alpha / rank B A dropout(x). Source: Hu et al., "LoRA" (2021).
struct LoraOptions {
  int rank = 8;
  double alpha = 16;
  double dropout = 0;
  std::vector<std::string> targets = {"query", "value"};  // of query, key, value, attention_output, inner, outer
  void fields(config::Fields& f);
};

struct FinetuneOptions {
  std::string task = "classify";
  std::vector<ExampleSourceOptions> examples;
  std::vector<double> ratio = {0.8, 0.1, 0.1};  // of examples without a part: train, validation, test
  int folds = 0, fold = 0;  // cross-validation: fold `fold` of `folds` is the test part; 0: by ratio

  std::string tune = "full";  // full, lora, bitfit, head
  LoraOptions lora;
  int frozen_layers = 0;  // the lowest layers, and with any of them the embeddings, stay as they are

  int epochs = 3, batch = 16;
  int maximum_tokens = 128;
  double dropout = 0.3;  // before the linear head
  double label_smoothing = 0;
  std::string precision = "fp32";   // fp32, bf16
  std::string metric = "accuracy";  // decides which weights are kept: accuracy, macro_f1
  int patience = 0;                 // epochs without a better value before training stops; 0: all epochs
  double checkpoint_minutes = 5;
  void fields(config::Fields& f);
};

struct FinetuneConfig {
  std::int64_t seed = 7;
  int threads = 0;
  LmOptions lm;
  FinetuneOptions finetune;
  std::shared_ptr<config::NamedOptions> optimizer;  // OptimizerOptions
  std::filesystem::path base_folder = ".";          // what relative paths count from; no key

  FinetuneConfig();  // with adamw
  void fields(config::Fields& f);
  const OptimizerOptions& optimizer_options() const;
  Training training() const;   // what usual learning rates depend on
  std::string digest() const;  // of what decides the result
};

// Throws Error(kConfig) for settings that do not go together, or without examples.
void check_finetune_config(const FinetuneConfig& config);

// Reads what resolved_toml wrote. Also sets the size of the global thread pool. Throws Error(kConfig) with all that is
// wrong.
FinetuneConfig read_finetune_config(const std::filesystem::path& file);

// As TOML with every default filled in and source paths made absolute, so that it works from anywhere.
std::string resolved_toml(const FinetuneConfig& config);

}  // namespace genre
