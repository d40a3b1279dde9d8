// The task `multi_task`: several heads on one encoder, each with a task and examples of its own. Sources: Caruana,
// "Multitask Learning" (1997); Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses for
// Scene Geometry and Semantics" (2018).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "genre/torch/labelled_task.h"

namespace genre::trainer {

// Training examples of all heads are dealt into batches together, so that each batch has them in proportion. Its loss
// is the mean over examples, that of a head being weight x its own; with weighting = "uncertainty" furthermore weight x
// (exp(-s) L + s / 2), or of regress weight x (exp(-s) L / 2 + s / 2), where s is learnt: the logarithm of the variance
// of what the head cannot know.
class MultiTask : public TextTask {
 public:
  explicit MultiTask(const FinetuneConfig& config);
  ~MultiTask() override;

  Parameters& parameters() override { return encoder_->parameters(); }
  std::span<const std::int32_t> lengths() const override { return lengths_; }
  void begin_step(std::span<const std::vector<std::int64_t>> batches) override;
  torch::Tensor loss(std::span<const std::int64_t> batch) override;
  // NAME/VALUE of each head, and loss: the mean of the heads' by their weights, over heads that have examples.
  std::map<std::string, double> measure(Part part) override;
  TaskSummary summary() const override;
  std::string_view default_metric() const override { return "loss"; }
  // A classifier for each head in model/NAME, and where adapters were trained what PEFT loads in adapter/NAME, without
  // the head.
  void save(const std::filesystem::path& model, const std::filesystem::path& adapter) const override;

 private:
  struct Head;
  // Of each head, those of the examples that are its own, by its own numbers.
  std::vector<std::vector<std::int64_t>> by_head(std::span<const std::int64_t> batch) const;

  bool uncertain_;
  std::shared_ptr<TunedEncoder> encoder_;
  std::vector<Head> heads_;
  std::vector<std::int32_t> lengths_;
};

}  // namespace genre::trainer
