#include "genre/neural/parameters.h"

#include <algorithm>
#include <cmath>

#include "genre/base/thread_pool.h"

namespace genre::neural {
namespace {

constexpr std::size_t kGrain = std::size_t{1} << 15;  // numbers

std::span<float> numbers(Matrix& matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.rows() * matrix.cols())};
}

}  // namespace

int Parameters::add(std::string name, std::int64_t rows, std::int64_t cols, bool decays) {
  all_.push_back({std::move(name), Matrix(rows, cols), decays});
  return size() - 1;
}

std::int64_t Parameters::count() const {
  std::int64_t sum = 0;
  for (const Parameter& one : all_) sum += one.value.rows() * one.value.cols();
  return sum;
}

void fill_normal(Matrix& values, double deviation, RandomStream& random) {
  for (float& value : numbers(values)) value = deviation == 0 ? 0 : static_cast<float>(random.normal() * deviation);
}

Gradients::Gradients(const Parameters& parameters) {
  for (int i = 0; i < parameters.size(); ++i) all_.emplace_back(parameters.value(i).rows(), parameters.value(i).cols());
}

void Gradients::clear() {
  for (Matrix& one : all_) std::ranges::fill(numbers(one), 0.0f);
}

double sum_gradients(std::vector<Gradients>& parts) {
  double squares = 0;
  for (int number = 0; number < parts.front().size(); ++number) {
    const std::span<float> sum = numbers(parts.front()[number]);
    const std::size_t chunks = (sum.size() + kGrain - 1) / kGrain;
    std::vector<double> of_chunk(chunks);
    global_pool().parallel_for(chunks, 1, [&](std::size_t begin, std::size_t end, int) {
      for (std::size_t chunk = begin; chunk < end; ++chunk) {
        const std::size_t first = chunk * kGrain, last = std::min(first + kGrain, sum.size());
        for (std::size_t p = 1; p < parts.size(); ++p) {
          const float* const part = parts[p][number].data();
          for (std::size_t i = first; i < last; ++i) sum[i] += part[i];
        }
        for (std::size_t i = first; i < last; ++i) of_chunk[chunk] += double{sum[i]} * sum[i];
      }
    });
    for (const double some : of_chunk) squares += some;
  }
  return std::sqrt(squares);
}

void update(Parameters& parameters, const Gradients& gradients, Optimizer& optimizer, const UpdateRule& rule,
            int count) {
  optimizer.begin_step();
  for (int number = 0; number < count; ++number) {
    UpdateRule own = rule;
    if (!parameters[number].decays) own.weight_decay = 0;
    optimizer.update(number, numbers(parameters.value(number)), gradients[number].values(), own);
  }
}

}  // namespace genre::neural
