#include "genre/torch/memory_plan.h"

#include <torch/torch.h>

#include <algorithm>

#include "genre/base/machine_memory.h"
#include "genre/base/process.h"
#include "genre/finetune/length_batches.h"
#include "genre/torch/allocation_count.h"
#include "genre/torch/autocast.h"
#include "genre/torch/heap.h"
#include "genre/torch/shared_step.h"
#include "genre/torch/step_rule.h"
#include "genre/torch/trainer.h"

namespace genre::trainer {
namespace {

// Freed tensors leave holes that others do not fit, and products take room that no tensor has. Measured by
// bench/memory_plan.py; a small training has little of either.
constexpr std::int64_t kMostHoles = 65'000'000;

// Of a line through two points at `to`; never below the second.
double drawn_out(double first, double at_first, double second, double at_second, double to) {
  if (second <= first) return at_second;
  const double slope = std::max(0.0, (at_second - at_first) / (second - first));
  return at_second + slope * std::max(0.0, to - second);
}

// `count` of a batch that lies in order of length, spread over it, the longest among them.
std::vector<std::int64_t> spread(const std::vector<std::int64_t>& batch, std::size_t count) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 1; i <= count; ++i) out.push_back(batch[i * batch.size() / count - 1]);
  return out;
}

}  // namespace

std::int64_t MemoryPlan::peak() const { return std::max({start, step, measuring, end}); }

std::int64_t Trainer::peak_of_step(const std::vector<std::int64_t>& batch) {
  torch::manual_seed(0);
  const AllocationCount count;
  const std::vector<std::vector<std::int64_t>> batches = {batch};
  learner_.begin_step(batches);
  // Gradients of the batches before wait while another one is computed.
  for (int again = 0; again < std::min(2, optimizer_options_.accumulation); ++again) {
    torch::Tensor loss;
    {
      const Autocast autocast(options_.bf16, learner_.parameters().device());
      loss = learner_.loss(batch);
    }
    loss.backward();
  }
  if (StepRule* const rule = learner_.parameters().rule())
    if (const torch::Tensor penalty = rule->penalty(); penalty.defined()) penalty.backward();
  clear_gradients();
  return count.peak();
}

std::int64_t Trainer::peak_of_measuring(const std::vector<std::int64_t>& batch) {
  const torch::NoGradGuard no_graph;
  const AllocationCount count;
  learner_.loss(batch);
  return count.peak();
}

MemoryPlan Trainer::plan() {
  MemoryPlan out;
  std::vector<std::int64_t> largest;
  double most = -1;
  const auto lengths = learner_.lengths();
  for (std::int64_t epoch = 0; epoch < options_.epochs; ++epoch)
    for (const auto& batch : length_batches(lengths, options_.batch * together_.count(), options_.seed, epoch)) {
      const auto own = share_of(batch, 0, together_.count());
      if (own.empty()) continue;
      const double longest = lengths[*std::ranges::max_element(own, {}, [&](std::int64_t i) { return lengths[i]; })];
      const double square = static_cast<double>(own.size()) * longest * (longest + 1e4);  // a row of states, of scores
      if (square <= most) continue;
      most = square;
      largest = own;
    }
  std::ranges::stable_sort(largest, {}, [&](std::int64_t i) { return lengths[i]; });
  out.examples = static_cast<std::int64_t>(largest.size());
  out.longest = lengths[largest.back()];

  // Half of the batch at least: what small ones take most for, such as the gradient of a whole word table, is the same
  // for all, and hides how it grows.
  const auto first = spread(largest, std::max<std::size_t>(1, largest.size() / 4)),
             second =
                 spread(largest, std::min(largest.size(), std::max<std::size_t>(first.size() + 1, largest.size() / 2)));
  const auto a = static_cast<double>(first.size()), b = static_cast<double>(second.size());
  const auto at = [&](const auto& peak_of, double to) {
    const double small = static_cast<double>(peak_of(first)), large = static_cast<double>(peak_of(second));
    return static_cast<std::int64_t>(drawn_out(a, small, b, large, to));
  };
  peak_of_step(first);  // what libtorch sets up once is no part of a step
  const std::int64_t step =
      at([&](const auto& some) { return peak_of_step(some); }, static_cast<double>(largest.size()));
  const std::int64_t measured = learner_.measured_batch();
  const std::int64_t measuring =
      measured == 0 ? 0 : at([&](const auto& some) { return peak_of_measuring(some); }, static_cast<double>(measured));
  const Parameters& parameters = learner_.parameters();
  std::int64_t trained = 0, kept_whole = 0;
  for (const Parameter& one : parameters.all()) {
    out.parameters += static_cast<std::int64_t>(one.value.nbytes());
    if (one.trained) trained += static_cast<std::int64_t>(one.value.nbytes());
    if (one.trained)
      out.gradients += static_cast<std::int64_t>(one.rows.defined() ? 2 * one.rows.nbytes() : one.value.nbytes());
    if (one.in_blocks()) kept_whole += one.value.size(0) * one.columns * static_cast<std::int64_t>(sizeof(float));
  }
  for (const auto& state : optimizer_->states()) out.optimizer += static_cast<std::int64_t>(state.values.size_bytes());
  for (const Slot& slot : slots_)
    out.averages += static_cast<std::int64_t>((slot.average.size() + slot.start.size()) * sizeof(float));
  for (const Slot& slot : slots_) slot.parameter->rows = torch::Tensor();
  release_free_memory();
  const std::int64_t now = resident_bytes();
  out.base = now - out.parameters - out.optimizer - out.averages;
  out.activations = step - out.gradients;
  out.start = peak_resident_bytes();
  out.holes = std::min(kMostHoles, out.activations / 2);
  out.step = now + step + out.holes;
  out.measuring = now + measuring + std::min(kMostHoles, measuring / 2);
  out.end = now + std::max(trained, kept_whole);
  return out;
}

}  // namespace genre::trainer
