#include "genre/torch/trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/not_a_number.h"
#include "genre/base/random.h"
#include "genre/finetune/length_batches.h"
#include "genre/torch/autocast.h"
#include "genre/torch/heap.h"
#include "genre/torch/shared_step.h"
#include "genre/torch/step_rule.h"

namespace genre::trainer {
namespace fs = std::filesystem;
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The gradient that a step leaves: of the whole tensor, or of the rows that it read.
torch::Tensor gradient_of(const Parameter& parameter) {
  return parameter.rows.defined() ? parameter.rows.grad() : parameter.value.grad();
}

// Adds the gradients of `scale` times a loss.
void backward(const torch::Tensor& loss, double scale) { (scale == 1 ? loss : loss * scale).backward(); }

}  // namespace

Trainer::Trainer(Learner& learner, const OptimizerOptions& optimizer, TrainerOptions options, Hooks hooks)
    : learner_(learner),
      optimizer_options_(optimizer),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      alone_(options_.together == nullptr ? single_process() : nullptr),
      together_(options_.together == nullptr ? *alone_ : *options_.together),
      optimizer_(optimizer.build()),
      plateau_(optimizer.schedule),
      scale_(optimizer.scale),
      best_value_(kNan) {
  Parameters& parameters = learner.parameters();
  std::vector<std::string> names;  // of the whole model
  for (const Parameter& one : parameters.all())
    if (one.trained) names.push_back(one.name);
  expect_named(optimizer.groups, names);
  if (options_.pipeline.layers > 0) pipeline_.emplace(options_.pipeline, learner, together_);
  const double full_rate = optimizer.rate(options_.training);
  int deepest = 0;
  for (const Parameter& one : parameters.all()) deepest = std::max(deepest, one.depth);
  for (Parameter& one : parameters.all()) {
    if (!one.trained) continue;
    const std::int64_t cols = one.value.dim() > 1 ? one.value.size(-1) : one.value.numel();
    const ParameterGroupOptions group = group_of(optimizer.groups, one.name);
    Slot slot{.parameter = &one,
              .number = optimizer_->add(one.value.numel() / cols, cols),
              .rate_factor = std::pow(optimizer.layer_decay, deepest - one.depth),
              .weight_decay = one.decays ? group.weight_decay.value_or(optimizer.weight_decay) : 0,
              .average = {},
              .start = {}};
    if (group.learning_rate) slot.rate_factor *= *group.learning_rate / full_rate;
    const auto values = numbers_of(one.value);
    if (optimizer.ema > 0 || options_.swa > 0) slot.average.assign(values.begin(), values.end());
    if (options_.to_start > 0) slot.start.assign(values.begin(), values.end());
    slots_.push_back(std::move(slot));
  }
  const auto examples = static_cast<std::int64_t>(learner.lengths().size());
  const std::int64_t a_step = static_cast<std::int64_t>(options_.batch) * optimizer.accumulation * sharers();
  steps_an_epoch_ = (examples + a_step - 1) / a_step;
  steps_ = steps_an_epoch_ * options_.epochs;
  if (StepRule* const rule = parameters.rule()) rule->set_steps(steps_);
}

double Trainer::gradient_norm() {
  double squares = 0;
  for (const Slot& slot : slots_) {
    const torch::Tensor gradient = gradient_of(*slot.parameter);
    if (!gradient.defined()) continue;
    const double norm = gradient.norm().item<double>();
    squares += norm * norm;
  }
  if (pipeline_) together_.sum(std::span(&squares, 1));
  return std::sqrt(squares);
}

