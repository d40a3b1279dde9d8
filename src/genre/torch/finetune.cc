#include "genre/torch/finetune.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "genre/base/machine_memory.h"
#include "genre/base/process.h"
#include "genre/base/thread_pool.h"
#include "genre/finetune/options.h"
#include "genre/lm/catalogue.h"
#include "genre/torch/device.h"
#include "genre/torch/text_task.h"
#include "genre/torch/threads.h"
#include "genre/torch/trainer.h"
#include "genre/track/model_card.h"
#include "genre/track/training_log.h"

namespace genre::trainer {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;
using Events = std::function<void(const std::string& event, const OrderedJson& fields)>;

OrderedJson numbers(const std::map<std::string, double>& values) {
  OrderedJson out = OrderedJson::object();
  for (const auto& [name, value] : values) out[name] = std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
  return out;
}

Hooks hooks(const FinetuneConfig& config, TrainingLog& log, const Events& event) {
  const bool scaled = config.optimizer_options().scale.loss_scale_interval > 0;
  auto last = std::make_shared<std::chrono::steady_clock::time_point>();
  Hooks out;
  out.step = [last, scaled, &log, &event](const Progress& now) {
    log.log(now.step, "train", "loss", now.loss);
    log.log(now.step, "train", "learning_rate", now.learning_rate);
    log.log(now.step, "train", "gradient_norm", now.gradient_norm);
    if (scaled) log.log(now.step, "train", "loss_scale", now.loss_scale);
    const auto time = std::chrono::steady_clock::now();
    if (now.step < now.steps && time - *last < std::chrono::milliseconds(200)) return;
    *last = time;
    event("progress", {{"step", now.step},
                       {"steps", now.steps},
                       {"epoch", now.epoch},
                       {"loss", now.loss},
                       {"learning_rate", now.learning_rate},
                       {"samples_per_second", now.examples_per_second},
                       {"seconds_left", now.seconds_left},
                       {"resident_bytes", resident_bytes()}});
  };
  out.measured = [&log, &event](std::int64_t step, const std::map<std::string, double>& values) {
    for (const auto& [name, value] : values) log.log(step, "valid", name, value);
    event("measured", {{"step", step}, {"part", "valid"}, {"values", numbers(values)}});
  };
  out.saved = [&event](std::int64_t step) { event("checkpoint", {{"step", step}}); };
  return out;
}

// Name and licence as the catalogue has them, else as the model's folder has.
BaseModel base_model(const std::string& name) {
  for (const auto& one : catalogue_models())
    if (one.name == name) return {one.repository, one.licence};
  if (const auto added = find_registered_model(name)) return {name, added->licence};
  return {fs::path(name).filename().string(), licence_of_card(name)};
}

TrainingSubject subject(const FinetuneConfig& config, TextTask& learner, const std::string& metric,
                        std::int64_t trained, std::int64_t steps) {
  const TaskSummary summary = learner.summary();
  TrainingSubject out{.task = config.finetune.task,
                      .base = base_model(config.lm.model),
                      .sources = {},
                      .examples = {{"train", summary.train}, {"valid", summary.valid}, {"test", summary.test}},
                      .labels = summary.labels,
                      .mean_tokens = summary.mean_tokens,
                      .maximum_tokens = config.finetune.maximum_tokens,
                      .metric = metric,
                      .trained_parameters = trained,
                      .total_parameters = learner.parameters().count(),
                      .steps = steps,
                      .configuration = config.digest_values()};
  std::vector<ExampleSourceOptions> sources = config.finetune.examples;
  for (const HeadOptions& head : config.finetune.heads)
    sources.insert(sources.end(), head.examples.begin(), head.examples.end());
  for (const auto& source : sources)
    out.sources.push_back(source.format == "postgresql" ? "a PostgreSQL query"
                                                        : fs::path(source.path).filename().string());
  return out;
}

void warn_of_rates(const FinetuneConfig& config) {
  const OptimizerOptions& optimizer = config.optimizer_options();
  const LearningRates usual = optimizer.learning_rates(config.training());
  std::vector<double> rates = {optimizer.rate(config.training())};
  for (const ParameterGroupOptions& group : optimizer.groups)
    if (group.learning_rate) rates.push_back(*group.learning_rate);
  for (const double rate : rates)
    if (rate < usual.low || rate > usual.high)
      std::fprintf(stderr, "warning: a learning rate of %g is outside what %s usually takes here, %g to %g\n", rate,
                   std::string(optimizer.name()).c_str(), usual.low, usual.high);
}

TrainerOptions trainer_options(const FinetuneConfig& config, const TextTask& learner, const fs::path& folder,
                               Processes* together) {
  const std::string metric =
      config.finetune.metric.empty() ? std::string(learner.default_metric()) : config.finetune.metric;
  return {.epochs = config.finetune.epochs,
          .batch = config.finetune.batch,
          .seed = config.training_seed(),
          .bf16 = config.finetune.precision == "bf16",
          .metric = metric,
          .patience = config.finetune.patience,
          .checkpoint_minutes = config.finetune.checkpoint_minutes,
          .checkpoint_steps = config.finetune.checkpoint_steps,
          .training = config.training(),
          .to_start = config.finetune.regularisation.to_start,
          .swa = config.finetune.regularisation.swa,
          .digest = config.digest(),
          .folder = folder / "checkpoints",
          .together = together,
          .pipeline = together != nullptr ? config.finetune.pipeline : PipelineOptions()};
}

OrderedJson start_fields(const FinetuneConfig& config, TextTask& learner, const fs::path& folder, std::int64_t trained,
                         std::int64_t step, std::int64_t steps, int processes) {
  const TaskSummary summary = learner.summary();
  return {{"run", folder.string()},
          {"task", config.finetune.task},
          {"train", summary.train},
          {"valid", summary.valid},
          {"test", summary.test},
          {"labels", summary.labels},
          {"mean_tokens", summary.mean_tokens},
          {"frozen_layers", config.finetune.frozen_layers},
          {"trainable_parameters", trained},
          {"total_parameters", learner.parameters().count()},
          {"step", step},
          {"steps", steps},
          {"processes", processes},
          {"device", learner.parameters().device().str()}};
}

}  // namespace

