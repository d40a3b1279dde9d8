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

// Panels are the outer loop: threads that take neighbouring work read the same ones.
template <class Body>
void GraphPropagation::for_blocks(const Task& users, const Task& items, const Body& body) const {
  const std::int64_t of_users = blocks_of(users.own.rows()), of_panel = of_users + blocks_of(items.own.rows());
  const std::int64_t panels = (width_ + kPanelColumns - 1) / kPanelColumns;
  global_pool().parallel_for(panels * of_panel, 1, [&](std::size_t begin, std::size_t end, int) {
    for (auto t = static_cast<std::int64_t>(begin); t < static_cast<std::int64_t>(end); ++t) {
      const std::int64_t at = t % of_panel;
      const Task& task = at < of_users ? users : items;
      const std::int64_t first = (at < of_users ? at : at - of_users) * kBlock;
      body(task, t / of_panel, first, std::min(first + kBlock, task.own.rows()));
    }
  });
}

void GraphPropagation::propagate(int layers, const NodeVectors& x, const NodeUses* given, const NodeUses* wanted,
                                 NodeVectors& out) {
  assert(x.users.cols() == width_ && x.items.rows() == items_.rows() && out.users.rows() == users_.rows());
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
  for_blocks(users, items, [&](const Task& task, std::int64_t panel, std::int64_t first, std::int64_t last) {
    scale(task, panel, first, last);
  });
  for (int number = 1; number <= layers; ++number)
    for_blocks(users, items, [&](const Task& task, std::int64_t panel, std::int64_t first, std::int64_t last) {
      layer(task, number, layers, panel, first, last);
    });
}

void GraphPropagation::scale(const Task& task, std::int64_t panel, std::int64_t first, std::int64_t last) const {
  const std::int64_t column = panel * kPanelColumns, width = std::min(kPanelColumns, width_ - column);
  float* to = task.own.panels[0].data() + task.own.rows() * column + first * width;
  for (std::int64_t r = first; r < last; ++r, to += width) {
    const bool is_given = task.given == nullptr || task.given[r] != 0;
    const float* const from = task.x.data() + r * width_ + column;
    const float factor = task.own.scale[r];
    for (std::int64_t d = 0; d < width; ++d) to[d] = is_given ? factor * from[d] : 0;
  }
}

// Layer k < L makes panels of S x + S S B z of the panels z before, where B has a 1 for each edge and S the scales on
// its diagonal; the last makes (x + S B z) / (L + 1).
void GraphPropagation::layer(const Task& task, int number, int layers, std::int64_t panel, std::int64_t first,
                             std::int64_t last) const {
  const std::int64_t column = panel * kPanelColumns, width = std::min(kPanelColumns, width_ - column);
  const ConstMatrixView read(task.other.panels[(number - 1) % 2].data() + task.other.rows() * column, task.other.rows(),
                             width);
  float* const panels = task.own.panels[number % 2].data() + task.own.rows() * column;
  const float share = 1 / static_cast<float>(layers + 1);
  for (std::int64_t r = first; r < last; ++r) {
    const bool is_last = number == layers;
    if (is_last && task.wanted != nullptr && task.wanted[r] == 0) continue;
    float* const to = is_last ? task.out.data() + r * width_ + column : panels + r * width;
    const auto begin = task.own.offsets[r], end = task.own.offsets[r + 1];
    sum_rows(read, task.own.neighbours.subspan(begin, end - begin), {}, {to, static_cast<std::size_t>(width)});
    const float scale = task.own.scale[r];
    const float of_sum = scale * (is_last ? share : scale), of_x = is_last ? share : scale;
    const float* const x = task.x.data() + r * width_ + column;
    if (task.given != nullptr && task.given[r] == 0)
      for (std::int64_t d = 0; d < width; ++d) to[d] *= of_sum;
    else
      for (std::int64_t d = 0; d < width; ++d) to[d] = of_sum * to[d] + of_x * x[d];
  }
}

}  // namespace genre::neural