void Trainer::update(double rate, double scale) {
  torch::NoGradGuard no_graph;
  optimizer_->begin_step();
  for (Slot& slot : slots_) {
    Parameter& parameter = *slot.parameter;
    torch::Tensor gradient = gradient_of(parameter);
    if (!gradient.defined()) continue;
    gradient = gradient.contiguous();
    if (scale != 1) gradient.mul_(scale);
    if (!slot.start.empty()) {
      const bool rows = parameter.rows.defined();
      torch::Tensor start = torch::from_blob(slot.start.data(), parameter.value.sizes());
      if (rows) start = start.index_select(0, parameter.row_ids);
      gradient.add_((rows ? parameter.rows : parameter.value) - start, options_.to_start);
    }
    const UpdateRule rule{rate * slot.rate_factor, slot.weight_decay};
    const auto values = numbers_of(parameter.value);
    if (parameter.rows.defined() && optimizer_->updates_rows()) {
      const torch::Tensor ids = parameter.row_ids.contiguous();
      optimizer_->update_rows(slot.number, values,
                              {ids.data_ptr<std::int64_t>(), static_cast<std::size_t>(ids.numel())},
                              numbers_of(gradient), rule);
    } else {
      if (parameter.rows.defined())
        gradient = torch::zeros_like(parameter.value).index_copy_(0, parameter.row_ids, gradient);
      optimizer_->update(slot.number, values, numbers_of(gradient), rule);
    }
    const auto keep = static_cast<float>(optimizer_options_.ema);
    for (std::size_t i = 0; keep > 0 && i < slot.average.size(); ++i)
      slot.average[i] = keep * slot.average[i] + (1 - keep) * values[i];
  }
}

void Trainer::fail_at(double loss, std::int64_t first_example) const {
  throw Error(ErrorCode::kRuntime,
              "the " + std::string(std::isfinite(loss) ? "gradient" : "loss") + " of step " +
                  std::to_string(step_ + 1) + " (epoch " + std::to_string(step_ / steps_an_epoch_ + 1) + ", example " +
                  std::to_string(first_example) + " and its batch) is not finite",
              "lower optimizer.learning_rate" +
                  std::string(options_.bf16 ? ", or train with finetune.precision = \"fp32\"" : "") +
                  (scale_.factor() > 1 ? ", or optimizer.loss_scale" : "") + "; the last checkpoint is as it was",
              {.key = "optimizer.learning_rate"});
}

void Trainer::throw_no_room(const std::vector<std::int64_t>& batch, const std::string& why) const {
  std::int32_t longest = 0;
  for (const std::int64_t i : batch) longest = std::max(longest, learner_.lengths()[i]);
  throw Error(ErrorCode::kResources,
              "step " + std::to_string(step_ + 1) + ", " + std::to_string(batch.size()) + " examples of up to " +
                  std::to_string(longest) + " tokens, does not fit into the memory of " +
                  learner_.parameters().device().str() + ": " + why.substr(0, why.find('\n')),
              "lower finetune.batch and raise optimizer.accumulation, lower finetune.maximum_tokens, or set "
              "finetune.activations = \"recompute\"; the last checkpoint is as it was",
              {.key = "finetune.batch"});
}

double Trainer::add_gradients(std::span<const std::vector<std::int64_t>> batches) {
  double loss = 0, whole = 0;
  if (pipeline_) loss = pipeline_->add_gradients(batches, scale_.factor(), options_.bf16);
  for (const auto& batch : batches) whole += learner_.weight(batch);
  for (const auto& batch : batches) {
    if (pipeline_) break;
    const auto own = share_of(batch, together_.rank(), together_.count());
    if (own.empty()) continue;
    try {
      torch::Tensor of_batch;
      {
        const Autocast autocast(options_.bf16, learner_.parameters().device());
        of_batch = learner_.loss(own) * (learner_.weight(own) / whole);
      }
      backward(of_batch, scale_.factor());
      loss += of_batch.item<double>();
    } catch (const c10::OutOfMemoryError& error) {
      throw_no_room(own, error.what_without_backtrace());
    }
  }
  // What is no mean over examples counts once.
  if (StepRule* const rule = learner_.parameters().rule(); rule != nullptr && together_.first()) {
    if (const torch::Tensor penalty = rule->penalty(); penalty.defined()) {
      backward(penalty, scale_.factor());
      loss += penalty.item<double>();
    }
  }
  if (sharers() > 1) sum_gradients(together_, learner_.parameters());
  double sums[] = {loss, interrupted() ? 1.0 : 0.0};
  together_.sum(std::span<double>(sums));
  told_to_stop_ = sums[1] > 0;
  return sums[0];
}