namespace {

// Threads of each process where several share the machine; 0: all cores.
int threads_of(const FinetuneConfig& config, const Processes& together) {
  if (together.here() == 1) return config.threads;
  const int all = config.threads > 0 ? config.threads : static_cast<int>(std::thread::hardware_concurrency());
  return std::max(1, all / together.here());
}

OrderedJson plan_fields(const MemoryPlan& plan) {
  return {{"peak_bytes", plan.peak()},
          {"base_bytes", plan.base},
          {"parameter_bytes", plan.parameters},
          {"gradient_bytes", plan.gradients},
          {"optimizer_bytes", plan.optimizer},
          {"average_bytes", plan.averages},
          {"activation_bytes", plan.activations},
          {"hole_bytes", plan.holes},
          {"start_bytes", plan.start},
          {"step_bytes", plan.step},
          {"measuring_bytes", plan.measuring},
          {"end_bytes", plan.end},
          {"batch", plan.examples},
          {"longest", plan.longest}};
}

std::string gigabytes(std::int64_t bytes) {
  char out[32];
  std::snprintf(out, sizeof out, "%.2f GB", static_cast<double>(bytes) / 1e9);
  return out;
}

// All processes of this machine take what one does.
void expect_room(const FinetuneConfig& config, const MemoryPlan& plan, int processes) {
  const FinetuneOptions& options = config.finetune;
  const std::int64_t others = (processes - 1) * resident_bytes(),
                     limit = options.memory_limit > 0 ? std::int64_t{options.memory_limit} * 1'000'000
                                                      : attainable_bytes() + (attainable_bytes() > 0 ? others : 0);
  if (limit == 0 || plan.peak() * processes <= limit) return;
  const bool by_batch = plan.step == plan.peak() && plan.activations > plan.step / 3;
  const std::string several = processes > 1 ? std::to_string(processes) + " processes would take " : "it would take ";
  throw Error(ErrorCode::kResources,
              "the training does not fit: " + several + gigabytes(plan.peak() * processes) + ", " +
                  gigabytes(plan.activations) + " of it for the activations of " + std::to_string(plan.examples) +
                  " examples of up to " + std::to_string(plan.longest) + " tokens, and there are " + gigabytes(limit),
              by_batch ? "lower finetune.batch and raise optimizer.accumulation, lower finetune.maximum_tokens, or set "
                         "finetune.activations = \"recompute\"; finetune.memory_limit sets another limit"
                       : "train less of the model, as with finetune.tune = \"lora\", or take optimizer.name = "
                         "\"adafactor\"; finetune.memory_limit sets another limit",
              {.key = by_batch ? "finetune.batch" : "finetune.tune"});
}

// Waits for all of them: the first has more to do, and MPI's own end would wait awake.
void meet(Processes& together) {
  double nothing = 0;
  together.sum(std::span(&nothing, 1));
}

std::unique_ptr<TextTask> make_task(const FinetuneConfig& config, int process = 0) {
  const torch::Device device = find_device(config.finetune.device, process);
  std::unique_ptr<TextTask> out = make_text_task(config);
  out->set_device(device);
  return out;
}

// What a process does beside the first, which has the log and the last word.
void follow(const FinetuneConfig& config, const fs::path& folder, Start start, Processes& together) {
  const std::unique_ptr<TextTask> task = make_task(config, together.rank());
  Trainer training(*task, config.optimizer_options(), trainer_options(config, *task, folder, &together));
  if (start == Start::kResume) training.resume();
  training.run();
  meet(together);
}

}  // namespace

