// The training loop, one for everything that is trained here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "genre/optim/optimizer.h"
#include "genre/optim/rate_sweep.h"
#include "genre/parallel/processes.h"
#include "genre/torch/learner.h"
#include "genre/torch/memory_plan.h"
#include "genre/torch/pipeline.h"

namespace genre::trainer {

struct TrainerOptions {
  int epochs = 3;
  int batch = 16;  // examples of a batch, of each process
  std::uint64_t seed = 7;
  bool bf16 = false;                // products in bf16; parameters and their updates stay fp32
  std::string metric = "accuracy";  // of measure(); decides which weights are kept
  int patience = 0;                 // epochs without a better value before the end; 0: all epochs
  double checkpoint_minutes = 5;
  int checkpoint_steps = 0;  // 0: by minutes alone
  Training training = Training::kFineTuning;
  double to_start = 0;  // as RegularisationOptions has them
  double swa = 0;
  std::string digest;            // of the configuration; a checkpoint of another one is refused
  std::filesystem::path folder;  // of last.safetensors and best.safetensors
  // That train together, each its share of every batch, and take the steps of one process whose batch is as large as
  // theirs together. The first alone measures and writes. Null: this process alone.
  Processes* together = nullptr;
  PipelineOptions pipeline;  // with layers: two processes train half of the model each, on the whole of every batch
};

struct Progress {
  std::int64_t step = 0, steps = 0, epoch = 0;
  double loss = 0, learning_rate = 0, gradient_norm = 0;  // of the step
  double loss_scale = 1;
  double examples_per_second = 0, seconds_left = 0;
};

struct Hooks {
  std::function<void(const Progress&)> step;                                              // after each step
  std::function<void(std::int64_t step, const std::map<std::string, double>&)> measured;  // the validation part
  std::function<void(std::int64_t step)> saved;                                           // a checkpoint
};

struct Outcome {
  std::int64_t steps = 0, best_step = 0;
  double best_value = 0;                        // NaN without a validation part; then the last weights are kept
  std::map<std::string, double> best;           // all values of the validation part at best_step
  double seconds = 0, examples_per_second = 0;  // of training steps alone
  bool stopped_early = false;
};

class Trainer {
 public:
  // Throws Error(kConfig) for a metric that the learner does not measure, and for a pattern of the optimizer's groups
  // that is the name of no parameter that is trained.
  // Learner and optimizer outlive it.
  Trainer(Learner& learner, const OptimizerOptions& optimizer, TrainerOptions options, Hooks hooks = {});
  Trainer(Learner&, const OptimizerOptions&&, TrainerOptions, Hooks = {}) = delete;

  // Goes on from folder/last.safetensors, whose step it returns, to the bits that an uninterrupted training would have.
  // Throws Error(kNotFound), or Error(kData) for a checkpoint that is damaged, of another configuration or of another
  // model.
  std::int64_t resume();

  // What the training will take, from steps of a part of a batch; call it before run(). Nothing of what is trained
  // changes.
  MemoryPlan plan();

  // Trains to the end and leaves the best weights in the learner. Throws Error(kInterrupted) after a checkpoint when a
  // signal came, and Error(kRuntime) with step and batch for a loss or gradient that is not finite and that the scale
  // of the loss does not explain; the last checkpoint then stays, as behind Error(kResources) for a batch that the
  // memory of the device does not hold. Throws LostProcess after a checkpoint where another
  // process has ended.
  Outcome run();

  // Takes `steps` steps at rates that rise from `low` to `high` by one factor, and returns the loss of each; ends where
  // a loss is no longer finite or far above the least. The weights are of no use afterwards. Throws
  // Error(kInterrupted).
  std::vector<RatePoint> sweep(double low, double high, int steps);

  std::int64_t steps() const { return steps_; }  // of the whole training

 private:
  struct Slot {
    Parameter* parameter;
    int number;  // in the optimizer
    double rate_factor, weight_decay;
    std::vector<float> average;  // of the weights; empty without ema and swa
    std::vector<float> start;    // the weights at the start; empty where nothing draws them there
  };
  double train_step(std::span<const std::vector<std::int64_t>> batches, double rate, double& norm);
  std::int64_t peak_of_step(const std::vector<std::int64_t>& batch);
  std::int64_t peak_of_measuring(const std::vector<std::int64_t>& batch);
  void clear_gradients();
  // Processes that share a batch out.
  int sharers() const { return pipeline_ ? 1 : together_.count(); }
  void checkpoint() const;
  // Where this process keeps what it knows of step `step`, and its best weights.
  std::filesystem::path own_file(std::int64_t step) const;
  std::filesystem::path best_file() const;
  double gradient_norm();
  // Adds the gradients of a whole step, of all processes, and returns its loss.
  double add_gradients(std::span<const std::vector<std::int64_t>> batches);
  [[noreturn]] void throw_no_room(const std::vector<std::int64_t>& batch, const std::string& why) const;
  void fail_at(double loss, std::int64_t first_example) const;
  void update(double rate, double scale);
  // The weights of an epoch's end join their average.
  void average_weights(std::int64_t epoch);
  void measure(std::int64_t epoch);
  enum class Contents { kWeights, kEverything };
  void save(const std::filesystem::path& path, Contents contents) const;
  void load(const std::filesystem::path& path);
  void swap_averages();
  void weights_changed();

  Learner& learner_;
  const OptimizerOptions& optimizer_options_;
  TrainerOptions options_;
  Hooks hooks_;
  std::unique_ptr<Processes> alone_;
  Processes& together_;
  std::optional<Pipeline> pipeline_;
  std::unique_ptr<Optimizer> optimizer_;
  Plateau plateau_;
  LossScale scale_;
  std::vector<Slot> slots_;
  std::int64_t steps_ = 0, steps_an_epoch_ = 0;

  // What a checkpoint holds beside tensors.
  std::int64_t step_ = 0, best_step_ = 0, epochs_since_best_ = 0, examples_ = 0, averaged_ = 0;
  double best_value_, seconds_ = 0;
  std::map<std::string, double> best_;
  bool stopped_early_ = false;

  bool told_to_stop_ = false;  // one of the processes was, as all of them know behind a step
};

}  // namespace genre::trainer