double Trainer::train_step(std::span<const std::vector<std::int64_t>> batches, double rate, double& norm) {
  const std::string of_process = together_.first() ? "" : " of process " + std::to_string(together_.rank());
  torch::manual_seed(RandomStream(options_.seed, "noise of step " + std::to_string(step_ + 1) + of_process).next() >>
                     1);
  learner_.begin_step(batches);
  const double loss = add_gradients(batches);
  if (scale_.factor() != 1)
    for (const Slot& slot : slots_)
      if (torch::Tensor gradient = gradient_of(*slot.parameter); gradient.defined()) gradient.div_(scale_.factor());
  norm = gradient_norm();
  if (scale_.counts(/*overflow=*/std::isfinite(loss) && !std::isfinite(norm))) {
    if (!std::isfinite(loss) || !std::isfinite(norm)) fail_at(loss, batches.front().front());
    const double limit = optimizer_options_.clip;
    update(rate, limit > 0 && norm > limit ? limit / norm : 1);
    if (StepRule* const rule = learner_.parameters().rule()) rule->end_step(step_ + 1);
    weights_changed();
  }
  clear_gradients();
  return loss;
}

void Trainer::clear_gradients() {
  for (const Slot& slot : slots_) slot.parameter->value.mutable_grad() = torch::Tensor();
}

void Trainer::average_weights(std::int64_t epoch) {
  if (static_cast<double>(epoch) <= static_cast<double>(options_.epochs) * (1 - options_.swa)) return;
  ++averaged_;
  for (Slot& slot : slots_) {
    const auto values = numbers_of(slot.parameter->value);
    for (std::size_t i = 0; i < values.size(); ++i)
      slot.average[i] += (values[i] - slot.average[i]) / static_cast<float>(averaged_);
  }
}

void Trainer::swap_averages() {
  if (options_.swa > 0 && averaged_ == 0) return;
  for (Slot& slot : slots_) {
    if (slot.average.empty()) continue;
    const auto values = numbers_of(slot.parameter->value);
    std::swap_ranges(values.begin(), values.end(), slot.average.begin());
  }
  weights_changed();
}

void Trainer::weights_changed() {
  for (const Slot& slot : slots_) learner_.parameters().changed(slot.parameter->name);
}

void Trainer::measure(std::int64_t epoch) {
  swap_averages();
  if (pipeline_) pipeline_->collect_weights();
  const auto values =
      of_first(together_, together_.first() ? learner_.measure(Part::kValid) : std::map<std::string, double>());
  const auto found = values.find(options_.metric);
  if (found == values.end())
    throw Error(ErrorCode::kConfig, "the task does not measure '" + options_.metric + "'", "",
                {.key = "finetune.metric"});
  const double value = found->second;
  const double sign = lower_is_better(options_.metric) ? -1 : 1;
  plateau_.measured(sign * value);
  const StepRule* const rule = learner_.parameters().rule();
  const bool candidate = rule == nullptr || rule->settled(step_);
  // Without a validation part the last weights are the best that is known.
  if (candidate && (!std::isfinite(value) || !std::isfinite(best_value_) || sign * value > sign * best_value_)) {
    best_value_ = value;
    best_step_ = step_;
    best_ = values;
    epochs_since_best_ = 0;
    if (together_.first() || pipeline_) save(best_file(), Contents::kWeights);
  } else if (candidate) {
    ++epochs_since_best_;
  }
  swap_averages();
  stopped_early_ = options_.patience > 0 && epochs_since_best_ >= options_.patience && epoch < options_.epochs;
  if (hooks_.measured) hooks_.measured(step_, values);
}

