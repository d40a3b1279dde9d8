#include "genre/torch/shared_step.h"

#include <torch/torch.h>

#include <algorithm>
#include <cstring>

namespace genre::trainer {
namespace {

constexpr std::size_t kSmall = std::size_t{1} << 20;  // numbers

}  // namespace

std::vector<std::int64_t> share_of(std::span<const std::int64_t> batch, int rank, int count) {
  std::vector<std::int64_t> out;
  for (std::size_t i = static_cast<std::size_t>(rank); i < batch.size(); i += static_cast<std::size_t>(count))
    out.push_back(batch[i]);
  return out;
}

void sum_gradients(Processes& together, Parameters& parameters) {
  const torch::NoGradGuard no_graph;
  std::vector<torch::Tensor> leaves;
  for (const Parameter& one : parameters.all())
    if (one.trained) leaves.push_back(one.rows.defined() ? one.rows : one.value);
  std::vector<float> has(leaves.size());
  for (std::size_t i = 0; i < leaves.size(); ++i) has[i] = leaves[i].grad().defined() ? 1.0f : 0.0f;
  together.sum(std::span(has));
  // Small ones travel together: each journey waits for the slowest process.
  std::vector<float> small;
  std::vector<std::span<float>> of_small;
  const auto send_small = [&] {
    together.sum(std::span(small));
    auto from = small.begin();
    for (const std::span<float> to : of_small) {
      std::copy_n(from, to.size(), to.begin());
      from += static_cast<std::ptrdiff_t>(to.size());
    }
    small.clear();
    of_small.clear();
  };
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (has[i] == 0) continue;
    torch::Tensor& gradient = leaves[i].mutable_grad();
    gradient = gradient.defined() ? gradient.contiguous() : torch::zeros_like(leaves[i]);
    const std::span<float> numbers = numbers_of(gradient);
    if (numbers.size() > kSmall) {
      together.sum(numbers);
      continue;
    }
    if (small.size() + numbers.size() > kSmall) send_small();
    small.insert(small.end(), numbers.begin(), numbers.end());
    of_small.push_back(numbers);
  }
  send_small();
}

std::map<std::string, double> of_first(Processes& together, const std::map<std::string, double>& values) {
  std::string text;
  for (const auto& [name, value] : values) {
    text += name + '\0';
    text.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  text = together.of_first(text);
  std::map<std::string, double> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::string name = text.c_str() + at;
    at += name.size() + 1;
    double value = 0;
    std::memcpy(&value, text.data() + at, sizeof value);
    at += sizeof value;
    out[name] = value;
  }
  return out;
}

}  // namespace genre::trainer
