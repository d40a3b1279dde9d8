#include "genre/torch/multi_task.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "genre/lm/catalogue.h"
#include "genre/torch/classification.h"
#include "genre/torch/multi_label.h"
#include "genre/torch/regression.h"

namespace genre::trainer {
namespace fs = std::filesystem;

struct MultiTask::Head {
  std::string name;
  double weight;
  bool numbers;  // regress
  std::unique_ptr<LabelledTask> task;
  std::int64_t first;  // of its training examples among all
};

namespace {

std::string log_variance(const std::string& head) { return "heads." + head + ".log_variance"; }

std::unique_ptr<LabelledTask> make_head(const FinetuneConfig& config, const HeadOptions& head,
                                        const std::shared_ptr<TunedEncoder>& encoder) {
  FinetuneConfig own = config;
  own.finetune.task = head.task;
  own.finetune.examples = head.examples;
  own.finetune.heads.clear();
  const SharedEncoder shared{encoder, "heads." + head.name + "."};
  if (head.task == "multi_label") return std::make_unique<MultiLabel>(own, shared);
  if (head.task == "regress") return std::make_unique<Regression>(own, shared);
  return std::make_unique<Classification>(own, shared);
}

}  // namespace

MultiTask::MultiTask(const FinetuneConfig& config) : uncertain_(config.finetune.weighting == "uncertainty") {
  torch::manual_seed(config.training_seed());
  const ClassifierConfig model = read_classifier_config(resolve_model(config.lm.model));
  encoder_ = std::make_shared<TunedEncoder>(config, model.encoder, std::vector<TokenSequence>());
  for (const HeadOptions& head : config.finetune.heads) {
    const auto first = static_cast<std::int64_t>(lengths_.size());
    heads_.push_back({head.name, head.weight, head.task == "regress", make_head(config, head, encoder_), first});
    const auto own = heads_.back().task->lengths();
    lengths_.insert(lengths_.end(), own.begin(), own.end());
    if (!uncertain_) continue;
    encoder_->add_head(log_variance(head.name), torch::zeros({1}));
    parameters().parameter(log_variance(head.name)).saved = false;
  }
  encoder_->choose_trained();
}

MultiTask::~MultiTask() = default;

std::vector<std::vector<std::int64_t>> MultiTask::by_head(std::span<const std::int64_t> batch) const {
  std::vector<std::vector<std::int64_t>> out(heads_.size());
  for (const std::int64_t i : batch) {
    std::size_t h = heads_.size() - 1;
    while (heads_[h].first > i) --h;
    out[h].push_back(i - heads_[h].first);
  }
  return out;
}

void MultiTask::begin_step(std::span<const std::vector<std::int64_t>> batches) {
  std::vector<std::int64_t> read;
  for (const auto& batch : batches) {
    const auto own = by_head(batch);
    for (std::size_t h = 0; h < heads_.size(); ++h) {
      const auto texts = heads_[h].task->texts_of(own[h]);
      read.insert(read.end(), texts.begin(), texts.end());
    }
  }
  encoder_->begin_step(read);
}

torch::Tensor MultiTask::loss(std::span<const std::int64_t> batch) {
  const auto own = by_head(batch);
  torch::Tensor sum = torch::zeros({}, parameters().device());
  for (std::size_t h = 0; h < heads_.size(); ++h) {
    if (own[h].empty()) continue;
    const Head& head = heads_[h];
    const double share = static_cast<double>(own[h].size()) / static_cast<double>(batch.size());
    torch::Tensor one = head.task->loss(own[h]);
    if (uncertain_) {
      const torch::Tensor s = parameters().on_device(log_variance(head.name)).squeeze();
      one = torch::exp(-s) * one * (head.numbers ? 0.5 : 1) + s / 2;
    }
    sum = sum + one * (share * head.weight);
  }
  return sum;
}

std::map<std::string, double> MultiTask::measure(Part part) {
  std::map<std::string, double> out;
  double loss = 0, weights = 0;
  for (const Head& head : heads_) {
    const auto values = head.task->measure(part);
    for (const auto& [name, value] : values) out[head.name + "/" + name] = value;
    if (!std::isfinite(values.at("loss"))) continue;
    loss += head.weight * values.at("loss");
    weights += head.weight;
  }
  out["loss"] = weights > 0 ? loss / weights : std::numeric_limits<double>::quiet_NaN();
  return out;
}

TaskSummary MultiTask::summary() const {
  TaskSummary out;
  for (const Head& head : heads_) {
    const TaskSummary own = head.task->summary();
    out.train += own.train;
    out.valid += own.valid;
    out.test += own.test;
    out.labels += own.labels;
  }
  out.mean_tokens = encoder_->mean_tokens();
  return out;
}

void MultiTask::save(const fs::path& model, const fs::path& adapter) const {
  for (const Head& head : heads_) head.task->save(model / head.name, adapter / head.name);
}

}  // namespace genre::trainer
