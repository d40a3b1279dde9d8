// Optimizers: what a gradient does to a tensor. They work on plain memory and know no framework; the trainer owns the
// tensors, and an optimizer the state that it keeps of each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "genre/config/fields.h"
#include "genre/optim/loss_scale.h"
#include "genre/optim/parameter_groups.h"
#include "genre/optim/schedule.h"

namespace genre {

struct UpdateRule {
  double learning_rate = 0;
  double weight_decay = 0;  // 0 for norms and biases
};

// Not thread-safe; an update uses the global pool and gives the same bits whatever the number of threads.
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Makes room for the state of a tensor (R x C, row-major; a vector has one row) and numbers it.
  virtual int add(std::int64_t rows, std::int64_t cols) = 0;

  // Steps count from 1; every update belongs to the step that was begun last.
  void begin_step() { ++step_; }
  std::int64_t step() const { return step_; }

  // Changes `values` by `gradient`, both R x C of that tensor.
  virtual void update(int tensor, std::span<float> values, std::span<const float> gradient, const UpdateRule& rule) = 0;

  // Whether update_rows works: where a row's update reads nothing but the row.
  virtual bool updates_rows() const { return false; }
  // Changes the named rows alone (distinct, of an R x C tensor) by their gradients (rows.size() x C); other rows keep
  // values and state, as though their gradient were not known rather than zero.
  virtual void update_rows(int tensor, std::span<float> values, std::span<const std::int64_t> rows,
                           std::span<const float> gradient, const UpdateRule& rule);

  // Everything that goes on to the next step beside step(), by name; the names and sizes follow from the tensors that
  // were added, so that a checkpoint can be read back into the spans.
  struct State {
    std::string name;  // "first_moment.3"
    std::span<float> values;
  };
  virtual std::vector<State> states() = 0;
  void set_step(std::int64_t step) { step_ = step; }

 protected:
  std::int64_t step_ = 0;
};

// Learning rates that people use: outside [low, high] a training rarely works.
struct LearningRates {
  double usual, low, high;
};

// What is trained: usual rates differ by it.
enum class Training { kFineTuning, kAdapter, kFromScratch };

// The [optimizer] table: what all optimizers share; each adds its own.
class OptimizerOptions : public config::NamedOptions {
 public:
  std::optional<double> learning_rate;  // absent: the optimizer's usual one
  double weight_decay = 0.01;
  double clip = 1.0;       // largest norm of all gradients together; 0: no limit
  int accumulation = 1;    // batches whose mean gradient makes one step
  double layer_decay = 1;  // each layer below the top learns by this factor slower
  double ema = 0;          // decay of the running average of the weights; 0: none
  std::vector<ParameterGroupOptions> groups;
  ScheduleOptions schedule;
  LossScaleOptions scale;

  void fields(config::Fields& f) override;
  virtual std::unique_ptr<Optimizer> build() const = 0;
  virtual LearningRates learning_rates(Training training) const = 0;
  // The configured rate or the usual one.
  double rate(Training training) const { return learning_rate.value_or(learning_rates(training).usual); }
};

// sgd, adam, adamw, adafactor, lamb, lion.
std::vector<config::Alternative> optimizer_alternatives();

}  // namespace genre
