// A task on texts that a language model is trained for: one file each, named in text_tasks().
#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "genre/finetune/options.h"
#include "genre/torch/learner.h"

namespace genre::trainer {

// What the data and the model are, as the trainer prints it.
struct TaskSummary {
  std::int64_t train = 0, valid = 0, test = 0;  // examples
  std::int64_t labels = 0;                      // 0: the task has none
  double mean_tokens = 0;                       // of a sequence
};

class TextTask : public Learner {
 public:
  virtual TaskSummary summary() const = 0;
  std::int64_t measured_batch() const override {
    const TaskSummary all = summary();
    return std::min(at_once(), std::max(all.valid, all.test));
  }
  // The value of measure() that decides, unless the configuration names another.
  virtual std::string_view default_metric() const = 0;
  // Writes what the runtime and transformers load to the folder `model`; where adapters were trained, what PEFT loads
  // to `adapter`. Throws Error(kResources).
  virtual void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const = 0;

 protected:
  // Examples that measure() puts into one batch.
  virtual std::int64_t at_once() const { return 64; }
};

struct TextTaskEntry {
  std::string_view name;
  // Reads model and examples. Throws Error(kNotFound), Error(kData) or Error(kConfig).
  std::unique_ptr<TextTask> (*make)(const FinetuneConfig& config);
};

// Every task, by the name that finetune.task has.
std::span<const TextTaskEntry> text_tasks();
std::unique_ptr<TextTask> make_text_task(const FinetuneConfig& config);

}  // namespace genre::trainer
