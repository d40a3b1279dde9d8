#include "genre/finetune/length_batches.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "genre/base/random.h"

namespace genre {
namespace {

std::vector<std::int64_t> all_of(std::span<const std::int32_t> lengths) {
  std::vector<std::int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

void cut(std::span<const std::int64_t> order, int batch, std::vector<std::vector<std::int64_t>>& out) {
  for (std::size_t first = 0; first < order.size(); first += static_cast<std::size_t>(batch)) {
    const auto part = order.subspan(first, std::min<std::size_t>(batch, order.size() - first));
    out.emplace_back(part.begin(), part.end());
  }
}

}  // namespace

std::vector<std::vector<std::int64_t>> length_batches(std::span<const std::int32_t> lengths, int batch,
                                                      std::uint64_t seed, std::int64_t epoch) {
  constexpr std::size_t kWindow = 32;
  RandomStream random(seed, "batches of epoch " + std::to_string(epoch));
  std::vector<std::int64_t> order = all_of(lengths);
  random.shuffle(std::span(order));
  std::vector<std::vector<std::int64_t>> out;
  const std::size_t window = kWindow * static_cast<std::size_t>(batch);
  for (std::size_t first = 0; first < order.size(); first += window) {
    const auto part = std::span(order).subspan(first, std::min(window, order.size() - first));
    std::ranges::stable_sort(part, {}, [&](std::int64_t i) { return lengths[i]; });
    cut(part, batch, out);
  }
  random.shuffle(std::span(out));
  return out;
}

std::vector<std::vector<std::int64_t>> sorted_batches(std::span<const std::int32_t> lengths, int batch) {
  std::vector<std::int64_t> order = all_of(lengths);
  std::ranges::stable_sort(order, {}, [&](std::int64_t i) { return lengths[i]; });
  std::vector<std::vector<std::int64_t>> out;
  cut(order, batch, out);
  return out;
}

}  // namespace genre
