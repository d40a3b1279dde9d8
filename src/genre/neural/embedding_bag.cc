#include "genre/neural/embedding_bag.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"

namespace genre::neural {
namespace {

constexpr std::size_t kItemsOfSums = 256;  // whose sums are taken together

// Of each item the bags that hold it.
struct BagsOfItems {
  std::vector<std::int64_t> offsets;  // I + 1
  std::vector<std::int32_t> bags;     // ascending for each item
};

BagsOfItems transpose(std::span<const Bag> bags, std::int64_t items) {
  BagsOfItems out{std::vector<std::int64_t>(items + 1), {}};
  for (const Bag& bag : bags)
    for (const std::int32_t item : bag.items) ++out.offsets[item];
  std::int64_t before = 0;
  for (std::int64_t& offset : out.offsets) offset = std::exchange(before, before + offset);
  out.bags.resize(before);
  std::vector<std::int64_t> next(out.offsets.begin(), out.offsets.end() - 1);
  for (std::size_t b = 0; b < bags.size(); ++b)
    for (const std::int32_t item : bags[b].items) out.bags[next[item]++] = static_cast<std::int32_t>(b);
  return out;
}

}  // namespace

EmbeddingBag::EmbeddingBag(Parameters& parameters, const std::string& name, std::int64_t items, std::int64_t width,
                           double deviation, RandomStream& random)
    : weight_(parameters.add(name + ".weight", items, width, /*decays=*/true)),
      bias_(parameters.add(name + ".bias", 1, width, /*decays=*/false)) {
  fill_normal(parameters.value(weight_), deviation, random);
}

void EmbeddingBag::forward(const Parameters& parameters, std::span<const Bag> bags, MatrixView y) const {
  assert(y.rows() == std::ssize(bags));
  std::vector<WeightedRows> sums(bags.size());
  for (std::size_t b = 0; b < bags.size(); ++b) sums[b].rows = bags[b].items;
  sum_rows(parameters.value(weight_), sums, y);
  const float* const bias = parameters.value(bias_).data();
  for (std::size_t b = 0; b < bags.size(); ++b) {
    const std::span<float> row = y.row(static_cast<std::int64_t>(b));
    for (std::size_t d = 0; d < row.size(); ++d) row[d] = row[d] * bags[b].scale + bias[d];
  }
}

void EmbeddingBag::backward(std::span<const Bag> bags, MatrixView dy, Gradients& gradients) const {
  assert(dy.rows() == std::ssize(bags));
  Matrix& weight = gradients[weight_];
  const std::span<float> bias = gradients[bias_].row(0);
  std::ranges::fill(bias, 0.0f);
  for (std::size_t b = 0; b < bags.size(); ++b) {
    const std::span<float> row = dy.row(static_cast<std::int64_t>(b));
    add_scaled(1, row.data(), bias.data(), dy.cols());
    for (float& x : row) x *= bags[b].scale;
  }
  const BagsOfItems of_items = transpose(bags, weight.rows());
  global_pool().parallel_for(
      static_cast<std::size_t>(weight.rows()), kItemsOfSums, [&](std::size_t begin, std::size_t end, int) {
        std::vector<WeightedRows> sums;
        for (std::size_t item = begin; item < end; ++item)
          sums.push_back({std::span(of_items.bags)
                              .subspan(of_items.offsets[item], of_items.offsets[item + 1] - of_items.offsets[item])});
        const auto first = static_cast<std::int64_t>(begin);
        sum_rows(dy, sums, {weight.row(first).data(), std::ssize(sums), weight.cols()});
      });
}

}  // namespace genre::neural
