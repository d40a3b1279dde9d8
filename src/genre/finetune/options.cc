#include "genre/finetune/options.h"

#include "genre/base/error.h"
#include "genre/base/thread_pool.h"
#include "genre/config/layers.h"
#include "genre/config/schema.h"
#include "genre/config/toml.h"
#include "genre/optim/adam.h"

namespace genre {
namespace fs = std::filesystem;

void ExampleSourceOptions::fields(config::Fields& f) {
  SourceOptions::fields(f);
  f.choice("part", part, {"", "train", "valid", "test"}, "the part that these examples are; empty: cut by ratio");
}

void LoraOptions::fields(config::Fields& f) {
  f.integer("rank", rank, {.minimum = 1, .maximum = 1024}, "rank of the change of a weight");
  f.number("alpha", alpha, {.minimum = 0}, "size of the change: it is alpha / rank times the product of its factors");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.9}, "dropout of what the change reads");
  f.texts("targets", targets, "adapted weights of each layer: query, key, value, attention_output, inner, outer");
}

void FinetuneOptions::fields(config::Fields& f) {
  f.choice("task", task, {"classify"}, "what is learnt: classify (one label a text)");
  f.list("examples", examples, "Files of labelled texts, with the columns text and label.");
  f.numbers("ratio", ratio, {.minimum = 0, .maximum = 1},
            "shares of train, validation and test among examples without a part");
  f.integer("folds", folds, {.minimum = 0, .maximum = 1000}, "parts of a cross-validation; 0: none, by ratio");
  f.integer("fold", fold, {.minimum = 0, .maximum = 999}, "which of them is the test part; the rest is cut by ratio");
  f.choice("tune", tune, {"full", "lora", "bitfit", "head"},
           "what changes beside the head: all weights, low-rank adapters, biases alone, nothing");
  f.table("lora", lora, "Low-rank adapters.");
  f.integer("frozen_layers", frozen_layers, {.minimum = 0, .maximum = 1000},
            "lowest layers that stay as they are, with the embeddings");
  f.integer("epochs", epochs, {.minimum = 1, .maximum = 10000}, "passes over the training examples");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "examples whose mean loss makes one gradient");
  f.integer("maximum_tokens", maximum_tokens, {.minimum = 5, .maximum = 1 << 20}, "longer texts are cut");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "dropout before the linear head");
  f.number("label_smoothing", label_smoothing, {.minimum = 0, .maximum = 0.9},
           "probability that all labels share, in place of 0 and 1");
  f.choice("precision", precision, {"fp32", "bf16"}, "of products in training; weights are always fp32");
  f.choice("metric", metric, {"accuracy", "macro_f1"}, "of the validation part, decides which weights are kept");
  f.integer("patience", patience, {.minimum = 0, .maximum = 10000},
            "epochs without a better value after which training stops; 0: never");
  f.number("checkpoint_minutes", checkpoint_minutes, {.minimum = 0.01, .maximum = 100000},
           "minutes between checkpoints");
}

FinetuneConfig::FinetuneConfig() : optimizer(std::make_shared<AdamWOptions>()) {}

void FinetuneConfig::fields(config::Fields& f) {
  f.integer("seed", seed, {.minimum = 0}, "feeds every random stream; same seed, same result");
  f.integer("threads", threads, {0, 1024}, "threads to use; 0: all cores", config::InDigest::kNo);
  f.table("lm", lm, "The language model to start from.");
  f.table("finetune", finetune, "What is learnt from which examples.");
  f.named("optimizer", optimizer, &optimizer_alternatives, "The optimizer and its parameters.");
}

const OptimizerOptions& FinetuneConfig::optimizer_options() const {
  return dynamic_cast<const OptimizerOptions&>(*optimizer);
}

Training FinetuneConfig::training() const {
  return finetune.tune == "full" ? Training::kFineTuning : Training::kAdapter;
}

std::string FinetuneConfig::digest() const {
  FinetuneConfig copy = *this;
  config::Fields f;
  copy.fields(f);
  return config::digest(f);
}

void check_finetune_config(const FinetuneConfig& config) {
  const FinetuneOptions& options = config.finetune;
  if (options.examples.empty())
    throw Error(ErrorCode::kConfig, "there are no examples to learn from",
                "add a [[finetune.examples]] table with the path of a file and its columns text and label",
                {.key = "finetune.examples"});
  if (options.ratio.size() != 3 || options.ratio[0] <= 0)
    throw Error(ErrorCode::kConfig, "the ratio wants three shares, the first above 0", "as in [0.8, 0.1, 0.1]",
                {.key = "finetune.ratio"});
  if (options.folds > 0 && options.fold >= options.folds)
    throw Error(ErrorCode::kConfig,
                "fold " + std::to_string(options.fold) + " is outside [0, " + std::to_string(options.folds) + ")",
                "folds count from 0", {.key = "finetune.fold"});
}

FinetuneConfig read_finetune_config(const fs::path& file) {
  FinetuneConfig out;
  config::Fields f;
  out.fields(f);
  out.base_folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  config::apply(config::read_layers({.file = file, .settings = {}, .environment = {}}), f);
  check_finetune_config(out);
  set_global_threads(out.threads);
  return out;
}

std::string resolved_toml(const FinetuneConfig& config) {
  FinetuneConfig copy = config;
  for (auto& source : copy.finetune.examples)
    if (source.format != "postgresql")
      source.path = fs::absolute(copy.base_folder / source.path).lexically_normal().string();
  config::Fields f;
  copy.fields(f);
  return config::to_toml(f.values());
}

}  // namespace genre
