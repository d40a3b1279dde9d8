#include "genre/neural/graph_propagation.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/base/thread_pool.h"
#include "genre/linalg/gemm.h"

namespace genre::neural {
namespace {

constexpr std::int64_t kBlock = 64;  // rows that a thread takes at once

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlock - 1) / kBlock; }

}  // namespace

NodeVectors zero_vectors(std::int64_t users, std::int64_t items, std::int64_t width) {
  return {Matrix(users, width), Matrix(items, width)};
}

GraphPropagation::GraphPropagation(const CsrMatrix& interactions, std::int64_t width) : width_(width) {
  CsrMatrix by_item = transpose(interactions);
  offsets_of_items_ = std::move(by_item.offsets);
  users_of_items_ = std::move(by_item.indices);
  users_.offsets = interactions.offsets;
  users_.neighbours = interactions.indices;
  items_.offsets = offsets_of_items_;
  items_.neighbours = users_of_items_;
  for (Side* const side : {&users_, &items_}) {
    const std::int64_t rows = std::ssize(side->offsets) - 1;
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto degree = static_cast<double>(side->offsets[r + 1] - side->offsets[r]);
      side->scale.push_back(degree > 0 ? static_cast<float>(1 / std::sqrt(degree)) : 0.0f);
    }
    for (Matrix& panels : side->panels) panels = Matrix(rows, width);
  }
}

void GraphPropagation::forward(int layers, const NodeVectors& x, const NodeUses& wanted, NodeVectors& out) {
  propagate(layers, x, nullptr, &wanted, out);
}

void GraphPropagation::forward(int layers, const NodeVectors& x, NodeVectors& out) {
  propagate(layers, x, nullptr, nullptr, out);
}

void GraphPropagation::backward(int layers, const NodeVectors& d_out, const NodeUses& given, NodeVectors& d_x) {
  propagate(layers, d_out, &given, nullptr, d_x);
}

Matrix GraphPropagation::shares_of_items(int layers, const NodeVectors& x) {
  NodeVectors before = x;  // the mean of layers 0 to L - 1
  if (layers > 1) propagate(layers - 1, x, nullptr, nullptr, before);
  const auto share = static_cast<float>(layers) / static_cast<float>(layers + 1);
  for (std::int64_t i = 0; i < items_.rows(); ++i) {
    const float scale = items_.scale[i] > 0 ? items_.scale[i] * share : share;
    for (float& number : before.items.row(i)) number *= scale;
  }
  return std::move(before.items);
}

// Panels are the outer loop: threads that take neighbouring work read the same ones.
template <class Body>
void GraphPropagation::for_blocks(const Task& users, const Task& items, const Body& body) const {
  const std::int64_t of_users = blocks_of(users.own.rows()), of_panel = of_users + blocks_of(items.own.rows());
  const std::int64_t panels = (width_ + kPanelColumns - 1) / kPanelColumns;
  global_pool().parallel_for(panels * of_panel, 1, [&](std::size_t begin, std::size_t end, int) {
    for (auto b = static_cast<std::int64_t>(begin); b < static_cast<std::int64_t>(end); ++b) {
      const std::int64_t column = b / of_panel * kPanelColumns, at = b % of_panel;
      const Task& task = at < of_users ? users : items;
      const std::int64_t first = (at < of_users ? at : at - of_users) * kBlock;
      body(task, Block{.column = column,
                       .width = std::min(kPanelColumns, width_ - column),
                       .first = first,
                       .last = std::min(first + kBlock, task.own.rows())});
    }
  });
}

void GraphPropagation::propagate(int layers, const NodeVectors& x, const NodeUses* given, const NodeUses* wanted,
                                 NodeVectors& out) {
  assert(layers >= 1 && x.users.cols() == width_ && x.items.rows() == items_.rows() && &x != &out);
  const Task users{users_,
                   items_,
                   x.users,
                   given == nullptr ? nullptr : given->users.data(),
                   wanted == nullptr ? nullptr : wanted->users.data(),
                   out.users};
  const Task items{items_,
                   users_,
                   x.items,
                   given == nullptr ? nullptr : given->items.data(),
                   wanted == nullptr ? nullptr : wanted->items.data(),
                   out.items};
  for_blocks(users, items, [&](const Task& task, const Block& block) { scale(task, block); });
  for (int number = 1; number <= layers; ++number)
    for_blocks(users, items, [&](const Task& task, const Block& block) { layer(task, number, layers, block); });
}

void GraphPropagation::scale(const Task& task, const Block& block) const {
  float* to = task.own.panels[0].data() + task.own.rows() * block.column + block.first * block.width;
  for (std::int64_t r = block.first; r < block.last; ++r, to += block.width) {
    const bool is_given = task.given == nullptr || task.given[r] != 0;
    const float* const from = task.x.data() + r * width_ + block.column;
    const float factor = task.own.scale[r];
    for (std::int64_t d = 0; d < block.width; ++d) to[d] = is_given ? factor * from[d] : 0;
  }
}

// Layer k < L makes panels of S x + S S B z of the panels z before, where B has a 1 for each edge and S the scales on
// its diagonal; the last makes (x + S B z) / (L + 1).
void GraphPropagation::layer(const Task& task, int number, int layers, const Block& block) const {
  const Side &own = task.own, &other = task.other;
  const ConstMatrixView read(other.panels[(number - 1) % 2].data() + other.rows() * block.column, other.rows(),
                             block.width);
  float* const panel = task.own.panels[number % 2].data() + own.rows() * block.column;
  const bool is_last = number == layers;
  const float share = 1 / static_cast<float>(layers + 1);
  for (std::int64_t r = block.first; r < block.last; ++r) {
    if (is_last && task.wanted != nullptr && task.wanted[r] == 0) continue;
    float* const to = is_last ? task.out.data() + r * width_ + block.column : panel + r * block.width;
    const auto begin = own.offsets[r], end = own.offsets[r + 1];
    sum_rows(read, own.neighbours.subspan(begin, end - begin), {}, {to, static_cast<std::size_t>(block.width)});
    const float scale = own.scale[r];
    const float of_sum = scale * (is_last ? share : scale), of_x = is_last ? share : scale;
    const float* const x = task.x.data() + r * width_ + block.column;
    if (task.given != nullptr && task.given[r] == 0)
      for (std::int64_t d = 0; d < block.width; ++d) to[d] *= of_sum;
    else
      for (std::int64_t d = 0; d < block.width; ++d) to[d] = of_sum * to[d] + of_x * x[d];
  }
}

}  // namespace genre::neural