void finetune(const fs::path& folder, Start start, Processes& together, const Events& event) {
  const FinetuneConfig config = read_finetune_config(folder / "config.toml");
  const int threads = threads_of(config, together);
  set_global_threads(threads);
  set_threads(threads);
  if (!together.first()) return follow(config, folder, start, together);
  TrainingLog log(RunFolder::open(folder), config.track);
  warn_of_rates(config);
  if (config.finetune.task == "contrastive" && config.finetune.contrastive.hard_negatives > 0)
    std::fprintf(stderr, "first, hard negatives are looked for\n");
  const std::unique_ptr<TextTask> task = make_task(config);
  TextTask& learner = *task;
  const TrainerOptions options = trainer_options(config, learner, folder, &together);
  const std::string& metric = options.metric;
  const std::int64_t trained = learner.parameters().trained_count();  // before processes divide them
  Trainer training(learner, config.optimizer_options(), options, hooks(config, log, event));
  const std::int64_t step = start == Start::kResume ? training.resume() : 0;
  log.start(subject(config, learner, metric, trained, training.steps()), step);
  event("start", start_fields(config, learner, folder, trained, step, training.steps(), together.count()));
  MemoryPlan plan;  // of a whole model
  if (config.finetune.pipeline.layers == 0) {
    plan = training.plan();
    event("plan", plan_fields(plan));
    expect_room(config, plan, together.here());
  }
  const Outcome outcome = training.run();
  const auto test = learner.measure(Part::kTest);
  for (const auto& [name, value] : test) log.log(outcome.best_step, "test", name, value);
  learner.save(folder / "model", folder / "adapter");
  meet(together);
  log.finish({.best_step = outcome.best_step,
              .steps = outcome.steps,
              .seconds = outcome.seconds,
              .examples_per_second = outcome.examples_per_second,
              .stopped_early = outcome.stopped_early});
  event("done",
        {{"run", folder.string()},
         {"task", config.finetune.task},
         {"model", (folder / "model").string()},
         {"report", (folder / "report.html").string()},
         {"best",
          {{"step", outcome.best_step},
           {"metric", metric},
           {"value", std::isfinite(outcome.best_value) ? OrderedJson(outcome.best_value) : OrderedJson(nullptr)}}},
         {"valid", numbers(outcome.best)},
         {"test", numbers(test)},
         {"steps", outcome.steps},
         {"stopped_early", outcome.stopped_early},
         {"trainable_parameters", trained},
         {"total_parameters", learner.parameters().count()},
         {"seconds", outcome.seconds},
         {"samples_per_second", outcome.examples_per_second},
         {"planned_bytes", plan.peak()},
         {"peak_bytes", peak_resident_bytes()}});
}

void plan_finetuning(const fs::path& folder, const Events& event) {
  const FinetuneConfig config = read_finetune_config(folder / "config.toml");
  set_threads(config.threads);
  const std::unique_ptr<TextTask> learner = make_task(config);
  Trainer training(*learner, config.optimizer_options(), trainer_options(config, *learner, folder, nullptr));
  event("start", start_fields(config, *learner, folder, learner->parameters().trained_count(), 0, training.steps(),
                              /*processes=*/1));
  OrderedJson fields = plan_fields(training.plan());
  fields["attainable_bytes"] = attainable_bytes();
  event("done", fields);
}

void find_learning_rate(const fs::path& folder, int steps, const Events& event) {
  const FinetuneConfig config = read_finetune_config(folder / "config.toml");
  set_threads(config.threads);
  for (const ParameterGroupOptions& group : config.optimizer_options().groups)
    if (group.learning_rate)
      throw Error(ErrorCode::kConfig, "a group has a rate of its own, and the sweep finds one for all",
                  "leave its learning_rate out for the sweep", {.key = "optimizer.groups"});
  const std::unique_ptr<TextTask> learner = make_task(config);
  Hooks hooks;
  hooks.step = [&](const Progress& now) {
    event("progress", {{"step", now.step},
                       {"steps", now.steps},
                       {"loss", now.loss},
                       {"learning_rate", now.learning_rate},
                       {"samples_per_second", 0.0}});
  };
  Trainer training(*learner, config.optimizer_options(), trainer_options(config, *learner, folder, nullptr), hooks);
  event("start",
        start_fields(config, *learner, folder, learner->parameters().trained_count(), 0, steps, /*processes=*/1));
  const std::vector<RatePoint> points = training.sweep(kLowestRate, kHighestRate, steps);
  const std::vector<double> smooth = smoothed_losses(points);
  const SuggestedRate suggested = suggest_rate(points);
  OrderedJson curve = OrderedJson::array();
  for (std::size_t i = 0; i < points.size(); ++i)
    curve.push_back({{"rate", points[i].rate}, {"loss", points[i].loss}, {"smoothed", smooth[i]}});
  event("done", {{"optimizer", config.optimizer_options().name()},
                 {"suggested", std::isfinite(suggested.rate) ? OrderedJson(suggested.rate) : OrderedJson(nullptr)},
                 {"lowest", suggested.lowest},
                 {"curve", curve}});
}

}  // namespace genre::trainer