Outcome Trainer::run() {
  auto saved_at = std::chrono::steady_clock::now();
  const auto checkpoint_now = [&] {
    checkpoint();
    saved_at = std::chrono::steady_clock::now();
    if (hooks_.saved) hooks_.saved(step_);
  };
  const double full_rate = optimizer_options_.rate(options_.training);
  while (step_ < steps_ && !stopped_early_) {
    const std::int64_t epoch = step_ / steps_an_epoch_;
    const auto batches = length_batches(learner_.lengths(), options_.batch * sharers(), options_.seed, epoch);
    while (step_ < (epoch + 1) * steps_an_epoch_) {
      const auto start = std::chrono::steady_clock::now();
      const auto first = static_cast<std::size_t>((step_ - epoch * steps_an_epoch_) * optimizer_options_.accumulation);
      const auto count = std::min<std::size_t>(optimizer_options_.accumulation, batches.size() - first);
      const double rate =
          full_rate * plateau_.factor() * schedule_factor(optimizer_options_.schedule, step_ + 1, steps_);
      double norm = 0;
      const double scale = scale_.factor();
      double loss = 0;
      try {
        loss = train_step(std::span(batches).subspan(first, count), rate, norm);
      } catch (const LostProcess& lost) {
        if (pipeline_) throw;  // half of the model is gone: the last checkpoint counts
        checkpoint_now();      // no weight has moved in this step
        throw LostProcess(lost.code(), lost.message(),
                          "there is a checkpoint of step " + std::to_string(step_) + "; " + lost.hint());
      }
      ++step_;
      for (std::size_t b = first; b < first + count; ++b) examples_ += static_cast<std::int64_t>(batches[b].size());
      seconds_ += seconds_since(start);
      if (hooks_.step)
        hooks_.step({step_, steps_, epoch + 1, loss, rate, norm, scale, static_cast<double>(examples_) / seconds_,
                     seconds_ / static_cast<double>(step_) * static_cast<double>(steps_ - step_)});
      if (step_ == (epoch + 1) * steps_an_epoch_) {
        if (options_.swa > 0) average_weights(epoch + 1);
        measure(epoch + 1);
      }
      if (told_to_stop_) {
        checkpoint_now();
        throw Error(ErrorCode::kInterrupted, "interrupted", "go on from the checkpoint");
      }
      bool due = step_ == steps_ || stopped_early_ || seconds_since(saved_at) > options_.checkpoint_minutes * 60 ||
                 (options_.checkpoint_steps > 0 && step_ % options_.checkpoint_steps == 0);
      if (pipeline_) due = !together_.of_first(due ? "due" : "").empty();
      if (due) checkpoint_now();
    }
  }
  clear_gradients();
  release_free_memory();  // what steps left in the heap, before a file of weights is read beside it
  if (together_.first() || pipeline_) load(best_file());
  if (pipeline_) pipeline_->collect_weights();
  return {step_,         best_step_, best_value_,
          best_,         seconds_,   static_cast<double>(examples_) / std::max(seconds_, 1e-9),
          stopped_early_};
}

std::vector<RatePoint> Trainer::sweep(double low, double high, int steps) {
  constexpr double kBurst = 4;  // times the least smoothed loss
  std::vector<RatePoint> out;
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < steps; ++i) {
    throw_if_interrupted();
    const std::int64_t epoch = step_ / steps_an_epoch_;
    const auto batches = length_batches(learner_.lengths(), options_.batch, options_.seed, epoch);
    const auto first = static_cast<std::size_t>((step_ - epoch * steps_an_epoch_) * optimizer_options_.accumulation);
    const auto count = std::min<std::size_t>(optimizer_options_.accumulation, batches.size() - first);
    const double rate = low * std::pow(high / low, steps > 1 ? static_cast<double>(i) / (steps - 1) : 0);
    double norm = 0, loss = 0;
    try {
      loss = train_step(std::span(batches).subspan(first, count), rate, norm);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kRuntime || out.size() < 3) throw;
      break;
    }
    ++step_;
    out.push_back({rate, loss});
    const double smooth = smoothed_losses(out).back();
    least = std::min(least, smooth);
    if (smooth > kBurst * least && out.size() > 10) break;
    if (hooks_.step) hooks_.step({step_, steps, epoch + 1, loss, rate, norm, scale_.factor(), 0, 0});
  }
  return out;
}

}  // namespace genre::trainer
